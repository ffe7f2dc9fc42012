"""Repeat units asked for by their properties: what a model learns conditional generation from."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.generator.corpus import PROPERTIES, virtual_units
from finetune.records.gold import tagged
from finetune.records.record import Record
from polybench.builders.split import family_key, split_of
from tools.chemistry.classes import classes_of
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.units import convert
from tools.properties.predict import predict_table

SYSTEM = "You are a polymer scientist. Repeat units are SMILES with two *."
_MOST_ASKED = 3
_LONGEST = 120  # characters of a repeat unit
_BATCH = 2000


@dataclass(frozen=True)
class Wish:
    """A property's id and the value that is asked for, in the unit in which it is usually shown."""

    name: str
    value: float

    @property
    def text(self) -> str:
        """The wish in words."""
        prop = get_property(self.name)
        unit = "" if prop.display_unit == "dimensionless" else f" {prop.display_unit}"
        return f"{prop.name} of about {self.value:.4g}{unit}"


def design_question(wishes: Sequence[Wish]) -> list[dict[str, str]]:
    """Ask for a repeat unit.

    Parameters
    ----------
    wishes : sequence of Wish
        What it should have; nothing in particular if empty.

    Returns
    -------
    list of dict
        System and user message.
    """
    asked = " and ".join(wish.text for wish in wishes)
    text = f"Write one repeat unit with a {asked}." if asked else "Write one repeat unit."
    return [
        {"role": "system", "content": SYSTEM},
        {"role": "user", "content": f"{text}\n\nEnd with a line <answer>...</answer> that holds one SMILES."},
    ]


def design_records(folder: Path, *, per_class: int = 4000, seed: int = 0, suite_seed: int = 0) -> Iterator[Record]:
    """Make a record of every virtual polymer of the training split.

    Parameters
    ----------
    folder : Path
        Folder with ``virtual_smipoly_2star.csv.gz`` (SMiPoly, BSD-3).
    per_class : int
        Polymers of each class and number of monomers at most.
    seed : int
        Chooses polymers, and which up to three properties are asked for.
    suite_seed : int
        Seed of the exam: its held-out polymers are left out.

    Yields
    ------
    Record
        One per polymer. What is asked for are predictions of the fast models, not measurements.
    """
    rng = random.Random(f"{seed}|design")
    units = list(virtual_units(folder, per_class, seed))
    rng.shuffle(units)
    for start in range(0, len(units), _BATCH):
        chains = [chain for smiles in units[start : start + _BATCH] if (chain := _trainable(smiles, suite_seed))]
        table = predict_table(chains, PROPERTIES, tier="fast")
        for place, polymer in enumerate(chains):
            asked = rng.sample(PROPERTIES, rng.randint(1, _MOST_ASKED))
            wishes = [wish(name, float(table.columns[name].mean[place])) for name in asked]
            reply = {"role": "assistant", "content": tagged(polymer.smiles)}
            yield Record(
                id=f"design-{hashlib.sha256(polymer.key.encode()).hexdigest()[:14]}",
                kind="design",
                category="synthesis_design",
                subtask="conditional_design",
                messages=(*design_question(wishes), reply),
                polymer_keys=(polymer.key,),
                licence="BSD-3-Clause",
            )


def _trainable(smiles: str, suite_seed: int) -> Polymer | None:
    """Read a unit; None if it is unreadable, too long or held out in the exam."""
    try:
        polymer = Polymer.from_smiles(smiles)
    except PolysmithError:
        return None
    split = split_of(family_key(polymer), classes_of(polymer), seed=suite_seed)
    return polymer if len(polymer.smiles) <= _LONGEST and split == "train" else None


def wish(name: str, value: float) -> Wish:
    """Ask for a value of a property.

    Parameters
    ----------
    name : str
        Property id.
    value : float
        In the canonical unit.

    Returns
    -------
    Wish
        In the unit that is usually shown.
    """
    prop = get_property(name)
    return Wish(name, convert(value, prop.unit, prop.display_unit))
