"""What chemists call a fragment of a repeat unit."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rdkit import Chem

from tools.chemistry.groups import PATTERNS

_HALOGENS = {9: "fluorine", 17: "chlorine", 35: "bromine", 53: "iodine"}
_LINKS = {7: "nitrogen", 8: "oxygen", 14: "silicon", 15: "phosphorus", 16: "sulfur", 34: "selenium"}
_ALKYLS = {1: "methyl", 2: "ethyl", 3: "propyl or isopropyl"}
_RING_NAMES = frozenset((
    "naphthalene", "biphenyl", "fluorene", "thiophene", "pyridine", "imidazole", "benzimidazole", "benzoxazole",
    "benzothiazole", "triazine", "furan", "adamantane", "norbornane", "epoxide",
))  # fmt: skip


@dataclass(frozen=True)
class Fragment:
    """Atoms of a repeat unit, with the atoms that they are bonded to.

    Attributes
    ----------
    smiles : str
        The atoms, ``*`` where they are bonded to the rest.
    capped : str
        The same with the element of each neighbour in place of ``*``, hydrogen filled in.
    """

    smiles: str
    capped: str


def fragment_of(mol: Chem.Mol, atoms: Sequence[int], stars: Collection[int], path: Sequence[int]) -> Fragment:
    """Cut atoms out of a chain.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Repeat unit with two ``*``, without stereochemistry.
    atoms : sequence of int
        The atoms.
    stars : collection of int
        The two ``*``.
    path : sequence of int
        Atoms on the way from one to the other; the last is bonded to the first of the next unit.

    Returns
    -------
    Fragment
        The atoms with their surroundings.
    """
    editable = Chem.RWMol()
    place = {index: editable.AddAtom(mol.GetAtomWithIdx(index)) for index in atoms}
    across = path[0] in place and path[-1] in place and not set(path) <= set(place)
    beyond = {path[0]: path[-1], path[-1]: path[0]}
    on_path = not set(path).isdisjoint(place)
    caps: dict[tuple[int, int], int] = {}
    for bond in mol.GetBonds():
        begin, end = bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()
        order = bond.GetBondType()
        if begin in place and end in place:
            editable.AddBond(place[begin], place[end], order)
        elif begin in place or end in place:
            inner, outer = (begin, end) if begin in place else (end, begin)
            if outer in stars and across:
                if inner == path[0]:
                    editable.AddBond(place[inner], place[path[-1]], order)
                continue
            # one atom that closes a side ring is one neighbour; the chain before and after a part are two
            bound = (inner if on_path else -1, outer)
            if bound not in caps:
                caps[bound] = editable.AddAtom(_cap(mol.GetAtomWithIdx(beyond[inner] if outer in stars else outer)))
            editable.AddBond(place[inner], caps[bound], order)
    capped = Chem.MolToSmiles(editable)
    for cap in caps.values():
        editable.GetAtomWithIdx(cap).SetAtomicNum(0)
        editable.GetAtomWithIdx(cap).SetAtomMapNum(0)
    return Fragment(Chem.MolToSmiles(editable), capped)


def _cap(atom: Chem.Atom) -> Chem.Atom:
    """A bare atom of the same element, marked."""
    cap = Chem.Atom(atom.GetAtomicNum())
    cap.SetAtomMapNum(1)
    return cap


@lru_cache(maxsize=4096)
def name_of_fragment(fragment: Fragment, *, branching: bool = False) -> str:
    """Name a fragment.

    Parameters
    ----------
    fragment : Fragment
        From ``fragment_of``.
    branching : bool
        Whether other parts hang on it.

    Returns
    -------
    str
        Names of the functional groups and rings in it, of an alkyl or a halogen, or else its SMILES.
    """
    mol: Any = Chem.MolFromSmiles(fragment.capped)
    if mol is None:
        return fragment.smiles
    inner = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomMapNum() == 0}
    for atom in mol.GetAtoms():
        atom.SetAtomMapNum(0)
        atom.SetNoImplicit(False)
    mol.UpdatePropertyCache(strict=False)
    numbers = [mol.GetAtomWithIdx(index).GetAtomicNum() for index in sorted(inner)]
    if len(numbers) == 1 and numbers[0] in _HALOGENS:
        return _HALOGENS[numbers[0]]
    open_chain = not any(mol.GetAtomWithIdx(index).IsInRing() for index in inner)
    if open_chain and set(numbers) <= {6, *_HALOGENS} and numbers.count(6) > 1 and len(set(numbers)) > 1:
        return f"halogenated alkyl of {numbers.count(6)} C"
    names = _groups(mol, inner)
    if names:
        return " + ".join(names)
    if open_chain and set(numbers) == {6}:
        return _alkyl(len(numbers), branching)
    return _LINKS.get(numbers[0], fragment.smiles) if len(numbers) == 1 else fragment.smiles


def _alkyl(carbons: int, branching: bool) -> str:
    if branching:
        return "methylene" if carbons == 1 else f"alkylene of {carbons} C"
    return _ALKYLS.get(carbons, f"alkyl of {carbons} C")


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[Chem.Mol, ...]]:
    return {
        name: tuple(Chem.MolFromSmarts(smarts) for smarts in texts)
        for name, texts in PATTERNS.items()
        if name != "long_alkyl_side_chain"  # the number of carbons says more
    }


def _groups(mol: Chem.Mol, inner: set[int]) -> list[str]:
    """Groups whose core lies in the fragment, and rings of which all atoms but one do."""
    found = []
    for name, patterns in _patterns().items():
        matches = [match for pattern in patterns for match in mol.GetSubstructMatches(pattern)]
        if any(match[0] in inner or (len(match) > 5 and len(set(match) - inner) == 1) for match in matches):
            found.append(name.replace("_", " "))
    if _RING_NAMES & set(found):
        return found
    rings = [ring for ring in mol.GetRingInfo().AtomRings() if len(set(ring) & inner) >= len(ring) - 1]
    if any(all(mol.GetAtomWithIdx(index).GetIsAromatic() for index in ring) for ring in rings):
        found.append("aromatic ring")
    elif rings and "imide" not in found:
        found.append("aliphatic ring" if all(_carbon(mol, ring) for ring in rings) else "heterocycle")
    return found


def _carbon(mol: Chem.Mol, ring: Sequence[int]) -> bool:
    return all(mol.GetAtomWithIdx(index).GetAtomicNum() == 6 for index in ring)
