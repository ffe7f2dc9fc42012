"""Putting oriented pieces back together into molecules: repeat units, oligomers and rings.

The join moves every stereo mark by hand: a stereocentre is inverted when the order of its bonds changes by an odd
permutation, and a double bond's reference atom is replaced by the new neighbour, so no mark is lost.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rdkit import Chem

from tools.core.gate import STAR_QUERY
from tools.core.word import Word

Template = tuple[str | int, ...]

# bracket atoms keep their digits; outside them a digit is a ring closure
_TOKENS = re.compile(r"(\[[^\]]*\])|(%\(\d+\)|%\d\d)|(\d)|([^\d\[%]+)")

_MARKED = {
    Chem.BondStereo.STEREOE: Chem.BondStereo.STEREOTRANS,
    Chem.BondStereo.STEREOTRANS: Chem.BondStereo.STEREOTRANS,
    Chem.BondStereo.STEREOZ: Chem.BondStereo.STEREOCIS,
    Chem.BondStereo.STEREOCIS: Chem.BondStereo.STEREOCIS,
}


@lru_cache(maxsize=16_384)
def piece_mol(piece: str) -> Chem.Mol:
    """Return the molecule of a piece.

    Parameters
    ----------
    piece : str
        Canonical piece of a word.

    Returns
    -------
    rdkit.Chem.Mol
        Shared and cached: never change it.
    """
    return Chem.MolFromSmiles(piece)


def join(word: Word, *, ring: bool = False, sanitise: bool = True) -> Chem.Mol:
    """Join pieces in chain order.

    Parameters
    ----------
    word : tuple of str
        Pieces in chain order.
    ring : bool
        Also join the last piece to the first, which leaves no chain end.
    sanitise : bool
        Perceive rings, aromaticity and stereochemistry; a caller that joins a large ring leaves this to itself, because
        exhaustive ring perception is slow there.

    Returns
    -------
    rdkit.Chem.Mol
        With dummy atoms labelled 1 (start) and 2 (end), unless closed to a ring.
    """
    starts: list[int] = []
    ends: list[int] = []
    marks: list[tuple[int, int, int, int, Chem.BondStereo]] = []
    editable = Chem.RWMol()
    for mol in (piece_mol(piece) for piece in word):
        offset = editable.GetNumAtoms()
        editable.InsertMol(mol)
        for atom in mol.GetAtomsMatchingQuery(STAR_QUERY):
            (starts if atom.GetIsotope() == 1 else ends).append(atom.GetIdx() + offset)
        marks += [
            (begin + offset, end + offset, first + offset, second + offset, mark)
            for begin, end, first, second, mark in _double_bond_marks(mol)
        ]
    junctions = list(zip(ends, starts[1:], strict=False))
    if ring:
        junctions.append((ends[-1], starts[0]))
    moved = _bond_junctions(editable, junctions)
    for begin, end, first, second, mark in marks:
        bond = editable.GetBondBetweenAtoms(begin, end)
        bond.SetStereoAtoms(moved.get(first, first), moved.get(second, second))
        bond.SetStereo(mark)
    for star in sorted((star for pair in junctions for star in pair), reverse=True):
        editable.RemoveAtom(star)
    if sanitise:
        Chem.SanitizeMol(editable)
        if marks:  # perception reads the slashes, not the marks
            Chem.SetDoubleBondNeighborDirections(editable)
        Chem.AssignStereochemistry(editable, cleanIt=True, force=True)
    return editable.GetMol()


def join_plain(word: Word, *, sanitise: bool = True) -> Chem.Mol | None:
    """Join pieces by writing one SMILES; several times faster than ``join``, for words without stereo marks.

    Parameters
    ----------
    word : tuple of str
        Pieces in chain order.
    sanitise : bool
        As for ``join``.

    Returns
    -------
    rdkit.Chem.Mol or None
        As ``join`` returns it; None if a piece carries stereo marks.
    """
    templates = []
    for piece in word:
        template = piece_template(piece)
        if template is None:
            return None
        templates.append(template)
    return Chem.MolFromSmiles("[1*]" + written(templates), sanitize=sanitise)


def written(templates: Sequence[Template]) -> str:
    """Nest texts in each other: each one takes the place of the open end ``[2*]`` of the one before.

    Parameters
    ----------
    templates : sequence of tuple
        Texts split by ``template_of``, each but the last with an open end.

    Returns
    -------
    str
        One SMILES, with its ring closures numbered anew.
    """
    text, offset = "", 0
    for template in templates:
        part = "".join(item if isinstance(item, str) else _closure(item + offset) for item in template)
        offset += max((item for item in template if isinstance(item, int)), default=0)
        text = text.replace("[2*]", part) if text else part
    return text


def _closure(number: int) -> str:
    return str(number) if number < 10 else f"%({number})"


@lru_cache(maxsize=16_384)
def piece_template(piece: str) -> Template | None:
    """Return the text of a piece from its start on (the start itself is left out), ready for ``written``.

    Parameters
    ----------
    piece : str
        Canonical piece of a word.

    Returns
    -------
    tuple of str or int, or None
        None if the piece carries stereo marks.
    """
    if marked(piece):
        return None
    mol = piece_mol(piece)
    start = next(atom.GetIdx() for atom in mol.GetAtomsMatchingQuery(STAR_QUERY) if atom.GetIsotope() == 1)
    return template_of(Chem.MolToSmiles(mol, rootedAtAtom=start).removeprefix("[1*]"))


def marked(piece: str) -> bool:
    """Tell whether a SMILES carries stereo marks, which plain text cannot be joined with.

    Parameters
    ----------
    piece : str
        Any SMILES.
    """
    return "@" in piece or "/" in piece or "\\" in piece


def template_of(text: str) -> Template:
    """Split a SMILES into text and ring-closure numbers.

    Parameters
    ----------
    text : str
        SMILES.

    Returns
    -------
    tuple of str or int
        Its parts in order.
    """
    parts: list[str | int] = []
    for bracket, long, short, other in _TOKENS.findall(text):
        closure = long or short
        parts.append(int(closure.strip("%()")) if closure else bracket or other)
    return tuple(parts)


def _bond_junctions(mol: Chem.RWMol, junctions: list[tuple[int, int]]) -> dict[int, int]:
    """Bond the neighbours of each pair of dummies; return the new neighbour that replaces each dummy."""
    moved: dict[int, int] = {}
    for left_star, right_star in junctions:
        left = mol.GetAtomWithIdx(left_star).GetNeighbors()[0].GetIdx()
        right = mol.GetAtomWithIdx(right_star).GetNeighbors()[0].GetIdx()
        order = mol.GetBondBetweenAtoms(left, left_star).GetBondType()
        for centre, star in ((left, left_star), (right, right_star)):
            _keep_chirality(mol.GetAtomWithIdx(centre), star)
            mol.RemoveBond(centre, star)
        mol.AddBond(left, right, order)
        moved[left_star], moved[right_star] = right, left
    return moved


def _keep_chirality(centre: Chem.Atom, star: int) -> None:
    """Invert a stereocentre if moving the bond to ``star`` to the last place is an odd permutation."""
    if centre.GetChiralTag() == Chem.ChiralType.CHI_UNSPECIFIED:
        return
    neighbours = [bond.GetOtherAtomIdx(centre.GetIdx()) for bond in centre.GetBonds()]
    if (len(neighbours) - 1 - neighbours.index(star)) % 2:
        centre.InvertChirality()


def _double_bond_marks(mol: Chem.Mol) -> list[tuple[int, int, int, int, Chem.BondStereo]]:
    """List the marked double bonds: begin, end, the reference atom beside each, and whether those lie cis or trans."""
    marks = []
    for bond in mol.GetBonds():
        mark = _MARKED.get(bond.GetStereo())
        if mark is not None:
            first, second = bond.GetStereoAtoms()
            marks.append((bond.GetBeginAtomIdx(), bond.GetEndAtomIdx(), first, second, mark))
    return marks
