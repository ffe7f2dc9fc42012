"""Which polymerisation rules can lead to what a brief asks for.

Used to sample sensibly, never to decide: every candidate is tested against the constraints afterwards.
"""

from __future__ import annotations

from tools.core.spec import DesignSpec, StructuralConstraint
from tools.core.vocabulary import ELEMENT_SETS
from tools.synthesis.rules import rule_set

_VINYL = ("vinyl_radical", "vinyl_cationic", "olefin", "vinyl_other", "vinyl_alcohol", "vinyl_amine")
_ARYL_ETHER = ("aryl_ether", "oxidative_phenol", "friedel_crafts_acyl", "friedel_crafts_sulfonyl")
_COUPLING = ("suzuki", "yamamoto", "oxidative_heteroaryl", "sonogashira", "glaser", "heck", "gilch")

# polymer class: rules that make it
_CLASS_RULES: dict[str, tuple[str, ...]] = {
    "polyolefin": ("olefin", "vinyl_radical", "vinyl_cationic", "cyclic_olefin", "romp_norbornene", "romp"),
    "polydiene": ("diene_14", "diene_12", "romp", "romp_norbornene"),
    "polyacetylene": ("acetylene",),
    "vinyl": (*_VINYL, "diene_12", "maleimide"),
    "styrenic": _VINYL,
    "acrylate": ("vinyl_radical",),
    "methacrylate": ("vinyl_radical",),
    "acrylic": ("vinyl_radical",),
    "acrylamide": ("vinyl_radical",),
    "vinyl_ether": ("vinyl_cationic",),
    "vinyl_ester": ("vinyl_radical",),
    "vinyl_halide": ("vinyl_radical",),
    "polyester": ("ester", "aryl_ester", "lactone", "lactide", "butyrolactone", "epoxy_acid"),
    "aromatic_polyester": ("ester", "aryl_ester"),
    "aliphatic_polyester": ("ester", "lactone", "lactide", "butyrolactone"),
    "polycarbonate": ("carbonate", "aryl_carbonate", "cyclic_carbonate"),
    "polyamide": ("amide", "aramid", "lactam", "nca"),
    "aramid": ("aramid",),
    "polyimide": ("imide",),
    "polyurethane": ("urethane", "aryl_urethane", "urethane_amine"),
    "polyurea": ("urea",),
    "polyether": (
        "epoxide", "oxetane", "tetrahydrofuran", "dioxolane", "cyclic_ether_large", "williamson", "epoxy_phenol",
        *_ARYL_ETHER,
    ),
    "aromatic_polyether": _ARYL_ETHER,
    "polyketone": ("aryl_ether", "friedel_crafts_acyl", "vinyl_radical"),
    "polysulfone": ("aryl_ether", "friedel_crafts_sulfonyl"),
    "polysulfide": ("aryl_thioether", "arylene_sulfide", "alkyl_sulfide", "thiirane", "thiol_ene", "michael_thiol"),
    "polyanhydride": ("anhydride", "cyclic_anhydride"),
    "polyacetal": ("trioxane", "dioxolane", "aldehyde_chain"),
    "polyamine": (
        "aziridine", "epoxy_amine", "michael_amine", "ethylenimine_linear", "oxidative_aniline", "alkyl_amine",
    ),
    "polyimine": ("imine", "ketimine", "azine"),
    "polybenzimidazole": ("benzimidazole",),
    "polybenzoxazole": ("benzoxazole",),
    "polybenzothiazole": ("benzothiazole",),
    "polysiloxane": ("cyclotetrasiloxane", "cyclotrisiloxane", "siloxane"),
    "polyphosphazene": ("cyclophosphazene",),
    "polyarylene": _COUPLING,
    "polythiophene": _COUPLING,
    "conjugated": (*_COUPLING, "acetylene", "imine", "azine", "knoevenagel", "oxidative_aniline"),
}  # fmt: skip

# rules that the literature has but that a designer does not start from
_SELDOM = frozenset(
    ("vinyl_other", "romp_six", "macrolactone", "cyclic_ether_large", "cyclic_urethane", "cyclic_sulfide_other",
     "admet", "n_acyl_aziridine", "butyrolactone", "isocyanate_chain", "poly_isocyanide", "aldehyde_chain", "allene",
     "amic_acid", "wurtz", "cyclosilazane", "vinylcyclopropane", "cyclodiene",
     "alkyl_amine", "cyclic_anhydride", "ethylenimine_linear")
)  # fmt: skip


def allowed_rules(spec: DesignSpec) -> frozenset[str]:
    """Return the ids of the polymerisation rules worth sampling for a brief.

    Parameters
    ----------
    spec : DesignSpec
        The brief.

    Returns
    -------
    frozenset of str
        Rule ids. Without constraints on class or polymerisation: all but the seldom used.
    """
    rules = rule_set()
    kinds = {linkage.id: linkage.polymerisations for linkage in rules.linkages}
    kinds.update((rule.id, rule.polymerisations) for rule in rules.monomer_rules)
    allowed = {name for name in kinds if name not in _SELDOM}
    for constraint in spec.structure:
        if not constraint.hard:
            continue
        if constraint.kind == "class" and constraint.required and constraint.name in _CLASS_RULES:
            wanted = set(_CLASS_RULES[constraint.name])
            allowed = (allowed & wanted) or (set(kinds) & wanted)
        if constraint.kind == "polymerisation":
            made = {name for name, ids in kinds.items() if constraint.name in ids}
            allowed = (allowed & made) or made if constraint.required else allowed - made
    return frozenset(allowed)


def forbidden_elements(spec: DesignSpec) -> frozenset[str]:
    """Return the symbols of elements that a brief excludes.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    """
    return _elements(spec, required=False)


def wanted_elements(spec: DesignSpec) -> frozenset[str]:
    """Return the symbols of single elements that a brief asks for.

    Parameters
    ----------
    spec : DesignSpec
        The brief.
    """
    return _elements(spec, required=True)


def _elements(spec: DesignSpec, *, required: bool) -> frozenset[str]:
    found: set[str] = set()
    for constraint in spec.structure:
        if constraint.kind == "element" and constraint.hard and constraint.required == required:
            members = ELEMENT_SETS.get(constraint.name, (constraint.name,))
            if not required or len(members) == 1:
                found.update(members)
    return frozenset(found)


def hard(constraints: tuple[StructuralConstraint, ...]) -> tuple[StructuralConstraint, ...]:
    """Keep the constraints that a candidate must meet."""
    return tuple(constraint for constraint in constraints if constraint.hard)
