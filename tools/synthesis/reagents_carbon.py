"""Carbon electrophiles, partners of couplings, alkenes and carbonyl groups that form double bonds.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2; the classes of step polymerisation named there).
"""

from __future__ import annotations

from tools.synthesis.activation import ACTIVATED
from tools.synthesis.rule_types import Reagent

_AMINE = "$(N[#6]);!$(N[#6]=[O,S,N]);!$(NS(=O)=O);!$(N[NX3])"

CARBON: tuple[Reagent, ...] = (
    # carbon electrophiles and partners of couplings
    Reagent(
        "aryl_fluoride",
        "activated aryl fluoride",
        "aryl_snar",
        f"[c;{ACTIVATED};!$(c1c(F)c(F)c(*)c(F)c1F);!$(c1c(F)c(F)c(F)c(F)c1*):1]F>>*[C:1]",
        "[#0][c:1]>>F[C:1]",
    ),
    Reagent(
        "para_fluoride",
        "para fluorine of a pentafluorophenyl group",
        "aryl_snar",
        "[c;$(c1c(F)c(F)c(-[!F;!#1])c(F)c1F):1]F>>*[C:1]",
        "[#0][c;$(c(:cF):cF):1]>>F[C:1]",
    ),
    *(
        Reagent(
            f"sulfone_{name}",
            f"{name} of a diaryl sulfone",
            "aryl_snar",
            f"[c;$(c:c:c:c-S(=O)=O),$(c:c-S(=O)=O):1]{symbol}>>*[C:1]",
            f"[#0][c:1]>>{symbol}[C:1]",
        )
        for name, symbol in (("chloride", "Cl"), ("fluoride", "F"))
    ),
    Reagent(
        "aryl_chloride",
        "activated aryl chloride",
        "aryl_snar",
        f"[c;{ACTIVATED}:1][Cl,Br]>>*[C:1]",
        "[#0][c:1]>>Cl[C:1]",
    ),
    Reagent(
        "hetaryl_chloride",
        "chloride next to or para to a ring nitrogen",
        "aryl_snar",
        "[c;$(c:n),$(c:c:c:n):1][Cl,Br]>>*[C:1]",
        "[#0][c:1]>>Cl[C:1]",
    ),
    Reagent(
        "nitroarene",
        "activated nitroarene",
        "aryl_snar",
        f"[c;{ACTIVATED}:1][N+](=O)[O-]>>*[C:1]",
        "[#0][c:1]>>[O-][N+](=O)[C:1]",
    ),
    Reagent("alkyl_halide", "alkyl halide", "alkyl", "[CX4;H2,H1:1][Cl,Br,I]>>*[C:1]", "[#0][CX4:1]>>Br[C:1]"),
    Reagent("alkyl_chloride", "alkyl chloride", "alkyl", "[CX4;H2,H1:1]Cl>>*[C:1]", "[#0][CX4:1]>>Cl[C:1]"),
    Reagent("aryl_halide", "aryl halide", "aryl", "[c:1][Cl,Br,I]>>*[C:1]", "[#0][c:1]>>Br[C:1]"),
    Reagent("aryl_chloride_c", "aryl chloride", "aryl", "[c:1]Cl>>*[C:1]", "[#0][c:1]>>Cl[C:1]"),
    Reagent("aryl_chloride_cb", "aryl chloride", "aryl_2", "[c:1]Cl>>*[C:1]", "[#0][c:1]>>Cl[C:1]"),
    Reagent("aryl_iodide_c", "aryl iodide", "aryl", "[c:1]I>>*[C:1]", "[#0][c:1]>>I[C:1]"),
    Reagent("aryl_iodide_cb", "aryl iodide", "aryl_2", "[c:1]I>>*[C:1]", "[#0][c:1]>>I[C:1]"),
    Reagent(
        "benzyl_chloride",
        "chloromethyl arene",
        "benzylidene",
        "[CH2;$(Cc):1]Cl>>*=[C:1]",
        "[#0]=[CH1;$(Cc):1]>>Cl[C:1]",
    ),
    Reagent(
        "benzyl_chloride_b",
        "chloromethyl arene",
        "benzylidene_2",
        "[CH2;$(Cc):1]Cl>>*=[C:1]",
        "[#0]=[CH1;$(Cc):1]>>Cl[C:1]",
    ),
    Reagent("aryl_halide_b", "aryl halide", "aryl_2", "[c:1][Cl,Br,I]>>*[C:1]", "[#0][c:1]>>Br[C:1]"),
    Reagent("boronic", "boronic acid or ester", "aryl_2", "[c:1][BX3]>>*[C:1]", "[#0][c:1]>>OB(O)[C:1]"),
    Reagent("stannane", "stannane", "aryl_2", "[c:1][Sn]>>*[C:1]", "[#0][c:1]>>C[Sn](C)(C)[C:1]"),
    Reagent("grignard", "aryl Grignard reagent", "aryl_2", "[c:1][Mg]>>*[C:1]", "[#0][c:1]>>Cl[Mg][C:1]"),
    Reagent(
        "phenol_ring",
        "free ortho or para position of a phenol",
        "aryl_phenolic",
        "[cH;$(c:c[OX2H1]),$(c:c:c:c[OX2H1]);!$(c:c-C=O):1]>>*[C:1]",
        "[#0][c;$(c:c[OX2H1]),$(c:c:c:c[OX2H1]);!$(c:c-C=O):1]>>[C:1]",
    ),
    Reagent(
        "vinyl_ether",
        "vinyl ether",
        "acetal",
        "[CH2;!R:1]=[CH1;$(C[OX2][#6;!$(C=O)]):2]>>*[C:2][C:1]",
        "[#0][CX4;H1;$(C[OX2]):2][CH3:1]>>[C:2]=[C:1]",
    ),
    Reagent(
        "heteroaryl_h",
        "free alpha position of a thiophene, furan, selenophene or pyrrole",
        "aryl_h",
        "[cH;r5;$(c:[s,o,n,se]);!$(c:[o,n,s]:c=O):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
    ),
    Reagent(
        "heteroaryl_h2",
        "free alpha position of a thiophene, furan, selenophene or pyrrole",
        "aryl_h2",
        "[cH;r5;$(c:[s,o,n,se]);!$(c:[o,n,s]:c=O):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
    ),
    *(
        Reagent(
            f"arene_rich{suffix}",
            "free para position of an aryl ether, an arylamine or a carbazole",
            end,
            "[cH;$(c:c:c:c[OX2H0,NX3,nX3]),$(c:c:c:c:[nX3]);!$(c:c-[$(C=O),$(N(=O)=O),$(C#N)]):1]>>*[C:1]",
            "[#0][c:1]>>[C:1]",
        )
        for suffix, end in (("", "aryl_rich"), ("_b", "aryl_rich_2"))
    ),
    *(
        Reagent(f"benzyl_cl{suffix}", "chloromethyl arene", end, "[CX4;$(Cc):1]Cl>>*[C:1]", "[#0][CX4:1]>>Cl[C:1]")
        for suffix, end in (("", "benzyl"), ("_b", "benzyl_2"))
    ),
    Reagent("isocyanate_n", "isocyanate", "carbodiimide_n", "[NX2;$(N[#6]):1]=C=O>>*=[N:1]", "[#0]=[NX2:1]>>O=C=[N:1]"),
    Reagent(
        "isocyanate_c",
        "isocyanate",
        "carbodiimide_c",
        "[NX2;$(N[#6]):1]=[CX2:2]=O>>*=[C:2]=[N:1]",
        "[#0]=[CX2:2]=[N:1]>>O=[C:2]=[N:1]",
    ),
    Reagent(
        "phenol_para",
        "free para (or ortho) position of a phenol",
        "aryl_phenol",
        "[cH;$(c:c:c:c[OH]):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
    ),
    Reagent(
        "aniline_para",
        "free para position of an aniline",
        "aryl_aniline",
        "[cH;$(c:c:c:c[NX3;H2,H1]):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
    ),
    Reagent(
        "arene_h",
        "free para position of an aryl ether, a diarylmethane or a biaryl",
        "aryl_fc",
        "[cH;$(c:c:c:c[OX2,SX2,CH2]c),$(c:c:c:c-c):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
    ),
    Reagent("alkyne_h", "terminal alkyne", "alkynyl", "[CX2H1:1]#[C:2]>>*[C:1]#[C:2]", "[#0][C:1]#[C:2]>>[C:1]#[C:2]"),
    Reagent(
        "alkyne_h2", "terminal alkyne", "alkynyl_2", "[CX2H1:1]#[C:2]>>*[C:1]#[C:2]", "[#0][C:1]#[C:2]>>[C:1]#[C:2]"
    ),
    Reagent(
        "vinyl_arene",
        "vinyl group",
        "vinylene",
        "[CH2:1]=[CH1;$(Cc):2]>>*[C:1]=[C:2]",
        "[#0][CH1:1]=[CH1:2]>>[C:1]=[C:2]",
    ),
    Reagent(
        "epoxide",
        "epoxide",
        "hydroxyethyl",
        "[CH2:1]1-[O:2]-[CX4:3]1>>*[C:1]-[C:3]-[O:2]",
        "[#0][CH2:1][CX4:3][OX2H1:2]>>[C:1]1[C:3][O:2]1",
    ),
    Reagent("aldehyde", "aldehyde", "alkylidene", "[CX3H1;$(C[#6]):1]=O>>*=[C:1]", "[#0]=[CX3;H1:1]>>O=[C:1]"),
    Reagent("ketone", "aryl ketone", "ketylidene", "[CX3H0;$(C(c)[#6]);!R:1]=O>>*=[C:1]", "[#0]=[CX3;H0:1]>>O=[C:1]"),
    Reagent("imine_amine", "primary amine", "imino", f"[NX3H2;{_AMINE}:1]>>*=[N:1]", "[#0]=[N:1]>>[N:1]"),
    Reagent("azine", "hydrazine", "imino_n", "[NX3H2;$(N[NX3]):1]>>*=[N:1]", "[#0]=[N;$(N[N]):1]>>[N:1]"),
    Reagent(
        "active_methylene",
        "active methylene group",
        "methylene",
        "[CH2;$(C(C#N)[c,$(C=O),$(C#N)]),$(C(C=O)C=O):1]>>*=[C:1]",
        "[#0]=[CX3;H0;$(C(C#N)),$(C(C=O)C=O):1]>>[C:1]",
    ),
    Reagent(
        "benzyl_halide",
        "halomethyl arene",
        "benzylidene",
        "[CH2;$(Cc):1][Cl,Br]>>*=[C:1]",
        "[#0]=[CH1;$(Cc):1]>>Br[C:1]",
    ),
    Reagent(
        "benzyl_halide_b",
        "halomethyl arene",
        "benzylidene_2",
        "[CH2;$(Cc):1][Cl,Br]>>*=[C:1]",
        "[#0]=[CH1;$(Cc):1]>>Br[C:1]",
    ),
    Reagent("benzyl_coupling", "halomethyl arene", "benzyl", "[CX4;$(Cc):1][Cl,Br]>>*[C:1]", "[#0][CX4:1]>>Br[C:1]"),
    Reagent(
        "benzyl_coupling_b", "halomethyl arene", "benzyl_2", "[CX4;$(Cc):1][Cl,Br]>>*[C:1]", "[#0][CX4:1]>>Br[C:1]"
    ),
    Reagent(
        "ylide",
        "phosphonate or phosphonium salt",
        "ylide",
        "[CH2;$(Cc):1][P;$(P(=O)(O)O),+1]>>*=[C:1]",
        "[#0]=[CH1;$(Cc):1]>>CCOP(=O)(OCC)[C:1]",
    ),
    Reagent(
        "terminal_alkene",
        "terminal alkene",
        "metathesis",
        "[CH2]=[CH1;$(C[CX4;!$(C[O,N,S,F,Cl,Br])]):1]>>*=[C:1]",
        "[#0]=[CH1;$(C[CX4]):1]>>C=[C:1]",
    ),
    Reagent(
        "terminal_alkene_b",
        "terminal alkene",
        "metathesis_2",
        "[CH2]=[CH1;$(C[CX4;!$(C[O,N,S,F,Cl,Br])]):1]>>*=[C:1]",
        "[#0]=[CH1;$(C[CX4]):1]>>C=[C:1]",
    ),
    Reagent(
        "ene",
        "terminal alkene",
        "ene_ethyl",
        "[CH2:1]=[CH1;$(C[CX4,OX2]):2]>>*[C:1][C:2]",
        "[#0][CH2:1][CH2;$(C[CX4,OX2]):2]>>[C:1]=[C:2]",
    ),
    Reagent(
        "acrylic_ene",
        "acrylate or acrylamide",
        "michael",
        "[CH2;!R:1]=[CX3;!R;$(CC(=O)[O,N]):2]>>*[C:1][C:2]",
        "[#0][CH2:1][CX4;$(CC(=O)[O,N]):2]>>[C:1]=[C:2]",
    ),
    Reagent(
        "acceptor_ene",
        "acrylate, acrylamide, maleimide or vinyl sulfone",
        "michael",
        "[CH2,CH1;!$(C(=C)C=O),R:1]=[CX3;$(CC=O),$(CS(=O)=O):2]>>*[C:1][C:2]",
        "[#0][CX4:1][CX4;$(CC=O),$(CS(=O)=O):2]>>[C:1]=[C:2]",
    ),
)
