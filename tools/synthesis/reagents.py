"""Functional groups of step-growth monomers and the chain ends they leave.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2; the classes of step polymerisation named there).
"""

from __future__ import annotations

from tools.synthesis.rules import Reagent

# Electron-poor aromatic carbon at which nucleophilic aromatic substitution works: ortho or para to an acceptor,
# next to (or para to) a ring nitrogen, or flanked by fluorine as in perfluoroarenes.
_ACCEPTOR = "[$(C=[O,S]),$(S(=O)=O),$(S=O),$(C#N),$([N+](=O)[O-]),$(P=[O,S]),$(C(F)(F)F),$(N=N),$(C=N),$(c:n)]"
ACTIVATED = f"$(c:c-{_ACCEPTOR}),$(c:c:c:c-{_ACCEPTOR}),$(c:n),$(c:c:c:n),$(c(:cF):cF)"

_PHENYL = "[c;$(c1[cH][cH][cH][cH][cH]1)]"
_AMINE = "$(N[#6]);!$(N[#6]=[O,S,N]);!$(NS(=O)=O);!$(N[NX3])"

REAGENTS: tuple[Reagent, ...] = (
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
        "[#0][CX3:1]=[O:2]>>c1ccccc1O[C:1]=[O:2]",
    ),
    Reagent(
        "phosgene",
        "phosgene or chloroformate",
        "carbonyl",
        "[CX3;$(C(=[O,S])(Cl)[Cl,O,S]):1](=[O,S:2])Cl>>*[C:1]=[*:2]",
        "[#0][CX3:1]=[*:2]>>Cl[C:1]=[*:2]",
    ),
    Reagent(
        "diphenyl_carbonate",
        "diphenyl carbonate",
        "carbonyl",
        f"[CX3;$(C(=O)([OX2]{_PHENYL})[OX2]):1](=[O:2])[OX2]{_PHENYL}>>*[C:1]=[O:2]",
        "[#0][CX3:1]=[O:2]>>c1ccccc1O[C:1]=[O:2]",
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
        "isocyanate_amide",
        "isocyanate",
        "amino",
        "[NX2;$(N[#6]):1]=C=O>>*[N:1]",
        "[#0][NX3;H1:1]>>O=C=[N:1]",
    ),
    Reagent("silyl_amine", "silylated amine", "amino", "[NX3;$(N[#6]):1][Si]([CH3])([CH3])[CH3]>>*[N:1]"),
    Reagent("hydrazide", "hydrazide or hydrazine", "hydrazido", "[NX3H2;$(N[NX3]):1]>>*[N:1]", "[#0][NX3:1]>>[N:1]"),
    Reagent("thiol", "thiol", "thio", "[SX2H1;$(S[#6]):1]>>*[S:1]", "[#0][SX2;$(S[#6]):1]>>[S:1]"),
    Reagent("sulfide", "sodium sulfide or thiolate", "thio", "[SX2:1][Na,K]>>*[S:1]", "[#0][SX2:1]>>[Na][S:1]"),
    Reagent("silanol", "silanol", "siloxy", "[OX2H1;$(O[Si]):1]>>*[O:1]", "[#0][OX2;$(O[Si]):1]>>[O:1]"),
    Reagent("silanol_oh", "silanol", "silyl", "[SiX4:1][OX2H1]>>*[Si:1]", "[#0][SiX4:1]>>O[Si:1]"),
    # rings formed during polymerisation
    Reagent(
        "anhydride",
        "cyclic anhydride",
        "imide",
        "[#6:6]~[#6;R:1](=[O:2])~[#8;R:3]~[#6;R:4](=[O:5])~[#6:7]"
        ">>[C:6]-[C:1](=[O:2])-[N:3](*)-[C:4](=[O:5])-[C:7]",
        "[#6:6]~[#6;R:1](=[O:2])~[#7:3](~[#0])~[#6;R:4](=[O:5])~[#6:7]"
        ">>[C:6]-[C:1](=[O:2])-[O:3]-[C:4](=[O:5])-[C:7]",
    ),
    Reagent("imide_amine", "primary amine", "carbon_n", "[#6;!$([#6]=[O,S,N]):1][NX3H2]>>*[C:1]", "[#0][#6:1]>>N[C:1]"),
    Reagent("imide_isocyanate", "isocyanate", "carbon_n", "[#6:1]N=C=O>>*[C:1]", "[#0][#6:1]>>O=C=N[C:1]"),
    Reagent(
        "diester_diacid",
        "ortho-dicarboxylic acid or its half ester",
        "imide",
        "[#6:6](-[CX3:1](=[O:2])[OX2;H1,$(O[CH3]),$(O[CH2][CH3])]):[#6:7]-[CX3:4](=[O:5])[OX2;H1,$(O[CH3]),$(O[CH2][CH3])]"
        ">>[C:6]1-[C:1](=[O:2])-N(*)-[C:4](=[O:5])-[C:7]:1",
    ),
    Reagent(
        "anhydride_open",
        "cyclic anhydride",
        "amic",
        "[#6:6]~[#6;R:1](=[O:2])~[#8;R:3]~[#6;R:4](=[O:5])~[#6:7]"
        ">>*[C:1](=[O:2])-[C:6].[C:7]-[C:4](=[O:5])-[O:3]",
        "[#0][CX3:1](=[O:2])-[#6:6]:[#6:7]-[CX3:4](=[O:5])[OX2H1:3]"
        ">>[C:6]1-[C:1](=[O:2])-[O:3]-[C:4](=[O:5])-[C:7]:1",
        variants=True,
    ),
    Reagent(
        "o_diamine",
        "ortho-diamine",
        "imidazole",
        "[NX3;H2,H1:1]-[c:2]:[c:3]-[NX3H2:4]>>*C1=[N:4]-[c:3]:[c:2]-[N:1]1",
        "[#0]-[#6;r5]1:[n;X2:4]:[c:3]:[c:2]:[n;X3:1]1>>[N:4]-[c:3]:[c:2]-[N:1]",
        variants=True,
    ),
    Reagent(
        "o_aminophenol",
        "ortho-aminophenol",
        "oxazole",
        "[OX2H1:1]-[c:2]:[c:3]-[NX3H2:4]>>*C1=[N:4]-[c:3]:[c:2]-[O:1]1",
        "[#0]-[#6;r5]1:[n;X2:4]:[c:3]:[c:2]:[o:1]1>>[N:4]-[c:3]:[c:2]-[O:1]",
    ),
    Reagent(
        "o_aminothiol",
        "ortho-aminothiol",
        "thiazole",
        "[SX2H1:1]-[c:2]:[c:3]-[NX3H2:4]>>*C1=[N:4]-[c:3]:[c:2]-[S:1]1",
        "[#0]-[#6;r5]1:[n;X2:4]:[c:3]:[c:2]:[s:1]1>>[N:4]-[c:3]:[c:2]-[S:1]",
    ),
    Reagent(
        "acyl_hydrazide",
        "hydrazide",
        "oxadiazole",
        "[CX3;$(C[#6]):1](=[O:2])[NX3H1:3][NX3H2:4]>>*C1=[N:4]-[N:3]=[C:1]-[O:2]1",
        "[#0]-[#6;r5]1:[n:4]:[n:3]:[c:1]:[o:2]1>>[C:1](=[O:2])-[N:3]-[N:4]",
    ),
    Reagent(
        "o_diamine_q",
        "ortho-diamine",
        "quinoxaline",
        "[NX3H2:1]-[c:2]:[c:3]-[NX3H2:4]>>*C1=[N:4]-[c:3]:[c:2]-[N:1]=C1",
        "[#0]-[c]1:[n:4]:[c:3]:[c:2]:[n:1]:[cH]1>>[N:4]-[c:3]:[c:2]-[N:1]",
        variants=True,
    ),
    Reagent("glyoxal", "arylglyoxal", "carbon_q", "[#6:1][CX3](=O)[CX3H1]=O>>*[C:1]", "[#0][#6:1]>>O=CC(=O)[C:1]"),
    Reagent(
        "o_diamine_pq",
        "ortho-diamine",
        "phenylquinoxaline",
        "[NX3H2:1]-[c:2]:[c:3]-[NX3H2:4]>>*C1=[N:4]-[c:3]:[c:2]-[N:1]=C1c1ccccc1",
        "[#0]-[c]1:[n:4]:[c:3]:[c:2]:[n:1]:[c]1-[c]2[cH][cH][cH][cH][cH]2>>[N:4]-[c:3]:[c:2]-[N:1]",
        variants=True,
    ),
    Reagent(
        "benzil",
        "phenyl-1,2-diketone",
        "carbon_pq",
        f"[#6;!$(c1[cH][cH][cH][cH][cH]1):1][CX3](=O)[CX3](=O){_PHENYL}>>*[C:1]",
        "[#0][#6:1]>>O=C(c1ccccc1)C(=O)[C:1]",
    ),
    Reagent("azole_acid", "carboxylic acid", "carbon_c", "[#6:1][CX3](=O)[OX2H1]>>*[C:1]", "[#0][#6:1]>>OC(=O)[C:1]"),
    Reagent("azole_chloride", "acid chloride", "carbon_c", "[#6:1][CX3](=O)Cl>>*[C:1]"),
    Reagent("azole_ester", "phenyl ester", "carbon_c", f"[#6:1][CX3](=O)O{_PHENYL}>>*[C:1]"),
    Reagent(
        "alkyne_click",
        "terminal alkyne",
        "triazole",
        "[CX2H1:1]#[CX2:2]>>*N1[C:1]=[C:2]N=N1",
        "[#0][n]1[cH:1][c:2]nn1>>[C:1]#[C:2]",
    ),
    Reagent("azide", "azide", "carbon_azide", "[#6:1]N=[N+]=[N-]>>*[C:1]", "[#0][#6:1]>>[C:1]N=[N+]=[N-]"),
    # carbon electrophiles and partners of couplings
    Reagent("aryl_fluoride", "activated aryl fluoride", "aryl_snar", f"[c;{ACTIVATED}:1]F>>*[C:1]", "[#0][c:1]>>F[C:1]"),
    Reagent(
        "aryl_chloride", "activated aryl chloride", "aryl_snar", f"[c;{ACTIVATED}:1][Cl,Br]>>*[C:1]", "[#0][c:1]>>Cl[C:1]"
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
    Reagent("aryl_halide_b", "aryl halide", "aryl_2", "[c:1][Cl,Br,I]>>*[C:1]", "[#0][c:1]>>Br[C:1]"),
    Reagent("boronic", "boronic acid or ester", "aryl_2", "[c:1][BX3]>>*[C:1]", "[#0][c:1]>>OB(O)[C:1]"),
    Reagent("stannane", "stannane", "aryl_2", "[c:1][Sn]>>*[C:1]", "[#0][c:1]>>C[Sn](C)(C)[C:1]"),
    Reagent(
        "heteroaryl_h",
        "free alpha position of a thiophene, furan, selenophene or pyrrole",
        "aryl_h",
        "[cH;r5;$(c:[s,o,n,se]):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
    ),
    Reagent(
        "heteroaryl_h2",
        "free alpha position of a thiophene, furan, selenophene or pyrrole",
        "aryl_h2",
        "[cH;r5;$(c:[s,o,n,se]):1]>>*[C:1]",
        "[#0][c:1]>>[C:1]",
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
        "free para position of an aryl ether",
        "aryl_fc",
        "[cH;$(c:c:c:c[OX2,SX2]c):1]>>*[C:1]",
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
    Reagent(
        "aldehyde", "aldehyde", "alkylidene", "[CX3H1;$(C[#6]):1]=O>>*=[C:1]", "[#0]=[CX3;H1:1]>>O=[C:1]"
    ),
    Reagent(
        "ketone", "aryl ketone", "ketylidene", "[CX3H0;$(C(c)[#6]);!R:1]=O>>*=[C:1]", "[#0]=[CX3;H0:1]>>O=[C:1]"
    ),
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
    Reagent("benzyl_coupling_b", "halomethyl arene", "benzyl_2", "[CX4;$(Cc):1][Cl,Br]>>*[C:1]", "[#0][CX4:1]>>Br[C:1]"),
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
        "[CH2]=[CH1;$(C[CX4]):1]>>*=[C:1]",
        "[#0]=[CH1;$(C[CX4]):1]>>C=[C:1]",
    ),
    Reagent(
        "terminal_alkene_b",
        "terminal alkene",
        "metathesis_2",
        "[CH2]=[CH1;$(C[CX4]):1]>>*=[C:1]",
        "[#0]=[CH1;$(C[CX4]):1]>>C=[C:1]",
    ),
    Reagent(
        "ene",
        "terminal alkene",
        "ene_ethyl",
        "[CH2:1]=[CH1;$(C[CX4]):2]>>*[C:1][C:2]",
        "[#0][CH2:1][CH2;$(C[CX4]):2]>>[C:1]=[C:2]",
    ),
    Reagent(
        "acceptor_ene",
        "acrylate, acrylamide, maleimide or vinyl sulfone",
        "michael",
        "[CH2,CH1;!$(C(=C)C=O):1]=[CX3;$(CC=O),$(CS(=O)=O):2]>>*[C:1][C:2]",
        "[#0][CX4:1][CX4;$(CC=O),$(CS(=O)=O):2]>>[C:1]=[C:2]",
    ),
)
