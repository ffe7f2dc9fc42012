"""Step growth that forms carbon-carbon bonds: couplings, olefinations, Friedel-Crafts reactions.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2). Conditions are classes, in general words, not
recipes. ``prior`` orders routes when several bonds of a repeat unit could have been the one formed.
"""

from __future__ import annotations

from tools.synthesis.rule_types import Linkage, Pairing

_COUPLING = ("step_growth", "coupling", "polycondensation")
_OXIDATIVE = ("step_growth", "coupling")
_PALLADIUM = "palladium catalyst and base, with heating"

CARBON: tuple[Linkage, ...] = (
    Linkage(
        "sonogashira",
        "Sonogashira polycondensation",
        "aryl",
        "alkynyl",
        "[c:1]-!@[CX2;$(C#C[c]):2]",
        (
            Pairing("aryl_halide", "alkyne_h", "HBr (bound)", "palladium and copper catalysts, amine, with heating"),
            Pairing("aryl_iodide_c", "alkyne_h", "HI (bound)", "palladium and copper catalysts, amine, with heating"),
        ),
        70.0,
        _COUPLING,
    ),
    Linkage(
        "glaser",
        "oxidative alkyne coupling",
        "alkynyl",
        "alkynyl_2",
        "[CX2;$(C#C):1]-!@[CX2;$(C#C):2]",
        (Pairing("alkyne_h", "alkyne_h2", "H2O (oxygen as oxidant)", "copper(I) catalyst, amine, oxygen"),),
        71.0,
        _OXIDATIVE,
        self_only=True,
    ),
    Linkage(
        "heck",
        "Heck polycondensation",
        "aryl",
        "vinylene",
        "[c:1]-!@[CX3;H1;$(C=[CX3;H1]c):2]",
        (
            Pairing("aryl_halide", "vinyl_arene", "HBr (bound)", _PALLADIUM),
            Pairing("aryl_iodide_c", "vinyl_arene", "HI (bound)", _PALLADIUM),
        ),
        40.0,
        _COUPLING,
    ),
    Linkage(
        "wittig",
        "Wittig or Horner polycondensation",
        "alkylidene",
        "ylide",
        "[CX3;H1:1]=!@[CX3;H1;$(Cc):2]",
        (Pairing("aldehyde", "ylide", "phosphate or phosphine oxide", "alkoxide base, dry solvent"),),
        43.0,
    ),
    Linkage(
        "gilch",
        "Gilch (dehydrohalogenation) polymerisation",
        "benzylidene",
        "benzylidene_2",
        "[CX3;H1;$(Cc):1]=!@[CX3;H1;$(Cc):2]",
        (
            Pairing("benzyl_halide", "benzyl_halide_b", "HBr (bound)", "excess tert-butoxide, dry solvent"),
            Pairing("benzyl_chloride", "benzyl_chloride_b", "HCl (bound)", "excess tert-butoxide, dry solvent"),
        ),
        45.0,
        ("chain_growth", "polycondensation"),
        self_only=True,
    ),
    Linkage(
        "wurtz",
        "Wurtz-type coupling of bis(halomethyl) arenes",
        "benzyl",
        "benzyl_2",
        "[CX4;$(Cc):1]-!@[CX4;$(Cc):2]",
        (Pairing("benzyl_coupling", "benzyl_coupling_b", "halide (bound)", "sodium, iron or another reducing metal"),),
        41.0,
        ("step_growth", "coupling", "polycondensation"),
        self_only=True,
    ),
    Linkage(
        "suzuki",
        "Suzuki or Stille polycondensation",
        "aryl",
        "aryl_2",
        "[c:1]-!@[c:2]",
        (
            Pairing("aryl_halide", "boronic", "boric acid and bromide", f"Suzuki: {_PALLADIUM}, two phases"),
            Pairing("aryl_halide", "stannane", "(CH3)3SnBr", "Stille: palladium catalyst, toluene or DMF"),
        ),
        38.0,
        _COUPLING,
    ),
    Linkage(
        "yamamoto",
        "Yamamoto, Kumada or Ullmann homocoupling",
        "aryl",
        "aryl_2",
        "[c:1]-!@[c:2]",
        (
            Pairing(
                "aryl_halide",
                "aryl_halide_b",
                "halide (bound)",
                "nickel(0) complex (Yamamoto) or magnesium and nickel catalyst (Kumada)",
            ),
            Pairing(
                "aryl_chloride_c",
                "aryl_chloride_cb",
                "halide (bound)",
                "nickel(0) complex (Yamamoto) or magnesium and nickel catalyst (Kumada)",
            ),
            Pairing(
                "aryl_iodide_c",
                "aryl_iodide_cb",
                "halide (bound)",
                "nickel(0) complex (Yamamoto) or magnesium and nickel catalyst (Kumada)",
            ),
        ),
        39.0,
        _COUPLING,
        self_only=True,
    ),
    Linkage(
        "oxidative_heteroaryl",
        "oxidative coupling of heteroarenes",
        "aryl_h",
        "aryl_h2",
        "[c;r5;$(c:[s,o,n,se]):1]-!@[c;r5;$(c:[s,o,n,se]):2]",
        (
            Pairing(
                "heteroaryl_h",
                "heteroaryl_h2",
                "2 H (taken up by the oxidant)",
                "iron(III) chloride, or electrochemically",
            ),
        ),
        42.0,
        _OXIDATIVE,
        self_only=True,
    ),
    Linkage(
        "oxidative_phenol",
        "oxidative coupling of phenols",
        "aryl_phenol",
        "aryloxy",
        "[c;$(c:c:c:c[OX2]):1]-!@[OX2;$(Oc):2]",
        (
            Pairing(
                "phenol_para",
                "phenol",
                "H2O (oxygen as oxidant)",
                "copper-amine catalyst, oxygen",
            ),
        ),
        61.0,
        _OXIDATIVE,
        self_only=True,
    ),
    Linkage(
        "oxidative_aniline",
        "oxidative polymerisation of anilines",
        "aryl_aniline",
        "amino",
        "[c;$(c:c:c:c[NX3]):1]-!@[NX3;$(Nc):2]",
        (Pairing("aniline_para", "amine", "2 H (taken up by the oxidant)", "persulfate in aqueous acid, in the cold"),),
        60.0,
        _OXIDATIVE,
        self_only=True,
    ),
    Linkage(
        "friedel_crafts_acyl",
        "Friedel-Crafts acylation (poly(aryl ketone) synthesis)",
        "acyl",
        "aryl_fc",
        "[CX3;$(C(c)c):1](=O)-!@[c;$(c:c:c:c[OX2,SX2]c):2]",
        (
            Pairing("acid_chloride", "arene_h", "HCl", "aluminium chloride, or strong acid"),
            Pairing("acid", "arene_h", "H2O", "phosphorus pentoxide in methanesulfonic acid"),
        ),
        36.0,
    ),
    Linkage(
        "friedel_crafts_sulfonyl",
        "Friedel-Crafts sulfonylation (polysulfone synthesis)",
        "sulfonyl",
        "aryl_fc",
        "[SX4;$(S(c)c):1](=O)(=O)-!@[c;$(c:c:c:c[OX2,SX2]c):2]",
        (Pairing("sulfonyl_chloride", "arene_h", "HCl", "iron(III) chloride, melt or nitrobenzene"),),
        34.0,
    ),
    Linkage(
        "admet",
        "acyclic diene metathesis",
        "metathesis",
        "metathesis_2",
        "[CX3;H1;$(C[CX4]):1]=!@[CX3;H1;$(C[CX4]):2]",
        (Pairing("terminal_alkene", "terminal_alkene_b", "C2H4", "metathesis catalyst, bulk under vacuum"),),
        32.0,
        ("step_growth", "polycondensation"),
        self_only=True,
    ),
)
