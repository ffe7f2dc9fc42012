"""Formulas that add up: what tells quickly that a monomer is not among the known ones."""

from __future__ import annotations

from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import piece_mol
from tools.synthesis.monomers import known_monomers
from tools.synthesis.rules import rule_set


@lru_cache(maxsize=128)
def _weight(element: int) -> int:
    """Digit of an element: no repeat unit has 2**12 atoms of one kind."""
    return 0 if element < 2 else 1 << 12 * (element - 2)


def formula_of(mol: Chem.Mol) -> int:
    """Count heavy atoms by element.

    Parameters
    ----------
    mol : Chem.Mol
        Any molecule; stars do not count.

    Returns
    -------
    int
        One digit to base 4096 for each element, so that formulas of parts add up.
    """
    get = mol.GetAtomWithIdx
    return sum(_weight(get(i).GetAtomicNum()) for i in range(mol.GetNumAtoms()))


@lru_cache(maxsize=65_536)
def piece_formula(piece: str) -> int:
    """Return the formula of a piece.

    Parameters
    ----------
    piece : str
        Canonical piece of a word.
    """
    return formula_of(piece_mol(piece))


@lru_cache(maxsize=256)
def group_formula(reagent: str) -> int:
    """Return what capping with a reagent adds to the formula of a residue.

    Parameters
    ----------
    reagent : str
        Id.
    """
    edit = rule_set().reagents[reagent].backward
    before = [edit.query.mol.GetAtomWithIdx(i).GetAtomicNum() for i in range(edit.query.mol.GetNumAtoms())]
    added = sum(_weight(number) for number, _ in edit.added) - sum(_weight(before[i]) for i in edit.deleted)
    return added + sum(_weight(number) - _weight(before[i]) for i, number, _ in edit.elements if number)


@lru_cache(maxsize=1)
def known_formulas() -> frozenset[int]:
    """Return the formulas of all known monomers."""
    return frozenset(formula_of(Chem.MolFromSmiles(smiles)) for smiles in known_monomers())


@lru_cache(maxsize=65_536)
def heavy_atoms(formula: int) -> int:
    """Count the atoms of a formula.

    Parameters
    ----------
    formula : int
        From ``formula_of``.
    """
    count = 0
    while formula:
        count += formula & 4095
        formula >>= 12
    return count
