"""The written form of a repeat unit: which of its many cuts a chemist would choose.

The minimal unit of a chain is often not what chemists write (``*C*`` for polyethylene), and any rotation of it names
the same chain. One writing per chain is chosen by these rules, in order:

1. A minimal unit of one acyclic saturated carbon is shown twice (``*CC*``, ``*C(F)(F)C(*)(F)F``), as from the monomer.
2. The cut lies where a linkage formed: between a heteroatom (O before N before S) that starts the unit and the acyl,
   sulfonyl or phosphoryl group that ends it; else between a heteroatom that starts it and an aryl carbon that ends it;
   else between a saturated carbon or silicon that starts it and a heteroatom that ends it (``*CCO*``).
3. Else between saturated carbons, the less substituted one first (``*CC(*)c1ccccc1``); else anywhere.
4. Ties go to the least word.

The unit is written from its start, from canonical atom ranks, so equal keys give equal text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import join, join_plain, piece_mol
from tools.core.word import Word, reverse_word

_HETERO = {"O": 0, "N": 1, "S": 2, "Se": 2, "P": 3}


@dataclass(frozen=True)
class End:
    """The atom at one end of a piece.

    Attributes
    ----------
    symbol : str
        Its element.
    kind : str
        ``"acyl"`` (also sulfonyl, phosphoryl), ``"aryl"``, ``"sp2"``, ``"sp3"``, ``"hetero"`` or ``"other"``.
    substituents : int
        Heavy neighbours outside the chain.
    """

    symbol: str
    kind: str
    substituents: int


@lru_cache(maxsize=16_384)
def _end(piece: str, label: int) -> End:
    mol = piece_mol(piece)
    star = next(atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0 and atom.GetIsotope() == label)
    atom = star.GetNeighbors()[0]
    return End(atom.GetSymbol(), _kind(atom), atom.GetDegree() - 2)


def _kind(atom: Chem.Atom) -> str:
    doubly = {
        bond.GetOtherAtom(atom).GetSymbol() for bond in atom.GetBonds() if bond.GetBondType() == Chem.BondType.DOUBLE
    }
    symbol = atom.GetSymbol()
    if symbol in {"C", "S", "P"} and doubly & {"O", "S"}:
        return "acyl"
    if symbol in _HETERO:
        return "hetero"
    if symbol == "Si":
        return "sp3"
    if symbol != "C":
        return "other"
    if atom.GetIsAromatic():
        return "aryl"
    return "sp3" if atom.GetHybridization() == Chem.HybridizationType.SP3 else "sp2"


def _cut_rank(start: End, end: End) -> tuple[int, int, int]:
    """Rank a cut by the atom that starts the unit and the atom that ends it; lower is preferred."""
    if start.kind == "hetero" and end.kind == "acyl":
        return 0, _HETERO[start.symbol], 0
    if start.kind == "hetero" and end.kind == "aryl":
        return 1, _HETERO[start.symbol], 0
    if start.kind == "sp3" and end.kind == "hetero":
        return 2, _HETERO[end.symbol], start.substituents
    if start.kind == end.kind == "sp3":
        return 3, start.substituents, -end.substituents
    return 4, start.substituents, -end.substituents


def display_word(word: Word) -> Word:
    """Choose the word that is written out.

    Parameters
    ----------
    word : tuple of str
        The canonical word of a chain.

    Returns
    -------
    tuple of str
        A rotation of it or of its reverse, doubled for a single saturated carbon.
    """
    if len(word) == 1 and _is_lone_carbon(word[0]):
        word = word * 2
    turned = [reading[shift:] + reading[:shift] for reading in (word, reverse_word(word)) for shift in range(len(word))]
    return min(turned, key=lambda unit: (_cut_rank(_end(unit[0], 1), _end(unit[-1], 2)), unit))


def _is_lone_carbon(piece: str) -> bool:
    mol = piece_mol(piece)
    stars = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    first, second = (star.GetNeighbors()[0] for star in stars)
    lone: bool = (
        first.GetIdx() == second.GetIdx()
        and first.GetSymbol() == "C"
        and not first.IsInRing()
        and _kind(first) == "sp3"
    )
    return lone


def write_unit(word: Word) -> str:
    """Write a word as a repeat unit.

    Parameters
    ----------
    word : tuple of str
        Pieces in chain order.

    Returns
    -------
    str
        SMILES with two ``*``, written from its start.
    """
    mol = join_plain(word) or join(word)
    start = next(atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0 and atom.GetIsotope() == 1)
    text: str = Chem.MolToSmiles(mol, rootedAtAtom=start)
    return text.replace("[1*]", "*").replace("[2*]", "*")
