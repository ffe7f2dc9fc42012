"""Motifs that make a polymer unstable, reactive or regulated."""

from __future__ import annotations

from rdkit import Chem

from tools.core.assemble import join, join_plain
from tools.core.polymer import Polymer
from tools.synthesis.query import compile_query, elements_in

# What a chemist would not put into a polymer that is to last: decomposes, hydrolyses at once or tautomerises.
_UNSTABLE = {
    "peroxide": "[OX2][OX2]",
    "chain of three or more heteroatoms with nitrogen": "[NX3,OX2;!a][NX3;!a;!$(N[C,S]=O)][NX3,OX2;!a]",
    "N-N single bond between amines": "[NX3;!$(N[C,S]=[O,S,N]);!$(N[a]);!a][NX3;!$(N[C,S]=[O,S,N]);!$(N[a]);!a]",
    "nitrogen-halogen bond": "[#7][Cl,Br,I,F]",
    "oxygen-halogen bond": "[OX2][Cl,Br,I,F]",
    "sulfenate or sulfenamide": "[SX2;!a][OX2,NX3]",
    "geminal diol": "[CX4]([OX2H])[OX2H]",
    "hemiacetal": "[CX4;!$(C(O)(C)C(F)(F)F);!R]([OX2H])[OX2][#6]",
    "hemiaminal": "[CX4;!$(C(O)(N)c)]([OX2H])[NX3;!$(N[C,S]=O)]",
    "geminal diamine": "[CX4;H2,H1;!R]([NX3;!$(N[C,S]=O)])[NX3;!$(N[C,S]=O)]",
    "enol": "[CX3;!$(C=O);!a]=[CX3;!$(C([OX2H])=O);!a][OX2H]",
    "enamine with N-H": "[CX3;!a;!$(C(=C)C=O);!$(C(=C)C#N)]=[CX3;!a][NX3;H1,H2;!$(N[C,S]=O)]",
    "α-halo ether, amine or sulfide": "[CX4;!$(C(F)F)]([Cl,Br,I,F])[OX2,NX3,SX2;!$(O[C,S]=O)]",
    "amine or hydroxyl group on a fluorinated carbon": "[NX3,OX2;!H0][CX4]F",
    "acyl or carbamoyl azide": "C(=O)N=[N+]=[N-]",
    "carbamic or carbonic acid": "[OX2H]C(=O)[NX3,OX2]",
    "three carbonyls in a row": "[CX3](=O)[CX3](=O)[CX3]=O",
    "ketene, allene or cumulene": "[CX2](=*)=*",
    "small ring with a double or triple bond": "[C;r3]=,#[C;r3]",
    "alkyne in a ring of eight atoms or fewer": "[C;r3,r4,r5,r6,r7,r8]#[C;r3,r4,r5,r6,r7,r8]",
    "bond between a heteroatom and an alkyne": "[OX2,NX3H,SX2H,F,Cl]-C#C",
    "acyl halide": "[CX3](=O)[Cl,Br,F,I]",
    "formyl ester of an enol": "[CX3]=[CX3][OX2][CH]=O",
    "diazo group": "[#6]=[N+]=[N-]",
    "phosphorus-hydrogen or boron-hydrogen bond": "[P,B;!H0]",
    "sulfur chain of three or more": "[SX2][SX2][SX2]",
    "orthoester with free hydroxyl": "[CX4]([OX2])([OX2])[OX2H]",
    "radical or divalent carbon": "[#6;v2,v3;+0;!$([C]#[N+]);!$([C-])]",
}

_REACTIVE = {
    "Free isocyanate groups react with moisture": "[NX2]=C=O",
    "Free epoxide groups can crosslink": "C1OC1",
    "Free carboxylic acid groups take up water and can react with hydroxyl or amine groups": "[CX3](=O)[OX2H]",
    "Anhydride groups hydrolyse": "C(=O)[OX2;!R]C(=O)",
    "Nitro groups: thermally sensitive": "[N+](=O)[O-]",
    "Azide groups: explosion hazard": "N=[N+]=[N-]",
    "Thiol groups oxidise to disulfides": "[SX2H]",
    "Acrylic or vinyl side groups can crosslink": "[CH2]=[CH][C,c,O]",
    "Silicon-hydrogen bonds react with alcohols and bases": "[Si;!H0]",
    "Acetal groups: sensitive to acid": "[#6][OX2][CX4;H2,H1][OX2][#6]",
    "Aliphatic disulfide bonds: exchange on heating": "[#6][SX2][SX2][#6]",
}

# OECD (2021), Reconciling Terminology of the Universe of Per- and Polyfluoroalkyl Substances: at least one fully
# fluorinated methyl or methylene carbon atom, without any H, Cl, Br or I attached to it.
_PFAS = "[CX4;$(C(F)(F)F),$(C(F)(F)([#0,#6,#7,#8,#16,#14,#15])[#0,#6,#7,#8,#16,#14,#15])]"


def _found(mol: Chem.Mol, table: dict[str, str]) -> list[str]:
    elements = elements_in(mol)
    return [name for name, smarts in table.items() if compile_query(smarts).matches(mol, elements)]


def two_units(polymer: Polymer) -> Chem.Mol:
    """Return two repeat units in a row, so that motifs across a junction are seen.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    """
    word = polymer.word * (2 if len(polymer.word) > 3 else 4)
    return join_plain(word) or join(word)


def unstable_motifs(mol: Chem.Mol) -> list[str]:
    """Name the motifs that make a repeat unit unstable.

    Parameters
    ----------
    mol : Chem.Mol
        Repeat unit (stars may be present) or molecule.

    Returns
    -------
    list of str
        Names; empty if there is none.
    """
    return _found(mol, _UNSTABLE)


def reactive_motifs(mol: Chem.Mol) -> list[str]:
    """Describe groups that a user should know about.

    Parameters
    ----------
    mol : Chem.Mol
        Repeat unit or molecule.

    Returns
    -------
    list of str
        Sentences without full stop.
    """
    return _found(mol, _REACTIVE)


def is_pfas(mol: Chem.Mol) -> bool:
    """Tell whether a structure is a PFAS by the OECD definition of 2021.

    Parameters
    ----------
    mol : Chem.Mol
        Repeat unit or molecule.
    """
    return bool(compile_query(_PFAS).matches(mol, elements_in(mol)))
