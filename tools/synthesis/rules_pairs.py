"""Two monomers of which one enters the chain whole: anhydrides, carbon dioxide, formaldehyde, water.

Textbook chemistry (G. Odian, Principles of Polymerization, chapters 2, 6 and 7). Conditions are classes, in general
words, not recipes.
"""

from __future__ import annotations

from tools.synthesis.rule_types import PairRule

_CONDENSATION = ("step_growth", "polycondensation")
_OPENING = ("chain_growth", "ring_opening")
_EPOXIDE = "[CX4;r3:1]-@[OX2;r3:2]>>*[*:1].[*:2]*"
_ANHYDRIDE = "[#6;R:1](=[O:2])~[#8;R;r5,r6:3]~[#6;R:4]=[O:5]"
_EPOXIDE_BACK = "[#0][CX4:1][CX4:3][OX2:2][#0]>>[C:1]1[C:3][O:2]1"
_ALKENE_BACK = "[#0][CX4H2:1][CX4:2][#0]>>[C:1]=[C:2]"
_METHYLENE_BACK = "[#0][CX4H2:1][#0]>>[C:1]=O"
_ALKENE = "[CH2;!R:1]=!@[CX3;!$(CC=C);!$(C[O,N,F,Cl,S]);!$(CC=O):2]>>*[C:1][C:2]*"

PAIRS: tuple[PairRule, ...] = (
    PairRule(
        "anhydride_diol",
        "polyester formation from a cyclic anhydride and a diol",
        "alcohol",
        f"{_ANHYDRIDE}>>*[C:1]=[O:2].[C:4](*)=[O:5]",
        "H2O",
        "melt, rising temperature, water removed",
        76.0,
        _CONDENSATION,
        undo="[#0][#6:1]=[O:2].[#6:4](=[O:5])[#0]>>[C:1](=[O:2])O[C:4]=[O:5]",
    ),
    PairRule(
        "epoxide_anhydride",
        "alternating ring-opening copolymerisation of epoxide and cyclic anhydride",
        _EPOXIDE,
        f"{_ANHYDRIDE}>>*[C:1]=[O:2].[C:4](=[O:5])[O:3]*",
        "",
        "metal complex or onium catalyst, with heating",
        74.0,
        _OPENING,
        undo="[#0][#6:1]=[O:2].[#6:4](=[O:5])[O:3][#0]>>[C:1](=[O:2])[O:3][C:4]=[O:5]",
        undo_first=_EPOXIDE_BACK,
    ),
    PairRule(
        "epoxide_co2",
        "alternating ring-opening copolymerisation of epoxide and carbon dioxide",
        _EPOXIDE,
        "[O:1]=[CX2:2]=[O:3]>>*[C:2](=[O:3])[O:1]*",
        "",
        "zinc, cobalt or chromium complex under pressure of carbon dioxide",
        92.0,
        _OPENING,
        note="cyclic carbonate is the by-product of chain backbiting; ether units arise at low pressure",
        undo="[#0][CX3:2](=[O:3])[OX2:1][#0]>>[O:1]=[C:2]=[O:3]",
        undo_first=_EPOXIDE_BACK,
    ),
    PairRule(
        "formal",
        "polyformal formation from diol and formaldehyde",
        "alcohol",
        "[CH2:1]=[OX1]>>*[C:1]*",
        "H2O",
        "acid catalyst, water removed",
        48.0,
        _CONDENSATION,
        undo=_METHYLENE_BACK,
    ),
    PairRule(
        "chlorosilane_water",
        "hydrolytic polycondensation of dichlorosilanes",
        "chlorosilane",
        "[OX2H2:1]>>*[O:1]*",
        "HCl",
        "water, then equilibration with acid or base; cyclic oligomers form beside the chain",
        70.0,
        _CONDENSATION,
        undo="[#0][OX2:1][#0]>>[O:1]",
    ),
    PairRule(
        "taffy",
        "phenoxy resin formation from bisphenol and epichlorohydrin (taffy process)",
        "phenol",
        "[Cl,Br][CH2:1][CX4:2]1[CH2:3][O:4]1>>*[C:1][C:2]([O:4])[C:3]*",
        "HCl (bound as NaCl)",
        "aqueous alkali, with heating",
        78.0,
        _CONDENSATION,
        undo="[#0][CX4H2:1][CX4:2]([OX2H1:4])[CH2:3][#0]>>Cl[C:1][C:2]1[C:3][O:4]1",
    ),
    PairRule(
        "thiol_yne",
        "thiol-yne polyaddition",
        "thiol",
        "[CX2H1:1]#[CX2;!$(CC=O):2]>>*[C:1][C:2]*",
        "",
        "radical initiator or light, mild",
        50.0,
        ("step_growth",),
        note="each alkyne takes up two thiols",
        undo="[#0][CX4H2:1][CX4:2][#0]>>[C:1]#[C:2]",
    ),
    PairRule(
        "novolac",
        "phenol-formaldehyde polycondensation",
        "phenol_ring",
        "[CH2:1]=[OX1]>>*[C:1]*",
        "H2O",
        "acid catalyst (novolac) or base (resol), with heating",
        58.0,
        _CONDENSATION,
        undo=_METHYLENE_BACK,
    ),
    PairRule(
        "amino_resin",
        "urea- or melamine-formaldehyde polycondensation",
        "amide_nh",
        "[CH2:1]=[OX1]>>*[C:1]*",
        "H2O",
        "aqueous, acid catalyst",
        58.0,
        _CONDENSATION,
        each_hydrogen=True,
    ),
    PairRule(
        "polyketone",
        "alternating copolymerisation of an olefin and carbon monoxide",
        _ALKENE,
        "[C-:1]#[O+:2]>>*[C:1](*)=[O:2]",
        "",
        "palladium catalyst under pressure",
        74.0,
        ("chain_growth",),
        undo="[#0][CX3:1](=[O:2])[#0]>>[C-:1]#[O+:2]",
        undo_first=_ALKENE_BACK,
    ),
    PairRule(
        "olefin_sulfone",
        "alternating radical copolymerisation of an olefin and sulfur dioxide",
        _ALKENE,
        "[SX2:1](=[O:2])=[O:3]>>*[S:1](*)(=[O:2])=[O:3]",
        "",
        "radical initiator below the ceiling temperature",
        70.0,
        ("chain_growth", "radical"),
        undo="[#0][SX4:1](=[O:2])(=[O:3])[#0]>>[S:1](=[O:2])=[O:3]",
        undo_first=_ALKENE_BACK,
    ),
)
