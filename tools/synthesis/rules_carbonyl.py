"""Step growth at acyl, carbamoyl, carbonyl, sulfonyl and phosphoryl groups.

Textbook chemistry (G. Odian, Principles of Polymerization, chapter 2). Conditions are classes, in general words, not
recipes. ``prior`` orders routes when several bonds of a repeat unit could have been the one formed.
"""

from __future__ import annotations

from tools.synthesis.rule_types import Linkage, Pairing

_STEP = ("step_growth",)
_MELT = "melt, catalyst, rising temperature under vacuum"
_INTERFACIAL = "interfacial, or in solution with an acid acceptor, near room temperature"
_AMIDATION = "direct polyamidation with a phosphite activator in an amide solvent, with heating"
_SALT = "melt of the salt, then above the melting point with water removed"
_ADDITION = "bulk or dry solvent, tin or amine catalyst, with heating"
_ACYL = "[CX3;$(C[#6]);!$(C(c)c:cC(=O)[OX2H1]):1]"
_AMIDE_N = "[NX3;!$(N(C=O)C=O);!$(N[NX3]):2]"
_AMIDE = (
    Pairing("acid", "amine", "H2O", _SALT),
    Pairing("acid_chloride", "amine", "HCl", _INTERFACIAL),
    Pairing("ester", "amine", "CH3OH", _MELT),
    Pairing("phenyl_ester", "amine", "C6H5OH", _MELT),
    Pairing("acid", "isocyanate_amide", "CO2", "hot amide solvent"),
    Pairing("acid_chloride", "silyl_amine", "(CH3)3SiCl", _INTERFACIAL),
)
_ARAMID = (
    Pairing("acid_chloride", "aniline", "HCl", "amide solvent at low temperature, HCl bound"),
    Pairing("acid", "aniline", "H2O", _AMIDATION),
    Pairing("ester", "aniline", "CH3OH", _MELT),
    Pairing("phenyl_ester", "aniline", "C6H5OH", _MELT),
    Pairing("acid", "isocyanate_amide", "CO2", "hot amide solvent"),
    Pairing("acid_chloride", "silyl_amine", "(CH3)3SiCl", _INTERFACIAL),
)

CARBONYL: tuple[Linkage, ...] = (
    Linkage(
        "hydrazide",
        "polyhydrazide formation",
        "acyl",
        "hydrazido",
        f"{_ACYL}(=[O,S])-!@[NX3;$(N[NX3]):2]",
        (
            Pairing("acid_chloride", "hydrazide", "HCl", _INTERFACIAL),
            Pairing("acid", "hydrazide", "H2O", _AMIDATION),
            Pairing("ester", "hydrazide", "CH3OH", _MELT),
        ),
        84.0,
    ),
    Linkage(
        "aramid",
        "polyamide formation",
        "acyl",
        "amino",
        f"{_ACYL}(=O)-!@[NX3;$(Nc);!$(N(C=O)C=O);!$(N[NX3]):2]",
        _ARAMID,
        82.0,
    ),
    Linkage("amide", "polyamide formation", "acyl", "amino", f"{_ACYL}(=O)-!@{_AMIDE_N}", _AMIDE, 80.0),
    Linkage(
        "urethane",
        "polyurethane formation (polyaddition)",
        "carbamoyl",
        "alkoxy",
        "[CX3;$(C[NX3;H1]):1](=[O,S])-!@[OX2;$(O[CX4]):2]",
        (Pairing("isocyanate", "alcohol", "", _ADDITION),),
        83.0,
        _STEP,
    ),
    Linkage(
        "aryl_urethane",
        "polyurethane formation (polyaddition)",
        "carbamoyl",
        "aryloxy",
        "[CX3;$(C[NX3;H1]):1](=[O,S])-!@[OX2;$(Oc):2]",
        (Pairing("isocyanate", "phenol", "", _ADDITION),),
        81.0,
        _STEP,
    ),
    Linkage(
        "urea",
        "polyurea formation (polyaddition)",
        "carbamoyl",
        "amino",
        "[CX3;$(C[NX3;H1]);$(C(N)N):1](=[O,S])-!@[NX3;!$(N[NX3]):2]",
        (Pairing("isocyanate", "amine", "", "dry solvent or bulk, fast at room temperature"),),
        83.0,
        _STEP,
    ),
    Linkage(
        "semicarbazide",
        "poly(acylsemicarbazide) formation (polyaddition)",
        "carbamoyl",
        "hydrazido",
        "[CX3;$(C[NX3;H1]);$(C(N)N):1](=[O,S])-!@[NX3;$(N[NX3]):2]",
        (Pairing("isocyanate", "hydrazide", "", "dipolar aprotic solvent, near room temperature"),),
        83.5,
        _STEP,
    ),
    Linkage(
        "thiourethane",
        "polythiourethane formation (polyaddition)",
        "carbamoyl",
        "thio",
        "[CX3;$(C[NX3;H1]):1](=[O,S])-!@[SX2:2]",
        (Pairing("isocyanate", "thiol", "", _ADDITION),),
        83.0,
        _STEP,
    ),
    Linkage(
        "urethane_amine",
        "polyurethane formation from bischloroformate and diamine",
        "carbonyl",
        "amino",
        "[CX3;$(C[OX2][#6]):1](=O)-!@[NX3;!$(N[NX3]):2]",
        (Pairing("phosgene", "amine", "HCl", _INTERFACIAL),),
        79.0,
    ),
    Linkage(
        "carbonate",
        "polycarbonate formation",
        "carbonyl",
        "alkoxy",
        "[CX3;$(C(=[O,S])([OX2])[OX2]):1](=[O,S])-!@[OX2;$(O[CX4]):2]",
        (
            Pairing("diphenyl_carbonate", "alcohol", "C6H5OH", _MELT),
            Pairing("phosgene", "alcohol", "HCl", _INTERFACIAL),
            Pairing("dialkyl_carbonate", "alcohol", "CH3OH", _MELT),
        ),
        78.0,
    ),
    Linkage(
        "aryl_carbonate",
        "polycarbonate formation",
        "carbonyl",
        "aryloxy",
        "[CX3;$(C(=[O,S])([OX2])[OX2]):1](=[O,S])-!@[OX2;$(Oc):2]",
        (
            Pairing("phosgene", "phenol", "HCl", "interfacial, alkaline water and chlorinated solvent, amine catalyst"),
            Pairing("diphenyl_carbonate", "phenol", "C6H5OH", _MELT),
            Pairing("dialkyl_carbonate", "phenol", "CH3OH", _MELT),
        ),
        78.0,
    ),
    Linkage(
        "anhydride",
        "polyanhydride formation",
        "acyl",
        "acyloxy",
        "[CX3;$(C[#6]):1](=O)-!@[OX2;$(O(C(=O)[#6])C(=O)[#6]):2]",
        (
            Pairing("acid", "carboxyl", "H2O (as acetic acid)", "acetic anhydride, then melt under vacuum"),
            Pairing("acid_chloride", "carboxyl", "HCl", "solution with an acid acceptor"),
        ),
        79.0,
        bridged=True,
    ),
    Linkage(
        "thiocarbonate",
        "polythiocarbonate formation",
        "carbonyl",
        "thio",
        "[CX3;$(C(=[O,S])([SX2])[OX2,SX2]):1](=[O,S])-!@[SX2:2]",
        (Pairing("phosgene", "thiol", "HCl", _INTERFACIAL),),
        76.0,
    ),
    Linkage(
        "thioester",
        "polythioester formation",
        "acyl",
        "thio",
        "[CX3;$(C[#6]):1](=O)-!@[SX2:2]",
        (Pairing("acid_chloride", "thiol", "HCl", _INTERFACIAL), Pairing("acid", "thiol", "H2O", _MELT)),
        76.0,
    ),
    Linkage(
        "ester",
        "polyester formation",
        "acyl",
        "alkoxy",
        f"{_ACYL}(=O)-!@[OX2;$(O[CX4]):2]",
        (
            Pairing("acid", "alcohol", "H2O", _MELT),
            Pairing("ester", "alcohol", "CH3OH", _MELT),
            Pairing("acid_chloride", "alcohol", "HCl", "solution with an acid acceptor"),
            Pairing("phenyl_ester", "alcohol", "C6H5OH", _MELT),
        ),
        75.0,
    ),
    Linkage(
        "aryl_ester",
        "polyarylate formation",
        "acyl",
        "aryloxy",
        f"{_ACYL}(=O)-!@[OX2;$(Oc):2]",
        (
            Pairing("acid_chloride", "phenol", "HCl", _INTERFACIAL),
            Pairing("acid", "phenyl_acetate", "CH3COOH", "acidolysis in the melt, at high temperature"),
            Pairing("acid", "phenol", "H2O", "solution with an activating reagent"),
            Pairing("phenyl_ester", "phenol", "C6H5OH", _MELT),
            Pairing("ester", "phenol", "CH3OH", _MELT),
            Pairing("acid_chloride", "phenolate", "NaCl", _INTERFACIAL),
            Pairing("acid_chloride", "silyl_phenol", "(CH3)3SiCl", _MELT),
        ),
        75.5,
    ),
    Linkage(
        "sulfonamide",
        "polysulfonamide formation",
        "sulfonyl",
        "amino",
        "[SX4:1](=O)(=O)-!@[NX3:2]",
        (Pairing("sulfonyl_chloride", "amine", "HCl", _INTERFACIAL),),
        74.0,
    ),
    Linkage(
        "sulfonate",
        "polysulfonate formation",
        "sulfonyl",
        "aryloxy",
        "[SX4:1](=O)(=O)-!@[OX2;$(Oc):2]",
        (Pairing("sulfonyl_chloride", "phenol", "HCl", _INTERFACIAL),),
        74.0,
    ),
    Linkage(
        "phosphonate",
        "polyphosphonate or polyphosphate formation",
        "phosphoryl",
        "aryloxy",
        "[PX4;$(P=[O,S]):1]-!@[OX2;$(Oc):2]",
        (Pairing("phosphoryl_chloride", "phenol", "HCl", "interfacial, or melt with a Lewis acid"),),
        74.0,
    ),
    Linkage(
        "alkyl_phosphonate",
        "polyphosphonate or polyphosphate formation",
        "phosphoryl",
        "alkoxy",
        "[PX4;$(P=[O,S]):1]-!@[OX2;$(O[CX4]):2]",
        (Pairing("phosphoryl_chloride", "alcohol", "HCl", "solution with an acid acceptor"),),
        73.0,
    ),
)
