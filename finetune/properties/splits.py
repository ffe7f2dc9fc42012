"""Splits by polymer, and the check that runs before any number is reported.

One row is one polymer, so no split puts a polymer on both sides. ``random`` asks how well a model fills in; ``cluster``
and ``scaffold`` hold chemistry out; ``similarity`` deals every fold the same share of easy and hard polymers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from finetune.properties.scaffolds import scaffold
from finetune.properties.tables import clean_unit
from tools.core.errors import InputError
from tools.properties.features import Features

_COMPONENTS = 32
_STEREO = re.compile(r"[@/\\]")
_CHARGE = re.compile(r"\[[^\]]*[+-]\d*\]")


def random_folds(count: int, folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Deal polymers into folds at random; one row is one polymer, so this is a split by key.

    Parameters
    ----------
    count : int
        Number of polymers.
    folds : int
        Number of folds.
    seed : int
        Random seed.

    Returns
    -------
    ndarray of int [count]
        Fold of each polymer.
    """
    return np.random.default_rng(seed).permutation(np.arange(count) % folds)


def cluster_folds(features: Features, folds: int = 10, seed: int = 0) -> NDArray[np.int64]:
    """Group polymers of alike structure, so that a fold holds chemistry that the others lack.

    k-means on the leading singular vectors of the logarithms of ring-closed Morgan counts, each polymer scaled to
    length one.

    Parameters
    ----------
    features : Features
        The polymers.
    folds : int
        Number of clusters.
    seed : int
        Random seed.

    Returns
    -------
    ndarray of int [n]
        Cluster of each polymer.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    block = features.blocks["cycle"].astype(np.float64)
    block.data = np.log1p(block.data)
    components = min(_COMPONENTS, len(features) - 1)
    reduced = TruncatedSVD(components, random_state=seed).fit_transform(normalize(block))
    labels = KMeans(folds, n_init=4, random_state=seed).fit_predict(reduced)
    return np.asarray(labels, dtype=np.int64)


def scaffold_folds(units: Sequence[str], folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Deal whole scaffolds into folds, so that no fold shares one with another.

    Parameters
    ----------
    units : sequence of str
        Canonical units without stereochemistry, n of them.
    folds : int
        Number of folds.
    seed : int
        Random seed; orders scaffolds of equal size.

    Returns
    -------
    ndarray of int [n]
        Fold of each polymer. The largest scaffolds are dealt first, each to the fold with the fewest polymers, so a
        scaffold of more than its share (chains without rings) fills a fold by itself.

    Raises
    ------
    InputError
        If there are fewer scaffolds than folds.
    """
    found = [scaffold(unit) for unit in units]
    names, counts = np.unique(found, return_counts=True)
    if len(names) < folds:
        raise InputError(f"There are {len(names)} scaffolds for {folds} folds.", hint="Ask for fewer folds.")
    shuffled = np.random.default_rng(seed).permutation(len(names))
    ordered = shuffled[np.argsort(-counts[shuffled], kind="stable")]
    sizes, fold_of = np.zeros(folds, dtype=np.int64), {}
    for place in ordered:
        fold = int(np.argmin(sizes))
        fold_of[names[place]] = fold
        sizes[fold] += counts[place]
    return np.array([fold_of[name] for name in found], dtype=np.int64)


def similarity_folds(nearest: NDArray[np.floating], folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Deal polymers into folds evenly over how alike their nearest neighbour is.

    Parameters
    ----------
    nearest : ndarray [n]
        Similarity of each polymer's most similar other polymer.
    folds : int
        Number of folds.
    seed : int
        Random seed.

    Returns
    -------
    ndarray of int [n]
        Fold of each polymer: in order of similarity, every ``folds`` polymers are dealt one to each fold.
    """
    random = np.random.default_rng(seed)
    dealt = np.concatenate([random.permutation(folds) for _ in range(-(-len(nearest) // folds))])[: len(nearest)]
    found = np.empty(len(nearest), dtype=np.int64)
    found[np.argsort(nearest, kind="stable")] = dealt
    return found


def check_leakage(train: Sequence[str], test: Sequence[str]) -> None:
    """Refuse a split in which a polymer is on both sides, also if only stereo marks tell the two apart.

    Parameters
    ----------
    train, test : sequence of str
        Canonical units of the two sides.

    Raises
    ------
    InputError
        If they share a polymer; the first few are named.
    """
    shared = sorted(_flat(train) & _flat(test))
    if shared:
        named = ", ".join(shared[:3])
        raise InputError(
            f"{len(shared)} polymers are in both training and test: {named}.",
            hint="Remove them from one side; other writings of a repeat unit count as the same polymer.",
        )


def _flat(units: Sequence[str]) -> set[str]:
    """Units without stereochemistry, which no model sees."""
    return {(clean_unit(unit) or unit) if _STEREO.search(unit) else unit for unit in units}


def charge_twins(train: Sequence[str], test: Sequence[str]) -> list[str]:
    """Find test polymers of which training has another protonation state.

    Reported, not refused: a polyelectrolyte and its acid are two materials. Tautomers are not looked for: two drawn
    forms (imide and isoimide) may be two stable materials as well, and their enumeration has no bound.

    Parameters
    ----------
    train, test : sequence of str
        Canonical units of the two sides.

    Returns
    -------
    list of str
        Units of test that are, once neutralised, those of a training polymer with another charge.
    """
    known = {_neutral(unit) for unit in train}
    charged = {_neutral(unit) for unit in train if _CHARGE.search(unit)}
    return sorted(unit for unit in test if _neutral(unit) in (known if _CHARGE.search(unit) else charged))


def _neutral(unit: str) -> str:
    if _CHARGE.search(unit) is None:
        return unit
    from rdkit import Chem, rdBase
    from rdkit.Chem.MolStandardize import rdMolStandardize

    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(unit)
        return unit if mol is None else clean_unit(Chem.MolToSmiles(rdMolStandardize.Uncharger().uncharge(mol))) or unit
