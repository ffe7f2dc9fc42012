"""Functional groups that end up in a ring formed during polymerisation.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2; the classes of step polymerisation named there).
"""

from __future__ import annotations

from tools.synthesis.rule_types import Reagent

_PHENYL = "[c;$(c1[cH][cH][cH][cH][cH]1)]"

RINGS: tuple[Reagent, ...] = (
    # rings formed during polymerisation
    Reagent(
        "anhydride",
        "cyclic anhydride",
        "imide",
        "[#6:6]~[#6;R:1](=[O:2])~[#8;R:3]~[#6;R:4](=[O:5])~[#6:7]>>[C:6]-[C:1](=[O:2])-[N:3](*)-[C:4](=[O:5])-[C:7]",
        "[#6:6]~[#6;R:1](=[O:2])~[#7:3](~[#0])~[#6;R:4](=[O:5])~[#6:7]>>[C:6]-[C:1](=[O:2])-[O:3]-[C:4](=[O:5])-[C:7]",
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
        "[#6:6]~[#6;R:1](=[O:2])~[#8;R:3]~[#6;R:4](=[O:5])~[#6:7]>>*[C:1](=[O:2])-[C:6].[C:7]-[C:4](=[O:5])-[O:3]",
        "[#0][CX3:1](=[O:2])-[#6:6]:[#6:7]-[CX3:4](=[O:5])[OX2H1:3]>>[C:6]1-[C:1](=[O:2])-[O:3]-[C:4](=[O:5])-[C:7]:1",
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
        "[NX3H2:1]-[c:2]:[c:3]-[NX3H2:4]>>*C1=[N:4]-[c:3]:[c:2]-[N:1]=C1C1=CC=CC=C1",
        "[#0]-[c]1:[n:4]:[c:3]:[c:2]:[n:1]:[c]1-[c]2[cH][cH][cH][cH][cH]2>>[N:4]-[c:3]:[c:2]-[N:1]",
        variants=True,
    ),
    Reagent(
        "benzil",
        "phenyl-1,2-diketone",
        "carbon_pq",
        f"[#6;!$(c1[cH][cH][cH][cH][cH]1):1][CX3](=O)[CX3](=O){_PHENYL}>>*[C:1]",
        "[#0][#6:1]>>O=C(C1=CC=CC=C1)C(=O)[C:1]",
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
    Reagent(
        "maleimide_diene",
        "maleimide",
        "adduct",
        "[CX3;R;H1;$(C(=C)C(=O)[#7]):1]=[CX3;R;H1;$(CC(=O)[#7]):2]>>*C12C=CC(O1)[C:1][C:2]2",
        "[#0][CX4]12[CX3]=[CX3][CX4](O1)[CX4:1][CX4:2]2>>[C:1]=[C:2]",
    ),
    Reagent(
        "furan", "2-furyl group", "carbon_furan", "[#6:1]-[c]1[cH][cH][cH]o1>>*[C:1]", "[#0][#6:1]>>[C:1]C1=CC=CO1"
    ),
    Reagent(
        "cyclopentadienone",
        "cyclopentadienone",
        "phenylene",
        "[CX3:1]1=[CX3:2][CX3](=O)[CX3:3]=[CX3:4]1>>[C:1]1=[C:2]C=C(*)[C:3]=[C:4]1",
        variants=True,
    ),
    Reagent(
        "epoxide_oxazolidone",
        "epoxide",
        "oxazolidone",
        "[CH2:1]1-[O:2]-[CX4:3]1>>*N1[C:1][C:3][O:2]C1=O",
        "[#0][NX3]1[CH2:1][CX4:3][O:2]C1=O>>[C:1]1[C:3][O:2]1",
    ),
    Reagent("alkyne_diene", "terminal alkyne", "carbon_alkyne", "[#6:1][CX2]#[CX2H1]>>*[C:1]"),
    Reagent("azide", "azide", "carbon_azide", "[#6:1]N=[N+]=[N-]>>*[C:1]", "[#0][#6:1]>>[C:1]N=[N+]=[N-]"),
)
