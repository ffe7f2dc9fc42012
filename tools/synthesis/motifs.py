"""Motifs that make a polymer unstable, reactive or regulated."""

from __future__ import annotations

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

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
    "geminal diamine": "[CX4;!R]([NX3;!$(N[C,S]=O)])[NX3;!$(N[C,S]=O)]",
    "enol": "[CX3;!$(C=O);!a]=[CX3;!$(C([OX2H])=O);!a][OX2H]",
    "enamine with N-H": "[CX3;!a;!$(C(=C)C=O);!$(C(=C)C#N)]=[CX3;!a][NX3;H1,H2;!$(N[C,S]=O)]",
    "α-halo ether, amine or sulfide": "[CX4;!$(C(F)F)]([Cl,Br,I,F])[OX2,NX3,SX2;!$(O[C,S]=O)]",
    "amine or hydroxyl group on a fluorinated carbon": "[NX3,OX2;!H0][CX4]F",
    "acyl or carbamoyl azide": "C(=O)N=[N+]=[N-]",
    "carbamic or carbonic acid": "[OX2H]C(=O)[NX3,OX2]",
    "three carbonyls in a row": "[CX3](=O)[CX3](=O)[CX3]=O",
    "ketene, ketenimine, allene or cumulene": "[CX2](=[#6])=[#6,#7,#8]",
    "small ring with a double or triple bond": "[C,N;r3]=,#[C,N;r3]",
    "cyclobutadiene": "[C,c;r4]1=,:[C,c;r4]-,=,:[C,c;r4]=,:[C,c;r4]1",
    "alkyne in a ring of eight atoms or fewer": "[C;r3,r4,r5,r6,r7,r8]#[C;r3,r4,r5,r6,r7,r8]",
    "bond between a heteroatom and an alkyne": "[OX2,NX3H,SX2H,F,Cl]-C#C",
    "acyl halide": "[CX3](=O)[Cl,Br,F,I]",
    "formyl ester of an enol": "[CX3]=[CX3][OX2][CH]=O",
    "diazo group": "[#6]=[N+]=[N-]",
    "phosphorus-hydrogen or boron-hydrogen bond": "[P,B;!H0]",
    "sulfur chain of three or more": "[SX2][SX2][SX2]",
    "orthoester with free hydroxyl": "[CX4]([OX2])([OX2])[OX2H]",
    "nitroso or nitrosamine": "[#6,#7;!a][NX2]=[OX1]",
    "geminal dithiol or hydroxythiol": "[CX4;!R]([SX2H])[SX2H,OX2H]",
    "geminal silanediol": "[Si]([OX2H])[OX2H]",
    "double bond of silicon or boron": "[Si,B]=[*]",
    "phosphaalkene or diphosphene": "[PX2]=[#6,#7,#15]",
    "thioaldehyde or thioketone": "[CX3;!a](=[SX1])([#6])[#6,#1]",
    "imidic acid or ynol": "[$([CX3](=[NX2])[OX2H]),$([CX2]([OX2H])#C)]",
    "N-hydroxymethyl amine": "[CH2]([OX2H])[NX3;!$(N[C,S]=[O,N,S]);!a]",
    "sulfenyl or phosphorus halide": "[SX2,PX3][Cl,Br,I,F]",
    "hypervalent halogen": "[Cl,Br,I;X2,X3,X4,X5;+0]",
    "carbocation or carbanion": "[$([#6;+]),$([#6;-;!$([C-]#[N+])])]",
    "trialkyl oxonium or nitrenium": "[$([OX3;+]),$([NX2;+;!$([N+]=*);!$([N+]#*)])]",
    "N-O single bond of an alkoxyamine": "[NX3;!a;!$(N[C,S]=O);!$(N([CX4;H0])[CX4;H0])][OX2;!$(O[Si])][CX4,#0]",
    "triazene with N-H": "[NX2]=[NX2][NX3;!H0]",
    "three conjugated triple bonds": "[CX2]#[CX2][CX2]#[CX2][CX2]#[CX2]",
    "hydroxyl group on a three-membered heterocycle": "[C;r3]([OX2H])[O,N,S;r3]",
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

REACT_TOGETHER = ", which react with each other"  # ends the names of pairs of groups
# groups that react with each other at once: no chain carries both
_NUCLEOPHILES = {
    "amine": "[NX3;H1,H2;!$(N[C,S,P]=[O,S,N]);!$(N[#7,#8])]",
    "alcohol": "[OX2H][CX4]",
    "thiol": "[SX2H]",
}
_ELECTROPHILES = {
    "isocyanate": ("[#6][NX2]=C=O", ("amine", "alcohol", "thiol")),
    "acyl or sulfonyl halide": ("[CX3,SX4](=O)[Cl,Br]", ("amine", "alcohol", "thiol")),
    "epoxide": ("C1OC1", ("amine", "thiol")),
    "anhydride": ("[CX3](=O)[OX2][CX3]=O", ("amine",)),
    "aldehyde": ("[CX3H1](=O)[#6]", ("amine",)),
    "chlorosilane": ("[Si][Cl]", ("amine", "alcohol", "thiol")),
}

_BREDT = "double bond at a bridgehead (Bredt's rule)"
#: What ``unstable_motifs`` looks for, by name; a chain without any of these has no unstable motif.
NEEDED_BY_UNSTABLE: dict[str, str] = {
    **_UNSTABLE, **{name: smarts for name, (smarts, _) in _ELECTROPHILES.items()}, **_NUCLEOPHILES,
    _BREDT: "[x3,x4]=@[R]",
}  # fmt: skip

_SMALL_BRIDGE = 7  # atoms of the smallest ring at a bridgehead; larger ones hold a twisted double bond

# OECD (2021), Reconciling Terminology of the Universe of Per- and Polyfluoroalkyl Substances: at least one fully
# fluorinated methyl or methylene carbon atom, without any H, Cl, Br or I attached to it.
_PFAS = "[CX4;H0;$(C(F)F);!$(C[Cl,Br,I])]"


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


def unstable_motifs(mol: Chem.Mol, among: frozenset[str] | None = None) -> list[str]:
    """Name the motifs that make a repeat unit unstable.

    Parameters
    ----------
    mol : Chem.Mol
        Repeat unit (stars may be present) or molecule.
    among : frozenset of str, optional
        Names of ``NEEDED_BY_UNSTABLE``; the others are known not to be there.

    Returns
    -------
    list of str
        Names; empty if there is none.
    """
    elements = elements_in(mol)

    def holds(name: str) -> bool:
        if among is not None and name not in among:
            return False
        return bool(compile_query(NEEDED_BY_UNSTABLE[name]).matches(mol, elements))

    found = [name for name in _UNSTABLE if holds(name)]
    found += [
        f"{partner} and {name}{REACT_TOGETHER}"
        for name, (_, partners) in _ELECTROPHILES.items()
        if holds(name)
        for partner in partners
        if holds(partner)
    ]
    bent = (among is None or _BREDT in among) and _against_bredt(mol)
    return [*found, _BREDT] if bent else found


def worth_a_look(names: frozenset[str]) -> frozenset[str]:
    """Leave out reactive groups without the partner that they would react with.

    Parameters
    ----------
    names : frozenset of str
        Names of ``NEEDED_BY_UNSTABLE`` that a chain may hold, and any others.

    Returns
    -------
    frozenset of str
        Those that may make it unstable, and the others as they are.
    """
    pairs = {
        member
        for name, (_, partners) in _ELECTROPHILES.items()
        for partner in partners
        if {name, partner} <= names
        for member in (name, partner)
    }
    return frozenset(name for name in names if name in pairs or not (name in _ELECTROPHILES or name in _NUCLEOPHILES))


def _against_bredt(mol: Chem.Mol) -> bool:
    """Tell whether a carbon at the head of a small bridge has a double bond inside the rings."""
    rings = mol.GetRingInfo()
    if rings.NumRings() < 2 or not any(bond.GetBondType() == Chem.BondType.DOUBLE for bond in mol.GetBonds()):
        return False
    heads: list[int] = []
    rdMolDescriptors.CalcNumBridgeheadAtoms(mol, atoms=heads)  # type: ignore[arg-type]  # the stubs misname the list
    for head in heads:
        if rings.MinAtomRingSize(head) > _SMALL_BRIDGE:
            continue
        for bond in mol.GetAtomWithIdx(head).GetBonds():
            if bond.GetBondType() == Chem.BondType.DOUBLE and rings.NumBondRings(bond.GetIdx()):
                return True
    return False


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
