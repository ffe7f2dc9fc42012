"""A repeat unit as a cyclic word: the identity behind ``Polymer``.

An infinite linear chain is cut at every single bond that its backbone path crosses outside rings. What lies between
two cuts is a piece, written as a canonical SMILES with its two ends labelled (``[1*]`` towards the start, ``[2*]``
towards the end), so stereochemistry is kept relative to the direction of the chain. The chain is then a periodic
sequence of oriented pieces:

* rotation of the repeat unit rotates the word,
* reading the chain backwards reverses it and turns every piece around,
* a multiplied unit repeats the word.

The smallest period in its least rotation over both reading directions is therefore the same for every way of writing
one chain, and differs for different chains. Isotactic polypropylene equals its mirror image because turning its pieces
around inverts them; the two polylactides stay apart because the ester fixes the direction.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from math import gcd

from rdkit import Chem

from tools.core.errors import StructureError
from tools.core.gate import STAR_QUERY

Word = tuple[str, ...]

# each piece turned around: a dictionary answers three times as fast as a cached function
_TURNED: dict[str, str] = {}
_MOST_TURNED = 1 << 18


def word_of(mol: Chem.Mol) -> Word:
    """Return the canonical cyclic word of a repeat unit.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Unit with chain ends labelled 1 and 2, from ``tools.core.gate.parse_unit``.

    Returns
    -------
    tuple of str
        Pieces of the smallest repeat unit, least over rotations and both reading directions.
    """
    return canonical_word(pieces_of(mol))


def canonical_word(word: Word) -> Word:
    """Reduce a word to its smallest period and its least rotation over both reading directions.

    Parameters
    ----------
    word : tuple of str
        Canonical pieces in chain order.

    Returns
    -------
    tuple of str
        The representative of all words of the same chain.
    """
    # in a repeated word the number of every piece has a factor in common with the length
    root = primitive_root(word) if gcd(word.count(word[0]), len(word)) > 1 else word
    turned = reverse_word(root)
    least, other = min(root), min(turned)
    # a least rotation begins with the least piece, so that mostly one direction is enough
    if least < other:
        return _rotated(root, least)
    if other < least:
        return _rotated(turned, other)
    return min(_rotated(root, least), _rotated(turned, other))


def pieces_of(mol: Chem.Mol) -> Word:
    """Cut a repeat unit into canonical pieces, in chain order from label 1 to label 2.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Unit with chain ends labelled 1 and 2.

    Returns
    -------
    tuple of str
        Canonical pieces; where the chain ends carry double bonds the unit is turned to a single bond first.

    Raises
    ------
    StructureError
        If the unit cannot be cut.
    """
    start, end = _ends(mol)
    if mol.GetAtomWithIdx(start).GetBonds()[0].GetBondType() == Chem.BondType.SINGLE:
        return _cut(mol, Chem.BondType.SINGLE)
    mol = Chem.Mol(mol)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    double = _join_copies(mol, start, end)
    pieces = _cut(double, Chem.BondType.SINGLE)
    if len(pieces) > 1:
        return pieces[1 : 1 + len(pieces) // 2]
    return _cut(mol, Chem.BondType.DOUBLE)


def _ends(mol: Chem.Mol) -> tuple[int, int]:
    labels = {atom.GetIsotope(): atom.GetIdx() for atom in mol.GetAtomsMatchingQuery(STAR_QUERY)}
    return labels[1], labels[2]


def _join_copies(mol: Chem.Mol, start: int, end: int) -> Chem.Mol:
    """Join two Kekulé copies end to start, through the double (or triple) bond that the stars carry."""
    both = Chem.RWMol(Chem.CombineMols(mol, mol))
    shift = mol.GetNumAtoms()
    left, right = both.GetAtomWithIdx(end).GetNeighbors()[0], both.GetAtomWithIdx(start + shift).GetNeighbors()[0]
    order = both.GetBondBetweenAtoms(end, left.GetIdx()).GetBondType()
    both.AddBond(left.GetIdx(), right.GetIdx(), order)
    for star in sorted((end, start + shift), reverse=True):
        both.RemoveAtom(star)
    Chem.SanitizeMol(both)
    return both.GetMol()


def _cut(mol: Chem.Mol, order: Chem.BondType) -> Word:
    """Cut every backbone bond of the given order that lies outside rings."""
    path = Chem.GetShortestPath(mol, *_ends(mol))
    cuts, labels = [], []
    for here, there in pairwise(path[1:-1]):
        bond = mol.GetBondBetweenAtoms(here, there)
        if bond.GetBondType() != order or bond.IsInRing() or bond.GetStereo() > Chem.BondStereo.STEREOANY:
            continue
        cuts.append(bond.GetIdx())
        # FragmentOnBonds labels the dummy on the end atom first, then the one on the begin atom
        labels.append((1, 2) if bond.GetBeginAtomIdx() == here else (2, 1))
    if not cuts:
        return (oriented(Chem.MolToSmiles(mol))[0],)
    parts = Chem.FragmentOnBonds(mol, cuts, addDummies=True, dummyLabels=labels)
    owner = {atom: number for number, atoms in enumerate(Chem.GetMolFrags(parts)) for atom in atoms}
    # all pieces are written at once; the order of the atoms in the text tells which piece is which
    texts = Chem.MolToSmiles(parts).split(".")
    written = map(int, parts.GetProp("_smilesAtomOutputOrder").strip("[],").split(","))
    text_of = dict(zip(dict.fromkeys([owner[atom] for atom in written]), texts, strict=True))
    return tuple(oriented(text_of[number])[0] for number in dict.fromkeys(owner[atom] for atom in path))


@lru_cache(maxsize=65_536)
def oriented(piece: str) -> tuple[str, str]:
    """Canonicalise a piece, as it stands and turned around.

    Parameters
    ----------
    piece : str
        SMILES of a piece with ends ``[1*]`` and ``[2*]``.

    Returns
    -------
    tuple of str
        The canonical piece, and the canonical piece with its ends swapped.
    """
    forward = _fixed_point(piece)
    backward = _fixed_point(_swapped(forward))
    # RDKit's canonical form is not always a fixed point; agree on a pair that maps onto itself
    for _ in range(4):
        again = _fixed_point(_swapped(backward))
        if again == forward:
            break
        forward, backward = again, _fixed_point(_swapped(again))
    return forward, backward


def _swapped(piece: str) -> str:
    return piece.replace("[1*]", "[0*]").replace("[2*]", "[1*]").replace("[0*]", "[2*]")


def _fixed_point(smiles: str) -> str:
    """Canonicalise until the text no longer changes (RDKit issues 7759, 8721 and 8775 show that once is not enough)."""
    seen: list[str] = []
    while smiles not in seen:
        seen.append(smiles)
        smiles = _rewritten(smiles)
    return min(seen[seen.index(smiles) :])


@lru_cache(maxsize=65_536)
def _rewritten(smiles: str) -> str:
    """Read a piece and write it again; remembered, because both directions of a piece pass through the same texts."""
    mol = Chem.MolFromSmiles(smiles)
    if mol is None:
        raise StructureError("The unit cannot be cut along its backbone.", code="cut")
    return str(Chem.MolToSmiles(mol))


def reverse_word(word: Word) -> Word:
    """Read a word backwards: pieces in reverse order, each turned around.

    Parameters
    ----------
    word : tuple of str
        Canonical pieces.

    Returns
    -------
    tuple of str
        The same chain in the other direction.
    """
    try:
        return tuple(map(_TURNED.__getitem__, word[::-1]))
    except KeyError:
        if len(_TURNED) > _MOST_TURNED:
            _TURNED.clear()
        _TURNED.update((piece, oriented(piece)[1]) for piece in word)
        return tuple(map(_TURNED.__getitem__, word[::-1]))


def primitive_root(word: Word) -> Word:
    """Return the shortest word that gives this one when repeated.

    Parameters
    ----------
    word : tuple of str
        Any word.

    Returns
    -------
    tuple of str
        Its smallest period.
    """
    size = len(word)
    for period in _divisors(size):
        if word[:period] * (size // period) == word:
            return word[:period]
    return word


@lru_cache(maxsize=1024)
def _divisors(size: int) -> tuple[int, ...]:
    """Return the proper divisors, smallest first."""
    return tuple(period for period in range(1, size // 2 + 1) if size % period == 0)


def least_rotation(word: Word) -> Word:
    """Return the lexicographically least rotation of a word.

    Parameters
    ----------
    word : tuple of str
        Any word.

    Returns
    -------
    tuple of str
        Its least rotation.
    """
    return _rotated(word, min(word)) if word else word


def _rotated(word: Word, least: str) -> Word:
    """Return the least rotation of a word whose least piece is known."""
    place = word.index(least)
    count = word.count(least)
    if count == 1:
        return word[place:] + word[:place]
    # a rotation that begins inside a run of the least piece is greater than the one that begins with the run
    size, twice = len(word), word + word
    found = [twice[place : place + size]] if place or word[-1] != least else []
    for _ in range(count - 1):
        after = word.index(least, place + 1)
        if after != place + 1:
            found.append(twice[after : after + size])
        place = after
    return min(found) if found else word
