"""Whether a polymer meets the structural constraints of a brief."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from tools.chemistry.classes import classes_of
from tools.chemistry.groups import groups_of
from tools.chemistry.handbook import by_key
from tools.core.assemble import join, piece_mol
from tools.core.errors import UnknownNameError
from tools.core.polymer import Polymer
from tools.core.spec import StructuralConstraint
from tools.core.vocabulary import ELEMENT_SETS
from tools.synthesis.retro import routes

# cheap tests first
_UNUSUAL = 30.0  # a route this far below the best is not how the polymer is made
_COST = {"element": 0, "novelty": 1, "count": 2, "class": 3, "group": 4, "substructure": 5, "polymerisation": 6}


@lru_cache(maxsize=65_536)
def elements_of(polymer: Polymer) -> frozenset[str]:
    """Return the symbols of the elements of a repeat unit, hydrogen left out.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    frozenset of str
        Such as ``{"C", "O"}``.
    """
    return frozenset().union(*(_piece_elements(piece) for piece in polymer.word))


@lru_cache(maxsize=65_536)
def _piece_elements(piece: str) -> frozenset[str]:
    return frozenset(atom.GetSymbol() for atom in piece_mol(piece).GetAtoms() if atom.GetAtomicNum() > 1)


@lru_cache(maxsize=65_536)
def _piece_size(piece: str) -> int:
    return int(piece_mol(piece).GetNumHeavyAtoms())


def unit_size(polymer: Polymer) -> int:
    """Count the heavy atoms of the smallest repeat unit.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    int
        Atoms other than hydrogen.
    """
    return sum(_piece_size(piece) for piece in polymer.word)


@lru_cache(maxsize=32_768)
def _groups(polymer: Polymer) -> dict[str, int]:
    return groups_of(polymer)


@lru_cache(maxsize=32_768)
def _classes(polymer: Polymer) -> frozenset[str]:
    return classes_of(polymer)


def _molar_mass(polymer: Polymer) -> float:
    return float(rdMolDescriptors._CalcMolWt(polymer.mol))  # average masses; stars weigh nothing


def _group_count(name: str) -> Callable[[Polymer], float]:
    return lambda polymer: float(_groups(polymer).get(name, 0))


def _chain_difference(count: Callable[[Chem.Mol], int]) -> Callable[[Polymer], float]:
    """Count a feature of one unit in the chain: three units less two, so that chain ends do not matter."""

    def counted(polymer: Polymer) -> float:
        word = polymer.word
        units = max(1, round(polymer.mol.GetNumHeavyAtoms() / max(1, join(word).GetNumHeavyAtoms())))
        return float(units * (count(join(word * 3)) - count(join(word * 2))))

    return counted


_COUNTERS: dict[str, Callable[[Polymer], float]] = {
    "aromatic_rings": lambda p: float(rdMolDescriptors.CalcNumAromaticRings(p.mol)),
    "rings": lambda p: float(rdMolDescriptors.CalcNumRings(p.mol)),
    "heavy_atoms": lambda p: float(sum(a.GetAtomicNum() > 1 for a in p.mol.GetAtoms())),
    "rotatable_bonds": _chain_difference(rdMolDescriptors.CalcNumRotatableBonds),
    "hbond_donors": _chain_difference(rdMolDescriptors.CalcNumHBD),
    "hbond_acceptors": _chain_difference(rdMolDescriptors.CalcNumHBA),
    "molar_mass_unit": _molar_mass,
    "fluorine_atoms": lambda p: float(sum(a.GetAtomicNum() == 9 for a in p.mol.GetAtoms())),
    "ester_groups": _group_count("ester"),
    "amide_groups": _group_count("amide"),
    "hydroxyl_groups": _group_count("hydroxyl"),
}


def count_of(polymer: Polymer, name: str) -> float:
    """Count a feature per repeat unit as it is written.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    name : str
        Id of ``tools.core.vocabulary.COUNTS``.

    Returns
    -------
    float
        The count; g/mol for ``molar_mass_unit``.

    Raises
    ------
    UnknownNameError
        If the count is not known.
    """
    if name not in _COUNTERS:
        raise UnknownNameError(f"Unknown count {name!r}.", hint=f"Known are {', '.join(sorted(_COUNTERS))}.")
    return _COUNTERS[name](polymer)


@lru_cache(maxsize=256)
def _query(smarts: str) -> Chem.Mol:
    query = Chem.MolFromSmarts(smarts)
    if query is None:
        raise UnknownNameError(
            f"The substructure {smarts!r} is no SMARTS.", hint="Write it as SMARTS, such as c1ccccc1."
        )
    return query


def _has_substructure(polymer: Polymer, smarts: str) -> bool:
    query = _query(smarts)
    units = 2 + query.GetNumAtoms() // max(1, len(polymer.word))
    return bool(join(polymer.word * min(units, 12)).HasSubstructMatch(query))


def _made_by(polymer: Polymer, name: str, required: bool, known: Sequence[str]) -> bool:
    """Required: some verified route is of this kind. Excluded: the most usual one is not."""
    if required and name in known:
        return True
    found = routes(polymer, 2)
    if required:
        return any(name in route.polymerisations for route in found if route.score >= found[0].score - _UNUSUAL)
    return bool(found) and name in found[0].polymerisations


def _present(polymer: Polymer, constraint: StructuralConstraint, known: Sequence[str]) -> bool:
    name = constraint.name
    if constraint.kind == "element":
        wanted = ELEMENT_SETS.get(name, (name,))
        return any(symbol in elements_of(polymer) for symbol in wanted)
    if constraint.kind == "group":
        return _groups(polymer).get(name, 0) > 0
    if constraint.kind == "class":
        return name in _classes(polymer)
    if constraint.kind == "substructure":
        return _has_substructure(polymer, name)
    if constraint.kind == "polymerisation":
        return _made_by(polymer, name, constraint.required, known)
    return polymer.key not in by_key()


def meets_structure(polymer: Polymer, constraint: StructuralConstraint, polymerisations: Sequence[str] = ()) -> bool:
    """Tell whether a polymer meets a structural constraint.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    constraint : StructuralConstraint
        The constraint. Bounds of a group or element count it per repeat unit as written.
    polymerisations : sequence of str
        Ids of a polymerisation that is known to make it, which saves a search for routes.

    Returns
    -------
    bool
        True if it is met.

    Raises
    ------
    UnknownNameError
        If a count or substructure is not known.
    """
    if constraint.kind == "count":
        return _in_bounds(count_of(polymer, constraint.name), constraint)
    if constraint.kind == "group" and (constraint.lower is not None or constraint.upper is not None):
        return _in_bounds(float(_groups(polymer).get(constraint.name, 0)), constraint)
    return _present(polymer, constraint, polymerisations) == constraint.required


def _in_bounds(value: float, constraint: StructuralConstraint) -> bool:
    inside = (constraint.lower is None or value >= constraint.lower) and (
        constraint.upper is None or value <= constraint.upper
    )
    return inside == constraint.required


def by_cost(constraints: Sequence[StructuralConstraint]) -> tuple[StructuralConstraint, ...]:
    """Order constraints so that the cheap ones are tested first."""
    return tuple(sorted(constraints, key=lambda c: _COST.get(c.kind, 9)))


def violated(
    polymer: Polymer,
    constraints: Sequence[StructuralConstraint],
    polymerisations: Sequence[str] = (),
    *,
    first_only: bool = False,
) -> list[StructuralConstraint]:
    """List the constraints that a polymer does not meet.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    constraints : sequence of StructuralConstraint
        What is asked for.
    polymerisations : sequence of str
        As in ``meets_structure``.
    first_only : bool
        Stop at the first, cheap tests first.

    Returns
    -------
    list of StructuralConstraint
        Empty if all are met.
    """
    found = []
    for constraint in by_cost(constraints):
        if not meets_structure(polymer, constraint, polymerisations):
            found.append(constraint)
            if first_only:
                break
    return found


def describe(constraint: StructuralConstraint) -> str:
    """Say a structural constraint in words.

    Parameters
    ----------
    constraint : StructuralConstraint
        The constraint.

    Returns
    -------
    str
        Such as ``"no element F"`` or ``"aromatic_rings 1 to 2"``.
    """
    if constraint.kind == "novelty":
        return "not a known polymer" if constraint.required else "a known polymer"
    if constraint.kind == "count" or constraint.lower is not None or constraint.upper is not None:
        low = "" if constraint.lower is None else f" at least {constraint.lower:g}"
        high = "" if constraint.upper is None else f" at most {constraint.upper:g}"
        return f"{constraint.name}{low}{high}"
    return f"{'' if constraint.required else 'no '}{constraint.kind} {constraint.name}"
