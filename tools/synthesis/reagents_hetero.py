"""Acyl and sulfonyl electrophiles, and oxygen, sulfur and nitrogen nucleophiles of step-growth monomers.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2; the classes of step polymerisation named there).
"""

from __future__ import annotations

from tools.synthesis.rule_types import Reagent

_PHENYL = "[c;$(c1[cH][cH][cH][cH][cH]1)]"
_AMINE = "$(N[#6]);!$(N[#6]=[O,S,N]);!$(NS(=O)=O);!$(N[NX3])"

HETERO: tuple[Reagent, ...] = (
    # carbonyl electrophiles
    Reagent(
        "acid",
        "carboxylic acid",
        "acyl",
        "[CX3;$(C[#6]):1](=[O:2])[OX2H1]>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>O[C:1]=[O:2]",
    ),
    Reagent(
        "acid_chloride",
        "acid chloride",
        "acyl",
        "[CX3;$(C[#6]):1](=[O:2])[Cl,Br,F]>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>Cl[C:1]=[O:2]",
    ),
    Reagent(
        "ester",
        "methyl or ethyl ester",
        "acyl",
        "[CX3;$(C[#6]);!R:1](=[O:2])[OX2][CH3,$([CH2][CH3])]>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>CO[C:1]=[O:2]",
    ),
    Reagent(
        "phenyl_ester",
        "phenyl ester",
        "acyl",
        f"[CX3;$(C[#6]);!R:1](=[O:2])[OX2]{_PHENYL}>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>C1=CC=CC=C1O[C:1]=[O:2]",
    ),
    Reagent(
        "phosgene",
        "phosgene or chloroformate",
        "carbonyl",
        "[CX3;$(C(=[O,S])(Cl)[Cl,O,S]);!$(C(=O)(Cl)OC(Cl)(Cl)Cl):1](=[O,S:2])Cl>>*[C:1]=[*:2]",
        "[#0][CX3:1]=[*:2]>>Cl[C:1]=[*:2]",
    ),
    Reagent(
        "phosgene_dimer",
        "diphosgene or triphosgene",
        "carbonyl",
        "[CX3;$(C(=O)([Cl,OX2])OC(Cl)(Cl)Cl):1](=[O:2])[Cl,$(OC(Cl)(Cl)Cl)]>>*[C:1]=[O:2]",
    ),
    Reagent(
        "urea",
        "urea",
        "carbonyl",
        "[CX3;$(C(=O)([NH2])[NH2]):1](=[O:2])[NH2]>>*[C:1]=[O:2]",
    ),
    Reagent(
        "cyclic_carbonate",
        "five-membered cyclic carbonate",
        "carbamoyl_oxy",
        "[OX2;r5:6]1[CX3:1](=[O:2])[OX2:5][CH2:3][CX4;r5:4]1>>*[C:1](=[O:2])[O:5][C:3][C:4][O:6]",
        "[#0][CX3:1](=[O:2])[O:5][CH2:3][CX4:4][OX2H1:6]>>[C:1]1(=[O:2])[O:5][C:3][C:4][O:6]1",
    ),
    Reagent(
        "hydroxyethyl_ester",
        "2-hydroxyethyl ester",
        "acyl",
        "[CX3;$(C[#6]);!R:1](=[O:2])[OX2][CH2][CH2][OX2H1]>>*[C:1]=[O:2]",
    ),
    Reagent("amide_nh", "urea or melamine", "amido", "[NX3;H2,H1;$(N[CX3](=O)N),$(Nc(:n):n):1]>>*[N:1]"),
    Reagent(
        "diphenyl_carbonate",
        "diphenyl carbonate",
        "carbonyl",
        f"[CX3;$(C(=O)([OX2]{_PHENYL})[OX2]):1](=[O:2])[OX2]{_PHENYL}>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>C1=CC=CC=C1O[C:1]=[O:2]",
    ),
    Reagent(
        "dialkyl_carbonate",
        "dimethyl or diethyl carbonate",
        "carbonyl",
        "[CX3;$(C(=O)([OX2])[OX2]);!R:1](=[O:2])[OX2][CH3,$([CH2][CH3])]>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>CO[C:1]=[O:2]",
    ),
    Reagent(
        "isocyanate",
        "isocyanate",
        "carbamoyl",
        "[NX2;$(N[#6]):1]=[CX2:2]=[O,S:3]>>*[C:2](=[*:3])[N:1]",
        "[#0][CX3:2](=[O,S:3])[NX3;H1:1]>>[C:2](=[*:3])=[N:1]",
    ),
    Reagent(
        "sulfonyl_chloride",
        "sulfonyl chloride",
        "sulfonyl",
        "[SX4;$(S[#6]):1](=[O:2])(=[O:3])[Cl,F]>>*[S:1](=[O:2])=[O:3]",
        "[#0][SX4:1](=[O:2])=[O:3]>>Cl[S:1](=[O:2])=[O:3]",
    ),
    Reagent(
        "phosphoryl_chloride",
        "phosphonic or phosphoric dichloride",
        "phosphoryl",
        "[PX4;$(P=[O,S]):1]Cl>>*[P:1]",
        "[#0][PX4:1]>>Cl[P:1]",
    ),
    Reagent("chlorosilane", "chlorosilane", "silyl", "[SiX4:1]Cl>>*[Si:1]", "[#0][SiX4:1]>>Cl[Si:1]"),
    Reagent("chlorosilane_b", "chlorosilane", "silyl_2", "[SiX4:1]Cl>>*[Si:1]", "[#0][SiX4:1]>>Cl[Si:1]"),
    # oxygen, sulfur and nitrogen nucleophiles
    Reagent("alcohol", "alcohol", "alkoxy", "[OX2H1;$(O[CX4]):1]>>*[O:1]", "[#0][OX2;$(O[CX4]):1]>>[O:1]"),
    Reagent("phenol", "phenol", "aryloxy", "[OX2H1;$(Oc):1]>>*[O:1]", "[#0][OX2;$(Oc):1]>>[O:1]"),
    Reagent("phenolate", "phenolate", "aryloxy", "[OX1-;$(Oc):1]>>*[O:1]"),
    Reagent("phenyl_acetate", "phenol acetate", "aryloxy", "[OX2;$(Oc):1]C(=O)[CH3]>>*[O:1]", "[#0][O:1]>>CC(=O)[O:1]"),
    Reagent("silyl_phenol", "silylated phenol", "aryloxy", "[OX2;$(Oc):1][Si]([CH3])([CH3])[CH3]>>*[O:1]"),
    Reagent("carboxyl", "carboxylic acid", "acyloxy", "[OX2H1;$(OC(=O)[#6]):1]>>*[O:1]", "[#0][O:1]>>[O:1]"),
    Reagent(
        "amine",
        "amine",
        "amino",
        f"[NX3;H2,H1;{_AMINE}:1]>>*[N:1]",
        "[#0][NX3:1]>>[N:1]",
    ),
    Reagent(
        "aniline",
        "aromatic amine",
        "amino",
        "[NX3;H2,H1;$(Nc);!$(N[#6]=[O,S,N]);!$(NS(=O)=O);!$(N[NX3]):1]>>*[N:1]",
        "[#0][NX3;$(Nc):1]>>[N:1]",
    ),
    Reagent(
        "isocyanate_amide",
        "isocyanate",
        "amino",
        "[NX2;$(N[#6]):1]=C=O>>*[N:1]",
        "[#0][NX3;H1:1]>>O=C=[N:1]",
    ),
    Reagent("silyl_amine", "silylated amine", "amino", "[NX3;$(N[#6]):1][Si]([CH3])([CH3])[CH3]>>*[N:1]"),
    Reagent("hydrazide", "hydrazide or hydrazine", "hydrazido", "[NX3H2;$(N[NX3]):1]>>*[N:1]", "[#0][NX3:1]>>[N:1]"),
    Reagent("thiol", "thiol", "thio", "[SX2H1;$(S[#6]):1]>>*[S:1]", "[#0][SX2;$(S[#6]):1]>>[S:1]"),
    Reagent("thiol_b", "thiol", "thio_2", "[SX2H1;$(S[#6]):1]>>*[S:1]", "[#0][SX2;$(S[#6]):1]>>[S:1]"),
    Reagent("sulfide", "sodium sulfide or thiolate", "thio", "[SX2:1][Na,K]>>*[S:1]", "[#0][SX2:1]>>[Na][S:1]"),
    Reagent("silanol", "silanol", "siloxy", "[OX2H1;$(O[Si]):1]>>*[O:1]", "[#0][OX2;$(O[Si]):1]>>[O:1]"),
    Reagent("silanol_oh", "silanol", "silyl", "[SiX4:1][OX2H1]>>*[Si:1]", "[#0][SiX4:1]>>O[Si:1]"),
)
