"""Changes to single monomers: swap a backbone piece, replace a hydrogen, and judge whether the result is sensible."""

from __future__ import annotations

import random
from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import piece_mol
from tools.core.word import Word
from tools.synthesis.cuts import residue_of
from tools.synthesis.motifs import unstable_motifs
from tools.synthesis.query import sanitised
from tools.synthesis.rule_types import Reagent

_MOST_ATOMS = 60

# What replaces a hydrogen of a carbon: common substituents only, methyl twice as often.
_SUBSTITUENTS = (
    *("C", "C", "CC", "C(C)C", "C(C)(C)C", "F", "Cl", "C(F)(F)F"),
    *("OC", "C#N", "c1ccccc1", "C1CCCCC1", "[Si](C)(C)C"),
)


def swapped_piece(word: Word, reagent: Reagent, rng: random.Random) -> str | None:
    """Swap an inner piece of a residue, leave it out, or double it; then cap the residue again.

    Parameters
    ----------
    word : tuple of str
        Pieces of a residue, at least three.
    reagent : Reagent
        The group at both ends of its monomer.
    rng : random.Random
        Source of choices.

    Returns
    -------
    str or None
        SMILES of the changed monomer; None if it cannot be capped.
    """
    place = rng.randrange(1, len(word) - 1)
    pool = _pieces().get(_signature(word[place]), ())
    choice = rng.random()
    if choice < 0.6 and pool:
        changed = (*word[:place], rng.choice(pool), *word[place + 1 :])
    elif choice < 0.8 and len(word) > 3:
        changed = word[:place] + word[place + 1 :]
    else:
        changed = (*word[: place + 1], *word[place:])
    return residue_of(changed).capped(reagent, reagent)


def substituted(monomer: str, rng: random.Random) -> str | None:
    """Replace one hydrogen on carbon by a common substituent, on two equivalent atoms or on one.

    Parameters
    ----------
    monomer : str
        SMILES.
    rng : random.Random
        Source of choices.

    Returns
    -------
    str or None
        SMILES; None if there is no such hydrogen or the result is no molecule.
    """
    mol = Chem.MolFromSmiles(monomer)
    ranks = list(Chem.CanonicalRankAtoms(mol, breakTies=False))
    sites = [a.GetIdx() for a in mol.GetAtoms() if a.GetAtomicNum() == 6 and a.GetTotalNumHs() > 0]
    if not sites:
        return None
    chosen = rng.choice(sites)
    everywhere = rng.random() < 0.7
    places = [i for i in sites if ranks[i] == ranks[chosen]][:2] if everywhere else [chosen]
    group = Chem.MolFromSmiles(rng.choice(_SUBSTITUENTS))
    editable = Chem.RWMol(mol)
    for place in places:
        offset = editable.GetNumAtoms()
        editable.InsertMol(group)
        editable.AddBond(place, offset, Chem.BondType.SINGLE)
        editable.GetAtomWithIdx(place).SetNumExplicitHs(0)
    if not sanitised(editable):
        return None
    return str(Chem.MolToSmiles(editable))


@lru_cache(maxsize=32_768)
def sensible(monomer: str) -> bool:
    """Tell whether a monomer is one that a chemist would consider.

    Parameters
    ----------
    monomer : str
        SMILES.

    Returns
    -------
    bool
        False if it has unstable motifs, is too large or too substituted, or is strained.
    """
    from tools.synthesis.feasibility import sa_score  # here, because it loads a table of fragments

    mol = Chem.MolFromSmiles(monomer)
    if mol is None or mol.GetNumHeavyAtoms() > _MOST_ATOMS:
        return False
    return not (_crowded(mol) or unstable_motifs(mol)) and sa_score(monomer) < 4.2


_CROWDED = tuple(
    Chem.MolFromSmarts(smarts)
    for smarts in (
        "[CX4;D4]-!@[CX4;D4]-!@[CX4;D4]",  # three quaternary carbons in a row
        "[c;$(c-[CX4;D4])]:[c;$(c-[CX4;D4])]",  # two tertiary groups ortho to each other
        "[CX4;D4;!$(C(F)(F))](-[CX4;D4])-[CX4;D4]",
        "[Si]-[Si]",
        "[OX2]-[CX4;!R](-[OX2])-[OX2]",
        "[CX4](C#N)(C#N)",
    )
)


def _crowded(mol: Chem.Mol) -> bool:
    if any(mol.HasSubstructMatch(query) for query in _CROWDED):
        return True
    return (
        any(
            atom.GetIsAromatic() and sum(1 for n in atom.GetNeighbors() if n.GetIsAromatic() and n.GetDegree() == 3) > 2
            for atom in mol.GetAtoms()
            if atom.GetDegree() == 3 and not atom.IsInRingSize(5)
        )
        and mol.GetNumHeavyAtoms() > 45
    )


@lru_cache(maxsize=4096)
def _signature(piece: str) -> tuple[tuple[int, bool, int], tuple[int, bool, int]]:
    """Kinds of atoms at both ends of a piece: element, aromatic, doubly bound heteroatom."""
    ends = {}
    for atom in piece_mol(piece).GetAtoms():
        if atom.GetAtomicNum() == 0:
            inner = atom.GetNeighbors()[0]
            double = sum(
                bond.GetBondType() == Chem.BondType.DOUBLE and bond.GetOtherAtom(inner).GetAtomicNum() in (7, 8, 16)
                for bond in inner.GetBonds()
            )
            ends[atom.GetIsotope()] = (inner.GetAtomicNum(), inner.GetIsAromatic(), double)
    return ends[1], ends[2]


@lru_cache(maxsize=1)
def _pieces() -> dict[object, tuple[str, ...]]:
    """Inner backbone pieces of the residues of known monomers, by the kinds of their ends."""
    from tools.design.enumeration import blocks

    found: dict[object, dict[str, None]] = {}
    for reagent in ("acid", "alcohol", "phenol", "amine", "isocyanate", "anhydride", "aryl_fluoride", "aryl_chloride"):
        for block in blocks(reagent):
            for piece in block.residue.word[1:-1]:
                found.setdefault(_signature(piece), {})[piece] = None
    return {signature: tuple(pieces) for signature, pieces in found.items()}
