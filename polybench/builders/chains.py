"""Chain: a polymer with everything that tasks ask about, worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from polybench.builders.split import family_key, split_of
from polybench.scoring import conventions
from polybench.task import Split
from tools.chemistry.classes import ORDER, classes_of
from tools.chemistry.descriptors import repeat_unit_summary
from tools.chemistry.groups import PATTERNS, groups_of
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer

#: Groups that are asked about: ids of ``tools.core.vocabulary.GROUPS`` with a plain name and one usual meaning.
ASKED_GROUPS: Final = (
    "ester", "amide", "imide", "urethane", "urea", "carbonate", "ether", "thioether", "ketone", "hydroxyl",
    "carboxylic_acid", "nitrile", "nitro", "sulfone", "siloxane", "trifluoromethyl", "tertiary_amine",
    "secondary_amine", "imine", "double_bond", "thiophene", "pyridine", "tert_butyl", "aromatic_ring",
)  # fmt: skip
ASKED_ELEMENTS: Final = ("N", "O", "F", "S", "Cl", "Si", "P", "Br")
COUNTS: Final = ("rings", "heavy_atoms", "hbond_donors", "hbond_acceptors")


@dataclass(frozen=True)
class Label:
    """A value of a property with where it comes from.

    Attributes
    ----------
    value : float
        In the unit of ``polybench.builders.quantities``.
    kind : str
        "measured", or "simulated" with the method, as questions say it.
    source, licence : str
        Citation and licence of the number.
    """

    value: float
    kind: str
    source: str
    licence: str


@dataclass(frozen=True)
class Chain:
    """A polymer of the suite.

    Attributes
    ----------
    smiles : str
        Canonical repeat unit.
    key, family : str
        Identity, and identity without stereochemistry.
    split : str
        Split of everything that is asked about it.
    mass : float
        Molar mass of the repeat unit, g/mol, without attachment points.
    formula : str
        Its formula, in Hill order.
    counts : mapping of str to int
        Groups (``group:`` and id), elements (``element:`` and symbol) and the counts of ``COUNTS``; only those that are
        the same in the chain and on the unit with carbon at its attachment points: no convention decides an answer.
    groups : tuple of str
        Groups of ``ASKED_GROUPS`` that occur; None where conventions differ on one of them.
    classes : tuple of str
        Ids of classes, most telling first.
    labels : mapping of str to Label
        By property id; ``"density@MD"`` and the like for simulated values.
    source, licence : str
        Where the structure comes from.
    """

    smiles: str
    key: str
    family: str
    split: Split
    mass: float
    formula: str
    counts: Mapping[str, int]
    groups: tuple[str, ...] | None
    classes: tuple[str, ...]
    labels: Mapping[str, Label] = field(default_factory=dict)
    source: str = ""
    licence: str = ""

    @property
    def main(self) -> str:
        """Most telling class, or "other"."""
        return self.classes[0] if self.classes else "other"


def chain_from(
    polymer: Polymer, *, seed: int, labels: Mapping[str, Label] | None = None, source: str = "", licence: str = ""
) -> Chain | None:
    """Work out what tasks ask about a polymer.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    seed : int
        Seed of the suite, which deals it into a split.
    labels : mapping of str to Label, optional
        Known values.
    source, licence : str
        Where the structure comes from.

    Returns
    -------
    Chain or None
        None if RDKit cannot describe it.
    """
    unit = polymer.mol
    try:
        found = groups_of(polymer)
        classes = classes_of(polymer)
        summary = repeat_unit_summary(polymer)
        seen = _on_unit(unit)
    except (PolysmithError, ValueError, RuntimeError, Chem.rdchem.MolSanitizeException):
        return None
    seen["aromatic_ring"] = int(conventions.DESCRIPTORS["aromatic_rings"](unit))
    counts = {f"group:{name}": count for name, count in seen.items() if count == found.get(name, 0)}
    agreed = len(counts) == len(seen)
    counts |= {f"element:{symbol}": conventions.count_element(unit, symbol) for symbol in ASKED_ELEMENTS}
    for name in COUNTS:
        if summary[name] == conventions.DESCRIPTORS[name](unit):
            counts[name] = int(summary[name])
    return Chain(
        smiles=polymer.smiles,
        key=polymer.key,
        family=(family := family_key(polymer)),
        split=split_of(family, classes, seed=seed),
        mass=float(rdMolDescriptors._CalcMolWt(unit)),
        formula=str(summary["formula"]),
        counts=counts,
        groups=tuple(name for name in ASKED_GROUPS if seen[name]) if agreed else None,
        classes=tuple(name for name in ORDER if name in classes),
        labels=dict(labels or {}),
        source=source,
        licence=licence,
    )


_PATTERNED: Final = tuple(name for name in ASKED_GROUPS if name != "aromatic_ring")


def _on_unit(unit: Chem.Mol) -> dict[str, int]:
    """Count groups by the exam's convention for designs, ``conventions.count_groups``, with one capping for all."""
    mol = conventions.capped(unit)
    caps = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}
    return {
        name: sum(
            not caps.issuperset(match)
            for text in PATTERNS[name]
            for match in mol.GetSubstructMatches(conventions.pattern(text), uniquify=True, maxMatches=10_000)
        )
        for name in _PATTERNED
    }


def index_by_count(chains: Iterable[Chain]) -> dict[str, dict[int, list[Chain]]]:
    """Index chains by count: name of the count, number, chains."""
    found: dict[str, dict[int, list[Chain]]] = {}
    for chain in chains:
        for name, count in chain.counts.items():
            found.setdefault(name, {}).setdefault(count, []).append(chain)
    return found
