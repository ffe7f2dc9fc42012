"""Chains of several units: capped oligomers for descriptors, and closed rings for features without chain ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil
from typing import Literal

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from tools.core.assemble import join, piece_mol
from tools.core.display import display_word
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.word import Word

Cap = Literal["H", "CH3"]

MAX_ATOMS = 2000


def oligomer(polymer: Polymer, n: int, cap: Cap | None = "H") -> Chem.Mol:
    """Join repeat units to an oligomer.

    Parameters
    ----------
    polymer : Polymer
        The chain; its unit as written in ``polymer.smiles`` is repeated.
    n : int
        Number of repeat units, at least 1.
    cap : {"H", "CH3"} or None
        What closes the chain ends; None leaves dummy atoms labelled 1 and 2. A double-bonded end becomes =CH2 with
        "CH3" and is saturated with hydrogen with "H".

    Returns
    -------
    rdkit.Chem.Mol
        Sanitised molecule, stereochemistry kept.

    Raises
    ------
    InputError
        If ``n`` or ``cap`` is out of range, or the oligomer would exceed 2,000 atoms.
    """
    return oligomer_of(display_word(polymer.word), n, cap)


def oligomer_of(word: Word, n: int, cap: Cap | None = "H") -> Chem.Mol:
    """Join a word of pieces, cut where it is cut, to an oligomer.

    Parameters
    ----------
    word : tuple of str
        Pieces of the repeat unit in chain order.
    n : int
        Number of repeat units, at least 1.
    cap : {"H", "CH3"} or None
        As for ``oligomer``.

    Returns
    -------
    rdkit.Chem.Mol
        Sanitised molecule, stereochemistry kept.

    Raises
    ------
    InputError
        As for ``oligomer``.
    """
    atoms = sum(piece_mol(piece).GetNumAtoms() - 2 for piece in word) + 2
    if n < 1 or n * atoms > MAX_ATOMS:
        raise InputError(f"An oligomer of {n} units is not built.", hint=f"Ask for 1 unit up to {MAX_ATOMS} atoms.")
    mol = join(word * n)
    if cap is None:
        return mol
    if cap not in ("H", "CH3"):
        raise InputError(f"Unknown end cap {cap!r}.", hint='Use "H", "CH3" or None.')
    return _capped(mol, cap)


def _capped(mol: Chem.Mol, cap: Cap) -> Chem.Mol:
    editable = Chem.RWMol(mol)
    stars = [atom.GetIdx() for atom in editable.GetAtoms() if atom.GetAtomicNum() == 0]
    if editable.GetAtomWithIdx(stars[0]).GetBonds()[0].GetBondType() != Chem.BondType.SINGLE:
        Chem.Kekulize(editable, clearAromaticFlags=True)  # a quinoid ring loses its outer double bond
    for index in sorted(stars, reverse=True):
        star = editable.GetAtomWithIdx(index)
        star.SetIsotope(0)
        star.SetNoImplicit(False)
        if cap == "CH3":
            star.SetAtomicNum(6)
        elif star.GetBonds()[0].GetBondType() == Chem.BondType.SINGLE:
            star.SetAtomicNum(1)  # removed below, which keeps the neighbour's stereochemistry
        else:
            editable.RemoveAtom(index)
    Chem.SanitizeMol(editable)
    capped = Chem.RemoveHs(editable) if cap == "H" else editable.GetMol()
    Chem.AssignStereochemistry(capped, cleanIt=True, force=True)
    return capped


@dataclass(frozen=True)
class Ring:
    """A ring-closed oligomer: every unit of it sees the same surroundings, and there is no chain end.

    Attributes
    ----------
    mol : rdkit.Chem.Mol
        Molecule with fast ring information; never sanitised, because exhaustive ring search explodes on large rings.
        Stereochemistry is left out.
    invariants : numpy.ndarray of uint32, shape (n_atoms,)
        Atom invariants of the open chain: element, degree, hydrogens, charge, and membership of a real ring.
    units : int
        Number of smallest repeat units in it.
    """

    mol: Chem.Mol
    invariants: npt.NDArray[np.uint32]
    units: int


@dataclass(frozen=True)
class _Bare:
    """A piece without its dummies."""

    mol: Chem.Mol
    start: int
    end: int
    length: int  # backbone atoms on the shortest path
    invariants: npt.NDArray[np.uint32]
    order: Chem.BondType


@lru_cache(maxsize=16_384)
def _bare(piece: str) -> _Bare:
    mol = piece_mol(piece)
    stars = {atom.GetIsotope(): atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0}
    start, end = (stars[label].GetNeighbors()[0].GetIdx() for label in (1, 2))
    kept = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum()]
    place = {atom.GetIdx(): index for index, atom in enumerate(kept)}
    invariants = np.array([_invariant(atom) for atom in kept], dtype=np.uint32)
    editable = Chem.RWMol(mol)
    for atom in kept:
        atom = editable.GetAtomWithIdx(atom.GetIdx())
        hydrogens = atom.GetTotalNumHs()
        atom.SetChiralTag(Chem.ChiralType.CHI_UNSPECIFIED)
        atom.SetNoImplicit(True)
        atom.SetNumExplicitHs(hydrogens)
    for star in sorted((star.GetIdx() for star in stars.values()), reverse=True):
        editable.RemoveAtom(star)
    for bond in editable.GetBonds():
        bond.SetStereo(Chem.BondStereo.STEREONONE)
        bond.SetBondDir(Chem.BondDir.NONE)
    length = len(Chem.GetShortestPath(mol, stars[1].GetIdx(), stars[2].GetIdx())) - 2
    order = stars[1].GetBonds()[0].GetBondType()
    return _Bare(editable.GetMol(), place[start], place[end], length, invariants, order)


def _invariant(atom: Chem.Atom) -> int:
    """Hash what identifies an atom to 32 bits, well spread because some fingerprints keep only the lower nine."""
    packed = atom.GetAtomicNum()
    packed = packed * 8 + atom.GetDegree()
    packed = packed * 8 + atom.GetTotalNumHs()
    packed = packed * 8 + atom.GetFormalCharge() + 3
    packed = packed * 2 + atom.IsInRing()
    packed = packed * 2 + atom.GetIsAromatic()
    packed = (packed ^ packed >> 16) * 0x45D9F3B & 0xFFFFFFFF  # multiply-xorshift, a bijection on 32 bits
    packed = (packed ^ packed >> 16) * 0x45D9F3B & 0xFFFFFFFF
    return packed ^ packed >> 16


def backbone_length(word: Word) -> int:
    """Count the backbone atoms of a word.

    Parameters
    ----------
    word : tuple of str
        Pieces in chain order.

    Returns
    -------
    int
        Atoms on the shortest path through them.
    """
    return sum(_bare(piece).length for piece in word)


def cyclic(polymer: Polymer, min_atoms: int = 12) -> Ring:
    """Close a chain to a ring of whole smallest units.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    min_atoms : int
        Least number of backbone atoms on the short way round the ring; a feature that looks ``r`` bonds far is exact
        from ``2 r + 2`` on.

    Returns
    -------
    Ring
        Ring-closed oligomer with atom invariants of the open chain.
    """
    units = ceil(max(min_atoms, 3) / backbone_length(polymer.word))
    bares = [_bare(piece) for piece in polymer.word] * units
    editable, starts, ends = _concatenated(bares)
    editable.AddBond(ends[-1], starts[0], bares[-1].order)
    editable.UpdatePropertyCache(strict=False)
    Chem.FastFindRings(editable)
    return Ring(editable.GetMol(), np.concatenate([bare.invariants for bare in bares]), units)


def _concatenated(bares: list[_Bare]) -> tuple[Chem.RWMol, list[int], list[int]]:
    """Bond pieces one after the other; return also the first and last backbone atom of each."""
    editable = Chem.RWMol()
    starts, ends = [], []
    for bare in bares:
        offset = editable.GetNumAtoms()
        editable.InsertMol(bare.mol)
        starts.append(bare.start + offset)
        ends.append(bare.end + offset)
    for left, right, bare in zip(ends, starts[1:], bares, strict=False):
        editable.AddBond(left, right, bare.order)
    return editable, starts, ends


def stretch(word: Word) -> Chem.Mol:
    """Join pieces to a stretch of chain for pattern matching: fast, and without stereochemistry.

    Parameters
    ----------
    word : tuple of str
        Pieces in chain order.

    Returns
    -------
    rdkit.Chem.Mol
        Atoms in chain order, then the dummy atoms labelled 1 (start) and 2 (end), with rings and hybridisation.
    """
    bares = [_bare(piece) for piece in word]
    editable, starts, ends = _concatenated(bares)
    for label, neighbour in ((1, starts[0]), (2, ends[-1])):
        star = Chem.Atom(0)
        star.SetIsotope(label)
        editable.AddBond(neighbour, editable.AddAtom(star), bares[0].order)
    Chem.SanitizeMol(editable, _LIGHT)
    return editable.GetMol()


_LIGHT = (
    Chem.SanitizeFlags.SANITIZE_PROPERTIES
    | Chem.SanitizeFlags.SANITIZE_SYMMRINGS
    | Chem.SanitizeFlags.SANITIZE_SETCONJUGATION
    | Chem.SanitizeFlags.SANITIZE_SETHYBRIDIZATION
)
