"""Splits by polymer: no chain of dev, test or ood is in train, in no writing and in no stereo form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from polybench.task import Split
from tools.core.polymer import Polymer
from tools.properties.environments import flat

#: Classes that are held out as wholes: a chain that belongs to one of them is in ood, whatever else it belongs to.
OOD_CLASSES: Final = frozenset(
    (
        "polysiloxane",
        "polysilane",
        "polyphosphazene",
        "polysulfide",
        "polybenzimidazole",
        "polybenzoxazole",
        "polybenzothiazole",
        "polyanhydride",
        "polyacetal",
        "polyurea",
        "polythiophene",
        "vinyl_ether",
        "vinyl_halide",
        "polydiene",
    )
)
SPLITS: Final[tuple[Split, ...]] = ("train", "dev", "test", "ood")
_SHARES: Final = (0.86, 0.93)  # of the chains that are not held out as classes: train, then dev, the rest test


def family_key(polymer: Polymer) -> str:
    """Name a chain without its stereochemistry.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    str
        The key of the same chain without stereo marks; chains with the same family key are never in two splits.
    """
    return flat(polymer).key


def share_of(text: str) -> float:
    """Hash a text to a number that is spread evenly over 0 to 1.

    Parameters
    ----------
    text : str
        What is hashed, by SHA-256; the process's own hash seed has no part in it.

    Returns
    -------
    float
        From 0, below 1.
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7]) / 2**56


def split_of(family: str, classes: Iterable[str] = (), *, seed: int = 0) -> Split:
    """Deal a chain, or a fact, into a split.

    Parameters
    ----------
    family : str
        Family key of the chain, or the text that a fact is about.
    classes : iterable of str
        Classes of the chain.
    seed : int
        Seed of the suite.

    Returns
    -------
    {"train", "dev", "test", "ood"}
        Always the same for the same arguments.
    """
    if not OOD_CLASSES.isdisjoint(classes):
        return "ood"
    share = share_of(f"{seed}|{family}")
    return "train" if share < _SHARES[0] else "dev" if share < _SHARES[1] else "test"
