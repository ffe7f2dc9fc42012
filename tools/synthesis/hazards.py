"""Groups of concern in monomers and polymers.

A structure says which groups are there, not how a substance is classified: nothing here is a classification, and no
hazard statement is given. Look a substance up in its safety data sheet before it is handled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.synthesis.query import compile_query, elements_in


@dataclass(frozen=True)
class Concern:
    """A group of concern.

    Attributes
    ----------
    group : str
        Name of the group.
    kind : str
        What the concern is about, in the words of the hazard classes of the GHS.
    advice : str
        What follows from it, one sentence.
    """

    group: str
    kind: str
    advice: str

    @property
    def text(self) -> str:
        """The concern in one clause."""
        return f"{self.group} ({self.kind}): {self.advice}"


# General chemistry knowledge of groups; carcinogenic aromatic amines: benzidine and 4,4'-methylenedianiline types.
_CONCERNS: tuple[tuple[Concern, str], ...] = (
    (Concern("isocyanate", "respiratory sensitisation, acute toxicity by inhalation", "keep vapour and dust contained"),
     "[#6][NX2]=C=O"),
    (Concern("phosgene or chloroformate", "toxic by inhalation", "use a melt or carbonate route where one works"),
     "[$(C(=O)(Cl)Cl),$(C(=O)(Cl)[OX2])]"),
    (Concern("acyl or sulfonyl halide", "skin corrosion", "it gives hydrogen halide with moisture"),
     "[$([CX3](=O)([#6])[Cl,Br]),$([SX4](=O)(=O)[Cl,Br])]"),
    (Concern("azide", "explosive", "keep carbon-rich and dilute; never distil or grind"), "[NX2]=[N+]=[N-]"),
    (Concern("peroxide", "explosive, oxidising", "do not concentrate"), "[OX2][OX2]"),
    (Concern("nitroso group", "suspected carcinogen", "contain"), "[#6,#7][NX2]=[OX1]"),
    (Concern("hydrazine", "suspected carcinogen, toxic", "contain"), "[NX3;!$(N[C,S]=O)][NX3;H1,H2;!$(N[C,S]=O)]"),
    (Concern("diazo group", "explosive, toxic", "make and use in solution"), "[CX3]=[N+]=[N-]"),
    (Concern("several nitro groups", "explosive", "test thermal stability before scale-up"),
     "[$([N+](=O)[O-])].[$([N+](=O)[O-])].[$([N+](=O)[O-])]"),
    (Concern("nitrate ester", "explosive", "do not dry or heat in bulk"), "[OX2][N+](=O)[O-]"),
    (Concern("primary aromatic amine", "some are carcinogens (benzidine, 4,4'-methylenedianiline)",
             "check this one before use"), "[NX3H2]c"),
    (Concern("epoxide, aziridine or episulfide", "alkylating agent: mutagenicity, skin sensitisation", "contain"),
     "[$(C1OC1),$(C1NC1),$(C1SC1)]"),
    (Concern("α-halo ether", "alkylating agent, carcinogenicity", "avoid"), "[CX4]([Cl,Br,I])[OX2;!$(OC=O)]"),
    (Concern("alkyl halide", "alkylating agent", "contain"), "[CX4;!$(CF);!$(C(Cl)(Cl)Cl);!$([CX4][OX2])][Cl,Br,I]"),
    (Concern("acrylate, methacrylate or acrylamide", "skin sensitisation", "avoid contact"),
     "[CH2]=[CX3]C(=O)[OX2,NX3]"),
    (Concern("acrylonitrile or vinyl halide", "carcinogenicity", "use closed equipment"),
     "[$([CH2]=[CH]C#N),$([CH2]=[CH][Cl,Br])]"),
    (Concern("conjugated diene of four carbons", "carcinogenicity, forms peroxides", "use closed equipment, inhibit"),
     "[$([CH2]=[CH][CH]=[CH2])]"),
    (Concern("formaldehyde or another free aldehyde", "sensitisation; formaldehyde is a carcinogen", "ventilate"),
     "[$([CH2]=O),$([CX3H1](=O)[#6])]"),
    (Concern("ether or vinyl ether with hydrogen beside oxygen", "forms explosive peroxides with air",
             "test for peroxides before distilling"),
     "[$([OX2;R]1[CH2][CH2][CH2][CH2]1),$([OX2;!$(OC=O)]([CX4;!H0])[CX3]=[CX3])]"),
    (Concern("organotin compound", "toxic, hazardous to the aquatic environment", "prefer boronic partners"), "[Sn]"),
    (Concern("chlorosilane", "skin corrosion", "it gives hydrogen chloride with moisture"), "[Si][Cl]"),
    (Concern("silicon-hydrogen bond", "gives hydrogen with bases and alcohols", "vent"), "[Si;!H0]"),
    (Concern("phosphorus chloride", "skin corrosion", "it gives hydrogen chloride with moisture"), "[P][Cl]"),
    (Concern("thiol", "odour; acute toxicity of small ones", "ventilate"), "[SX2H]"),
    (Concern("isocyanide", "odour, toxicity", "ventilate"), "[C-]#[N+]"),
    (Concern("nitrile next to a hydroxyl group", "may release hydrogen cyanide", "contain"), "[CX4]([OX2H])C#N"),
    (Concern("bisphenol", "bisphenol A is of very high concern under REACH; relatives are under review",
             "check migration for contact with food"), "[OX2H]c1ccc(cc1)[$([CX4]),$([SX4])]c1ccc([OX2H])cc1"),
)  # fmt: skip


@lru_cache(maxsize=65_536)
def concerns(smiles: str) -> tuple[Concern, ...]:
    """List the groups of concern of a monomer.

    Parameters
    ----------
    smiles : str
        The monomer.

    Returns
    -------
    tuple of Concern
        In a fixed order; empty if none of the groups is there, which is no statement of safety.
    """
    mol = Chem.MolFromSmiles(smiles)
    elements = elements_in(mol)
    return tuple(concern for concern, smarts in _CONCERNS if compile_query(smarts).matches(mol, elements))
