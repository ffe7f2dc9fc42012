"""Residues and monomers that can lead to the structure a brief asks for, chosen before anything is joined.

A residue that holds an excluded group, element or substructure is dropped. A required one must come from one of the two
residues, unless the linkage itself forms it, which a sample of pairs shows; linkages of which a sample never has the
structure asked for are dropped. Used to propose sensibly, never to decide: every candidate is tested afterwards, and
where nothing would remain nothing is dropped.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from rdkit import Chem

from tools.chemistry.groups import PATTERNS
from tools.core.spec import DesignSpec, StructuralConstraint
from tools.core.vocabulary import ELEMENT_SETS
from tools.design.aim import allowed_rules
from tools.design.candidate import Candidate
from tools.design.enumeration import Block, Family, families, in_turn, single_monomer_products, walk
from tools.design.structure import violated

_PROBES = 16  # pairs that show what a linkage leads to


@lru_cache(maxsize=256)
def _patterns(kind: str, name: str) -> tuple[Chem.Mol, ...]:
    """Patterns that tell of one residue whether it holds something; none where only a whole chain can tell."""
    texts = PATTERNS.get(name, ()) if kind == "group" else (name,) if kind == "substructure" else ()
    found = tuple(Chem.MolFromSmarts(text) for text in texts)
    return found if all(found) else ()


@lru_cache(maxsize=65_536)
def holds(block: Block, constraint: StructuralConstraint) -> bool:
    """Tell whether a residue alone holds the element, group or substructure of a constraint.

    Parameters
    ----------
    block : Block
        The residue.
    constraint : StructuralConstraint
        What is asked for or excluded.

    Returns
    -------
    bool
        False for kinds that only a chain can have, such as a class.
    """
    if constraint.kind == "element":
        return any(symbol in block.elements for symbol in ELEMENT_SETS.get(constraint.name, (constraint.name,)))
    return mol_holds(block.residue.mol, constraint)


def mol_holds(mol: Chem.Mol, constraint: StructuralConstraint) -> bool:
    """Tell whether a part of a chain holds the element, group or substructure of a constraint.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        The part.
    constraint : StructuralConstraint
        What is asked for or excluded.

    Returns
    -------
    bool
        As for ``holds``.
    """
    if constraint.kind == "element":
        symbols = ELEMENT_SETS.get(constraint.name, (constraint.name,))
        return any(atom.GetSymbol() in symbols for atom in mol.GetAtoms() if atom.GetAtomicNum())
    return any(mol.HasSubstructMatch(query) for query in _patterns(constraint.kind, constraint.name))


def excluded_by(spec: DesignSpec) -> tuple[StructuralConstraint, ...]:
    """Return the hard constraints that exclude an element, group or substructure.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    """
    return tuple(c for c in spec.structure if _plain(c) and not c.required)


def needed_by(spec: DesignSpec) -> tuple[StructuralConstraint, ...]:
    """Return the hard constraints that ask for an element, group or substructure that a part can hold.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    """
    known = (c for c in spec.structure if _plain(c) and c.required)
    return tuple(c for c in known if c.kind == "element" or _patterns(c.kind, c.name))


def _plain(constraint: StructuralConstraint) -> bool:
    """Tell whether a constraint asks for presence or absence and no number."""
    counted = constraint.lower is not None or constraint.upper is not None
    return constraint.hard and not counted and constraint.kind in ("element", "group", "substructure")


@dataclass(frozen=True)
class Narrowed:
    """A family with the residues that suit a brief.

    Attributes
    ----------
    family : Family
        Residues without what is excluded.
    needs : tuple of StructuralConstraint
        What one of the two residues has to hold.
    parts : tuple of Family
        The pairs that hold the first need, as families; the family itself where there is none.
    """

    family: Family
    needs: tuple[StructuralConstraint, ...]
    parts: tuple[Family, ...]

    def suits(self, left: Block, right: Block) -> bool:
        """Tell whether a pair brings what is needed.

        Parameters
        ----------
        left, right : Block
            Residues; they may be others than those of the family.
        """
        return all(holds(left, need) or holds(right, need) for need in self.needs)


def narrowed(spec: DesignSpec) -> tuple[Narrowed, ...]:
    """Choose the families of pairs that can meet the structure of a brief.

    Parameters
    ----------
    spec : DesignSpec
        The brief.

    Returns
    -------
    tuple of Narrowed
        In the order of ``families``; every family as it is where no other choice remains.
    """
    whole = families(spec, derived=True)
    asked = tuple(c for c in spec.structure if c.hard)
    if not asked:
        return tuple(Narrowed(family, (), (family,)) for family in whole)
    found = [item for family in whole if (item := _narrow(family, asked)) is not None]
    return tuple(found) or tuple(Narrowed(family, (), (family,)) for family in whole)


def _narrow(family: Family, asked: Sequence[StructuralConstraint]) -> Narrowed | None:
    excluded = [c for c in asked if _plain(c) and not c.required]
    kept = replace(
        family,
        left=tuple(block for block in family.left if not any(holds(block, c) for c in excluded)),
        right=tuple(block for block in family.right if not any(holds(block, c) for c in excluded)),
    )
    if not len(kept):
        return None
    needs: list[StructuralConstraint] = []
    parts: tuple[Family, ...] = (kept,)
    for constraint in (c for c in asked if _plain(c) and c.required):
        if constraint.kind != "element" and not _patterns(constraint.kind, constraint.name):
            continue
        if _formed(kept, constraint):
            continue
        carriers = _carriers(kept, constraint)
        if not carriers:
            return None
        parts = parts if needs else carriers
        needs.append(constraint)
    item = Narrowed(kept, tuple(needs), parts)
    rest = [c for c in asked if c not in needs]
    sample = [c for part in parts for c in _sample(part) if c is not None]
    return item if any(not violated(c.polymer, rest, c.polymerisations, first_only=True) for c in sample) else None


def _formed(family: Family, constraint: StructuralConstraint) -> bool:
    """Tell whether joining forms what is asked for: some pair has it though neither residue holds it."""
    left = tuple(block for block in family.left if not holds(block, constraint))
    right = tuple(block for block in family.right if not holds(block, constraint))
    if not (left and right):
        return False
    sample = _sample(replace(family, left=left, right=right))
    return any(c is not None and not violated(c.polymer, (constraint,), c.polymerisations) for c in sample)


def _carriers(family: Family, constraint: StructuralConstraint) -> tuple[Family, ...]:
    left = tuple(block for block in family.left if holds(block, constraint))
    right = tuple(block for block in family.right if holds(block, constraint))
    parts = (replace(family, left=left), replace(family, right=right))
    return tuple(part for part in parts if len(part))


def _sample(family: Family) -> Iterator[Candidate | None]:
    rng = random.Random(len(family))
    for _ in range(min(_PROBES, len(family))):
        yield family.candidate(rng.randrange(len(family)))


def suitable_singles(spec: DesignSpec) -> tuple[Candidate, ...]:
    """Return the polymers of one known monomer each that meet the structure of a brief.

    Parameters
    ----------
    spec : DesignSpec
        The brief.

    Returns
    -------
    tuple of Candidate
        In the order of ``single_monomer_products``.
    """
    asked = tuple(c for c in spec.structure if c.hard)
    products = single_monomer_products(allowed_rules(spec))
    if not asked:
        return products
    return tuple(c for c in products if not violated(c.polymer, asked, c.polymerisations, first_only=True))


class NarrowedSource:
    """The enumeration of what can meet the structure of a brief."""

    name = "enumeration"

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield up to ``limit`` candidates, no chain twice; polymers of one monomer and all families in turn.

        Parameters
        ----------
        spec : DesignSpec
            The brief.
        limit : int
            How many at most.
        seed : int
            Order of the stream.
        """
        singles = list(suitable_singles(spec))
        random.Random(seed).shuffle(singles)
        streams = [iter(singles), *(_pairs(item, seed) for item in narrowed(spec))]
        yield from in_turn(streams, limit, set())


def _pairs(item: Narrowed, seed: int) -> Iterator[Candidate]:
    for part in item.parts:
        for number in walk(len(part), seed + len(part)):
            left, right = part.left[number // len(part.right)], part.right[number % len(part.right)]
            if len(item.needs) > 1 and not item.suits(left, right):
                continue
            candidate = part.candidate(number)
            if candidate is not None:
                yield candidate
