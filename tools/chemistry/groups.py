"""Functional groups and rings of a chain, counted per repeat unit, in the backbone and in side chains.

The groups exclude one another where chemists do: an ester is no ether and no ketone, an imide no amide, an acid no
alcohol. A group's first pattern atom is its core; it says whether the group belongs to the backbone. The patterns are
written for this project; their ids are those of ``tools.core.vocabulary.GROUPS``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rdkit import Chem

from tools.chemistry.chain import Chain, chain_of
from tools.core.polymer import Polymer

_ACYL = "[CX3;$(C[#6]),$([CX3H1])]"  # carbonyl carbon of acids and their derivatives, but not of carbonic acid
_PLAIN = "[#6;!$([CX3]=[OX1,SX1,NX2])]"  # carbon that is not acyl-like

# id: SMARTS, one or more; the first atom of each is the core
PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "ester": (f"{_ACYL}(=[OX1])[OX2H0][#6;!$([CX3]=[OX1])]",),
    "amide": (f"{_ACYL}(=[OX1])[#7X3;!$([#7]([#6X3]=[OX1])[#6X3]=[OX1])]",),
    "imide": ("[#7X3]([#6X3](=[OX1])[#6])[#6X3](=[OX1])[#6]",),
    "urethane": ("[CX3](=[OX1])([#7X3])[OX2H0]",),
    "urea": ("[CX3](=[OX1])([#7X3;!$([#7](C=O)C=O)])[#7X3;!$([#7](C=O)C=O)]",),
    "carbonate": ("[CX3](=[OX1])([OX2H0])[OX2H0]",),
    "anhydride": ("[OX2]([CX3]=[OX1])[CX3]=[OX1]",),
    "ether": (f"[OX2H0;!r3]({_PLAIN}){_PLAIN}",),
    "thioether": (f"[SX2H0]({_PLAIN}){_PLAIN}",),
    "disulfide": ("[SX2][SX2]",),
    "ketone": ("[CX3](=[OX1])([#6])[#6]",),
    "aldehyde": ("[CX3H1](=[OX1])[#6]",),
    "carboxylic_acid": ("[CX3](=[OX1])[OX2H1,OX1-]",),
    "hydroxyl": ("[OX2H1][#6;!$([CX3]=[OX1])]",),
    "phenol": ("[OX2H1]c",),
    "primary_amine": ("[NX3H2,NX4H3+;!$(N[#6]=[OX1,SX1,NX2]);!$(N[!#6])][#6]",),
    "secondary_amine": ("[NX3H1;!$(N[CX3]=[OX1,SX1,NX2]);!$(N[!#6])]([#6])[#6]",),
    "tertiary_amine": ("[NX3H0;!$(N[CX3]=[OX1,SX1,NX2]);!$(N[!#6]);!$(NC#N)]([#6])([#6])[#6]",),
    "nitrile": ("[CX2](#[NX1])[#6]",),
    "nitro": ("[NX3+](=[OX1])([OX1-])[#6]",),
    "azo": ("[NX2]([#6])=[NX2][#6]",),
    "imine": ("[CX3;!$(C[#7X3,OX2,SX2])]=[NX2;!$(N[#7,#8])]",),
    "sulfone": ("[SX4](=[OX1])(=[OX1])([#6])[#6]",),
    "sulfoxide": ("[SX3](=[OX1])([#6])[#6]",),
    "sulfonic_acid": ("[SX4](=[OX1])(=[OX1])([#6])[OX2H1,OX1-]",),
    "sulfonamide": ("[SX4](=[OX1])(=[OX1])([#6])[#7X3,NX2-]",),
    "phosphate": ("[PX4](=[OX1])([OX2,OX1-])([OX2,OX1-])[OX2,OX1-]",),
    "phosphonate": ("[PX4](=[OX1])([#6])([OX2,OX1-])[OX2,OX1-]",),
    "siloxane": ("[OX2]([Si])[Si]",),
    "silyl": ("[SiX4;!$([Si][OX2][Si])]",),
    "trifluoromethyl": ("[CX4](F)(F)(F)[!F]",),
    "naphthalene": ("c1cccc2ccccc12",),
    "biphenyl": ("c1(-!@c2ccccc2)ccccc1",),
    "fluorene": ("[#6X4]1c2ccccc2c2ccccc12",),
    "spiro": ("[#6,#14;X4;x4;R2]",),
    "adamantane": ("[CX4]1[CX4]2[CX4][CX4]3[CX4][CX4]1[CX4][CX4]([CX4]2)[CX4]3",),
    "norbornane": ("[CX4;r5]1([C;r5]~[C;r5]2)[C;r5]~[C;r5][CX4;r5]2[CX4;r5]1",),
    "thiophene": ("s1cccc1",),
    "pyridine": ("[nX2,$([nX3+])]1ccccc1",),
    "imidazole": ("c1n[c;R1][c;R1]n1",),
    "benzimidazole": ("c1nc2ccccc2n1",),
    "benzoxazole": ("c1nc2ccccc2o1",),
    "benzothiazole": ("c1nc2ccccc2s1",),
    "triazine": ("c1ncncn1", "c1cnncn1", "c1cnnnc1"),
    "furan": ("o1cccc1",),
    "epoxide": ("[OX2]1[CX4][CX4]1",),
    "double_bond": ("C=C",),
    "triple_bond": ("C#C",),
    "isopropylidene": ("[CX4;!R]([CH3])([CH3])([#6;!$([CH3])])[#6;!$([CH3])]",),
    "bisphenol_a": ("[CX4]([CH3])([CH3])(c1ccc([OX2])cc1)c1ccc([OX2])cc1",),
    "hexafluoroisopropylidene": ("[CX4](C(F)(F)F)(C(F)(F)F)([#6;!$(C(F)(F)F)])[#6;!$(C(F)(F)F)]",),
    "tert_butyl": ("[CX4]([CH3])([CH3])([CH3])[!#1]",),
    "long_alkyl_side_chain": ("[CH2]([CH2][CH2][CH2][CH2][CH3])[!$([CH3])]",),
}


@dataclass(frozen=True)
class GroupCount:
    """How often a group occurs per repeat unit as displayed.

    Attributes
    ----------
    backbone : int
        Groups whose core lies in the backbone: on the path between the chain ends or in a ring system on it.
    side_chain : int
        The others.
    """

    backbone: int
    side_chain: int

    @property
    def total(self) -> int:
        """Number of groups in backbone and side chains together."""
        return self.backbone + self.side_chain


@lru_cache(maxsize=1)
def _patterns() -> dict[str, tuple[Chem.Mol, ...]]:
    return {name: tuple(Chem.MolFromSmarts(smarts) for smarts in texts) for name, texts in PATTERNS.items()}


def _aromatic(mol: Chem.Mol, ring: tuple[int, ...]) -> bool:
    return all(mol.GetAtomWithIdx(index).GetIsAromatic() for index in ring)


def _alicyclic(mol: Chem.Mol, ring: tuple[int, ...]) -> bool:
    """A ring of carbon alone, none of it aromatic, at least half of it saturated."""
    atoms = [mol.GetAtomWithIdx(index) for index in ring]
    if any(atom.GetAtomicNum() != 6 or atom.GetIsAromatic() for atom in atoms):
        return False
    saturated = sum(atom.GetHybridization() == Chem.HybridizationType.SP3 for atom in atoms)
    return 2 * saturated >= len(ring)


_RINGS: Final[dict[str, Callable[[Chem.Mol, tuple[int, ...]], bool]]] = {
    "aromatic_ring": _aromatic,
    "alicyclic_ring": _alicyclic,
}


def _find(chain: Chain, name: str) -> list[tuple[int, ...]]:
    """List the matches of a group in the middle unit, each beginning with the core atom."""
    if name in _RINGS:
        rings = chain.mol.GetRingInfo().AtomRings()
        return [ring for ring in rings if min(ring) in chain.middle and _RINGS[name](chain.mol, ring)]
    return [match for pattern in _patterns()[name] for match in chain.matches(pattern)]


@lru_cache(maxsize=4096)
def _located(polymer: Polymer) -> tuple[tuple[str, GroupCount], ...]:
    chain = chain_of(polymer)
    counts = []
    for name in (*PATTERNS, *_RINGS):
        found = _find(chain, name)
        if found:
            inside = sum(match[0] in chain.backbone for match in found)
            counts.append((name, GroupCount(inside, len(found) - inside)))
    return tuple(counts)


def located_groups(polymer: Polymer) -> dict[str, GroupCount]:
    """Count the groups of a chain in backbone and side chains.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    dict of str to GroupCount
        By id of ``tools.core.vocabulary.GROUPS``, per repeat unit as displayed; groups that do not occur are left out.
    """
    return dict(_located(polymer))


def groups_of(polymer: Polymer) -> dict[str, int]:
    """Count the groups of a chain.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    dict of str to int
        By id of ``tools.core.vocabulary.GROUPS``, per repeat unit as displayed; groups that do not occur are left out.
    """
    return {name: count.total for name, count in _located(polymer)}


@dataclass(frozen=True)
class Split:
    """The heavy atoms of a repeat unit, by where they are.

    Attributes
    ----------
    backbone : int
        Heavy atoms on the path between the chain ends or in ring systems that it runs through.
    side_chain : int
        The others.
    path : int
        Heavy atoms on the shortest path.
    """

    backbone: int
    side_chain: int
    path: int


def split(polymer: Polymer) -> Split:
    """Divide a repeat unit into backbone and side chains.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    Split
        Counts per repeat unit as displayed.
    """
    chain = chain_of(polymer)
    inside = len(chain.middle & chain.backbone)
    return Split(inside, len(chain.middle) - inside, len(chain.middle & chain.path))
