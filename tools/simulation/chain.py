"""A repeat unit inside its chain: the atoms of one unit with the surroundings they have in the polymer.

Group contributions are sums over one repeat unit, but the unit's end atoms have neighbours in the next. So the unit is
repeated, and only the atoms of the middle copy are counted. Every sum is then the same for each place where the
chain may be cut, for both directions, and, divided by mass or by number of atoms, for each multiple of the unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rdkit import Chem

from tools.core.errors import NotCoveredError, StructureError

# bonds on each side of the counted unit that must be present: more than any group definition looks at
_REACH = 6


@dataclass(frozen=True)
class ChainUnit:
    """One repeat unit in its chain.

    Attributes
    ----------
    mol : rdkit.Chem.Mol
        The chain, sanitised, without stereochemistry, a dummy atom at each end.
    atoms : tuple of int
        Indices in ``mol`` of the heavy atoms of the counted unit.
    backbone : frozenset of int
        Those of ``atoms`` on the shortest path along the chain or in a ring that this path runs through.
    elements : dict of str to int
        Atoms of the unit by element symbol, hydrogen included.
    mass : float
        Molar mass of the unit, g/mol (IUPAC standard atomic weights as RDKit holds them).
    """

    mol: Any
    atoms: tuple[int, ...]
    backbone: frozenset[int]
    elements: dict[str, int]
    mass: float

    @property
    def heavy(self) -> int:
        """Number of atoms other than hydrogen in the unit."""
        return len(self.atoms)


def _ends(mol: Any) -> tuple[int, int]:
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    if len(stars) != 2 or any(mol.GetAtomWithIdx(star).GetDegree() != 1 for star in stars):
        raise StructureError("A repeat unit needs two *, each with one bond.", code="stars")
    if mol.GetNumAtoms() < 3 or mol.GetBondBetweenAtoms(*stars) is not None:
        raise StructureError("A repeat unit needs at least one atom between its two *.", code="empty")
    return stars[0], stars[1]


def _build(unit: Any, copies: int, head: int, tail: int) -> Any:
    """Join copies tail to head; the outermost ``*`` stay as caps. Atom i of copy c is c * n + i until dummies go."""
    size = unit.GetNumAtoms()
    chain = unit
    for _ in range(copies - 1):
        chain = Chem.CombineMols(chain, unit)
    editable = Chem.RWMol(chain)
    remove: list[int] = []
    for copy in range(copies - 1):
        end, start = copy * size + tail, (copy + 1) * size + head
        last = editable.GetAtomWithIdx(end).GetNeighbors()[0].GetIdx()
        first = editable.GetAtomWithIdx(start).GetNeighbors()[0].GetIdx()
        kind = editable.GetBondBetweenAtoms(last, end).GetBondType()
        editable.AddBond(last, first, kind)
        remove += [end, start]
    for atom in editable.GetAtoms():
        atom.SetIntProp("copy", atom.GetIdx() // size)
    for index in sorted(remove, reverse=True):
        editable.RemoveAtom(index)
    mol = editable.GetMol()
    Chem.SanitizeMol(mol)
    return mol


@lru_cache(maxsize=4096)
def chain_unit(unit: str) -> ChainUnit:
    """Place a repeat unit in its chain.

    Parameters
    ----------
    unit : str
        Repeat unit SMILES with two ``*``.

    Returns
    -------
    ChainUnit
        The unit with its surroundings; cached, not to be changed.

    Raises
    ------
    StructureError
        If the text is not a repeat unit.
    NotCoveredError
        If atoms carry isotope labels: contributions are for natural abundance.
    """
    mol = Chem.MolFromSmiles(unit)
    if mol is None:
        raise StructureError(f"{unit!r} cannot be read as a repeat unit.", hint="Give a SMILES with two *.")
    if any(atom.GetIsotope() for atom in mol.GetAtoms() if atom.GetAtomicNum()):
        raise NotCoveredError("Group contributions are for natural isotopes.", hint="Write the unit without isotopes.")
    Chem.RemoveStereochemistry(mol)
    head, tail = _ends(mol)
    steps = len(Chem.GetShortestPath(mol, head, tail)) - 2
    side = -(-_REACH // steps)
    try:
        chain = _build(mol, 2 * side + 1, head, tail)
    except Chem.MolSanitizeException as error:
        raise StructureError(f"Units of {unit!r} cannot be joined: {error}", code="valence") from error
    atoms = tuple(a.GetIdx() for a in chain.GetAtoms() if a.GetIntProp("copy") == side)
    caps = [atom.GetIdx() for atom in chain.GetAtoms() if atom.GetAtomicNum() == 0]
    path = set(Chem.GetShortestPath(chain, caps[0], caps[1]))
    main = set(path)
    for ring in chain.GetRingInfo().AtomRings():
        if len(path.intersection(ring)) > 1:
            main.update(ring)
    elements, mass = _composition(chain, atoms)
    return ChainUnit(chain, atoms, frozenset(main.intersection(atoms)), elements, mass)


def _composition(mol: Any, atoms: tuple[int, ...]) -> tuple[dict[str, int], float]:
    table = Chem.GetPeriodicTable()
    elements: dict[str, int] = {}
    for index in atoms:
        atom = mol.GetAtomWithIdx(index)
        elements[atom.GetSymbol()] = elements.get(atom.GetSymbol(), 0) + 1
        elements["H"] = elements.get("H", 0) + atom.GetTotalNumHs()
    if not elements.get("H"):
        elements.pop("H", None)
    mass = sum(count * table.GetAtomicWeight(symbol) for symbol, count in sorted(elements.items()))
    return dict(sorted(elements.items())), mass
