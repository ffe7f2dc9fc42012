"""Step growth that closes a ring or forms a carbon-nitrogen or carbon-carbon double bond with loss of water.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2). Conditions are classes, in general words, not
recipes. ``prior`` orders routes when several bonds of a repeat unit could have been the one formed.
"""

from __future__ import annotations

from tools.synthesis.rule_types import Linkage, Pairing

_STEP = ("step_growth",)
_CYCLISE = "polyphosphoric acid, or two steps with thermal ring closure, at high temperature"

RINGS: tuple[Linkage, ...] = (
    Linkage(
        "imide",
        "polyimide formation from dianhydride and diamine",
        "imide",
        "carbon_n",
        "[#7;$([#7]([#6]=O)[#6]=O);R:1]-!@[#6;!$([#6]=[O,S]):2]",
        (
            Pairing(
                "anhydride",
                "imide_amine",
                "H2O",
                "two steps: poly(amic acid) in an amide solvent, then thermal or "
                "chemical imidisation; or one step in hot m-cresol",
            ),
            Pairing("anhydride", "imide_isocyanate", "CO2", "hot amide solvent"),
            Pairing("diester_diacid", "imide_amine", "H2O, alcohol", "monomeric reactants in an alcohol, then heat"),
        ),
        100.0,
    ),
    Linkage(
        "benzimidazole",
        "polybenzimidazole formation",
        "imidazole",
        "carbon_c",
        "[c;r5;$(c1nc:c[nX3]1):1]-!@[#6:2]",
        (
            Pairing("o_diamine", "azole_acid", "H2O", _CYCLISE),
            Pairing("o_diamine", "azole_ester", "C6H5OH, H2O", _CYCLISE),
        ),
        96.0,
    ),
    Linkage(
        "benzoxazole",
        "polybenzoxazole formation",
        "oxazole",
        "carbon_c",
        "[c;r5;$(c1nc:co1):1]-!@[#6:2]",
        (
            Pairing("o_aminophenol", "azole_acid", "H2O", _CYCLISE),
            Pairing("o_aminophenol", "azole_chloride", "HCl, H2O", _CYCLISE),
        ),
        96.0,
    ),
    Linkage(
        "benzothiazole",
        "polybenzothiazole formation",
        "thiazole",
        "carbon_c",
        "[c;r5;$(c1nc:cs1):1]-!@[#6:2]",
        (
            Pairing("o_aminothiol", "azole_acid", "H2O", _CYCLISE),
            Pairing("o_aminothiol", "azole_chloride", "HCl, H2O", _CYCLISE),
        ),
        96.0,
    ),
    Linkage(
        "oxadiazole",
        "poly(1,3,4-oxadiazole) formation",
        "oxadiazole",
        "carbon_c",
        "[c;r5;$(c1nnco1):1]-!@[#6:2]",
        (
            Pairing("acyl_hydrazide", "azole_chloride", "HCl, H2O", "polyhydrazide first, then dehydration with heat"),
            Pairing("acyl_hydrazide", "azole_acid", "H2O", _CYCLISE),
        ),
        85.0,
        doubled=True,
    ),
    Linkage(
        "quinoxaline",
        "polyquinoxaline formation",
        "quinoxaline",
        "carbon_q",
        "[c;r6;$(c1nc:cn[cH]1):1]-!@[#6:2]",
        (Pairing("o_diamine_q", "glyoxal", "H2O", "m-cresol, with heating"),),
        85.0,
    ),
    Linkage(
        "phenylquinoxaline",
        "poly(phenylquinoxaline) formation",
        "phenylquinoxaline",
        "carbon_pq",
        "[c;r6;$(c1nc:cnc1-c2[cH][cH][cH][cH][cH]2):1]-!@[#6:2]",
        (Pairing("o_diamine_pq", "benzil", "H2O", "m-cresol, with heating"),),
        85.0,
    ),
    Linkage(
        "triazole",
        "azide-alkyne polyaddition",
        "triazole",
        "carbon_azide",
        "[n;r5;$(n1nncc1):1]-!@[#6:2]",
        (Pairing("alkyne_click", "azide", "", "copper(I) catalyst, mild"),),
        95.0,
        _STEP,
    ),
    Linkage(
        "oxazolidone",
        "polyoxazolidone formation (polyaddition)",
        "oxazolidone",
        "carbon_n",
        "[NX3;r5;$(N1CCOC1=O):1]-!@[#6;!$([#6]=[O,S]):2]",
        (Pairing("epoxide_oxazolidone", "imide_isocyanate", "", "onium or Lewis acid catalyst, at high temperature"),),
        95.0,
        _STEP,
    ),
    Linkage(
        "diels_alder",
        "Diels-Alder polyaddition of bismaleimides and bisfurans",
        "adduct",
        "carbon_furan",
        "[CX4;R;$(C12OC(C=C1)C(C=O)C2C=O):1]-!@[#6:2]",
        (Pairing("maleimide_diene", "furan", "", "solution or bulk, mild; opens again when hot"),),
        112.0,
        _STEP,
    ),
    Linkage(
        "diels_alder_phenylene",
        "Diels-Alder polymerisation of biscyclopentadienones to polyphenylenes",
        "phenylene",
        "carbon_alkyne",
        "[c;$(c1cc(-c)c(-c)c(-c)c1-c),$(c1c(-c)c(-c)c(-c)c(-c)c1):1]-!@[c:2]",
        (Pairing("cyclopentadienone", "alkyne_diene", "CO", "high-boiling solvent, at high temperature"),),
        90.0,
    ),
    Linkage(
        "amic_acid",
        "poly(amic acid) formation",
        "amic",
        "amino",
        "[CX3;$(C(c)c:cC(=O)[OX2H1]),$(Cc:cC(=O)[OX2H1]):1](=O)-!@[NX3:2]",
        (Pairing("anhydride_open", "amine", "", "dipolar aprotic solvent, room temperature"),),
        92.0,
        _STEP,
    ),
    Linkage(
        "imine",
        "polyazomethine formation",
        "alkylidene",
        "imino",
        "[CX3;H1:1]=!@[NX2;$(N[#6]):2]",
        (Pairing("aldehyde", "imine_amine", "H2O", "solution, acid catalyst, water removed"),),
        86.0,
    ),
    Linkage(
        "azine",
        "polyazine or polyacylhydrazone formation",
        "alkylidene",
        "imino_n",
        "[CX3;H1:1]=!@[NX2;$(N[#7]):2]",
        (Pairing("aldehyde", "azine", "H2O", "solution, acid catalyst"),),
        86.0,
    ),
    Linkage(
        "ketimine",
        "polyketimine formation",
        "ketylidene",
        "imino",
        "[CX3;H0;$(C([#6])[#6]):1]=!@[NX2;$(N[#6]):2]",
        (Pairing("ketone", "imine_amine", "H2O", "solution, acid catalyst, water removed"),),
        85.0,
    ),
    Linkage(
        "knoevenagel",
        "Knoevenagel polycondensation",
        "alkylidene",
        "methylene",
        "[CX3;H1:1]=!@[CX3;$(C(C#N)),$(C(C=O)C=O):2]",
        (Pairing("aldehyde", "active_methylene", "H2O", "base such as tert-butoxide or piperidine"),),
        79.5,
    ),
)
