"""Conflicts and impossibilities: what no polymer can meet."""

from __future__ import annotations

import math

from agent.brief.draft import Draft
from agent.brief.lexicon import COUNTED_GROUPS
from agent.brief.text import fold
from tools.core.errors import UnitError
from tools.core.properties import Property, all_properties
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.core.units import convert

# Elements that every member of a class contains, from the definition of the class; carbon and hydrogen left out.
CLASS_ELEMENTS: dict[str, frozenset[str]] = {
    "polyester": frozenset("O"), "aromatic_polyester": frozenset("O"), "aliphatic_polyester": frozenset("O"),
    "polycarbonate": frozenset("O"), "polyamide": frozenset({"N", "O"}), "aramid": frozenset({"N", "O"}),
    "polyimide": frozenset({"N", "O"}), "polyurethane": frozenset({"N", "O"}), "polyurea": frozenset({"N", "O"}),
    "polyether": frozenset("O"), "aromatic_polyether": frozenset("O"), "polyketone": frozenset("O"),
    "polysulfone": frozenset({"S", "O"}), "polysulfide": frozenset("S"), "polyanhydride": frozenset("O"),
    "polyacetal": frozenset("O"), "polyamine": frozenset("N"), "polyimine": frozenset("N"),
    "polybenzimidazole": frozenset("N"), "polybenzoxazole": frozenset({"N", "O"}),
    "polybenzothiazole": frozenset({"N", "S"}), "polysiloxane": frozenset({"Si", "O"}), "polysilane": frozenset({"Si"}),
    "polyphosphazene": frozenset({"P", "N"}), "polythiophene": frozenset("S"), "fluoropolymer": frozenset("F"),
    "acrylate": frozenset("O"), "methacrylate": frozenset("O"), "acrylic": frozenset("O"),
    "acrylamide": frozenset({"N", "O"}), "vinyl_ether": frozenset("O"), "vinyl_ester": frozenset("O"),
}  # fmt: skip
GROUP_ELEMENTS: dict[str, frozenset[str]] = {
    "ester": frozenset("O"), "amide": frozenset({"N", "O"}), "imide": frozenset({"N", "O"}),
    "urethane": frozenset({"N", "O"}), "urea": frozenset({"N", "O"}), "carbonate": frozenset("O"),
    "anhydride": frozenset("O"), "ether": frozenset("O"), "thioether": frozenset("S"), "disulfide": frozenset("S"),
    "ketone": frozenset("O"), "aldehyde": frozenset("O"), "carboxylic_acid": frozenset("O"), "hydroxyl": frozenset("O"),
    "phenol": frozenset("O"), "primary_amine": frozenset("N"), "secondary_amine": frozenset("N"),
    "tertiary_amine": frozenset("N"), "nitrile": frozenset("N"), "nitro": frozenset({"N", "O"}), "azo": frozenset("N"),
    "imine": frozenset("N"), "sulfone": frozenset({"S", "O"}), "sulfoxide": frozenset({"S", "O"}),
    "sulfonic_acid": frozenset({"S", "O"}), "sulfonamide": frozenset({"S", "N", "O"}), "phosphate": frozenset({"P",
    "O"}),
    "phosphonate": frozenset({"P", "O"}), "siloxane": frozenset({"Si", "O"}), "silyl": frozenset({"Si"}),
    "trifluoromethyl": frozenset("F"), "thiophene": frozenset("S"), "pyridine": frozenset("N"),
    "imidazole": frozenset("N"),
    "benzimidazole": frozenset("N"), "benzoxazole": frozenset({"N", "O"}), "benzothiazole": frozenset({"N", "S"}),
    "triazine": frozenset("N"), "furan": frozenset("O"), "epoxide": frozenset("O"), "bisphenol_a": frozenset("O"),
    "hexafluoroisopropylidene": frozenset("F"),
}  # fmt: skip
# Groups that every member of a class contains.
CLASS_GROUPS: dict[str, frozenset[str]] = {
    "polyester": frozenset({"ester"}), "aromatic_polyester": frozenset({"ester", "aromatic_ring"}),
    "aliphatic_polyester": frozenset({"ester"}), "polycarbonate": frozenset({"carbonate"}),
    "polyamide": frozenset({"amide"}), "aramid": frozenset({"amide", "aromatic_ring"}),
    "polyimide": frozenset({"imide"}),
    "polyurethane": frozenset({"urethane"}), "polyurea": frozenset({"urea"}), "polyether": frozenset({"ether"}),
    "aromatic_polyether": frozenset({"ether", "aromatic_ring"}), "polyketone": frozenset({"ketone"}),
    "polysulfone": frozenset({"sulfone"}), "polyanhydride": frozenset({"anhydride"}),
    "polysiloxane": frozenset({"siloxane"}), "acrylate": frozenset({"ester"}), "methacrylate": frozenset({"ester"}),
    "acrylamide": frozenset({"amide"}), "vinyl_ester": frozenset({"ester"}), "vinyl_ether": frozenset({"ether"}),
    "styrenic": frozenset({"aromatic_ring"}), "polybenzimidazole": frozenset({"benzimidazole", "aromatic_ring"}),
    "polybenzoxazole": frozenset({"benzoxazole", "aromatic_ring"}), "polythiophene": frozenset({"thiophene"}),
    "polybenzothiazole": frozenset({"benzothiazole", "aromatic_ring"}), "polyarylene": frozenset({"aromatic_ring"}),
}  # fmt: skip
_SUPERCLASS = {
    "aromatic_polyester": "polyester", "aliphatic_polyester": "polyester", "aramid": "polyamide",
    "aromatic_polyether": "polyether",
}  # fmt: skip


def find_problems(draft: Draft) -> None:
    """List what makes the brief impossible.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; its problems are filled.
    """
    constraints = [constraint for _, constraint in draft.constraints]
    for constraint in constraints:
        problem = _impossible(constraint, all_properties()[constraint.property])
        if problem:
            draft.object_to(problem)
    _exclusive(draft, constraints)
    _temperatures(draft, constraints)
    _permeabilities(draft, constraints)
    _structures(draft, [item for _, item in draft.structure])


def _shown(value: float, constraint: Constraint, prop: Property) -> str:
    if constraint.given_unit and constraint.given_unit != prop.unit:
        try:
            return f"{convert(value, prop.unit, constraint.given_unit):.6g} {constraint.given_unit}"
        except UnitError:
            pass
    return f"{value:.6g} {prop.unit}".replace(" dimensionless", "")


def _impossible(constraint: Constraint, prop: Property) -> str:
    low, high = prop.plausible
    said = f"{constraint.text!r}"
    if constraint.lower is not None and constraint.upper is not None and constraint.lower > constraint.upper:
        return f"{said}: the lower bound is above the upper bound."
    numbers = [constraint.target] if constraint.target is not None else [constraint.lower, constraint.upper]
    for number in numbers:
        if number is None:
            continue
        if not math.isfinite(number):
            return f"{said}: not a finite number."
        if prop.unit == "K" and number < 0.0:
            return f"{said}: a temperature below absolute zero."
        if not low - _slack(prop, low) <= number <= high + _slack(prop, high):
            return (
                f"{said}: {_shown(number, constraint, prop)} is outside what a polymer's {prop.name} can be "
                f"({_shown(low, constraint, prop)} to {_shown(high, constraint, prop)})."
            )
    return ""


def _slack(prop: Property, bound: float) -> float:
    return 1e-9 * max(1.0, abs(bound)) if not prop.log else 1e-9 * abs(bound)


def _exclusive(draft: Draft, constraints: list[Constraint]) -> None:
    by_property: dict[str, list[Constraint]] = {}
    for constraint in constraints:
        by_property.setdefault(constraint.property, []).append(constraint)
    for identifier, items in by_property.items():
        prop = all_properties()[identifier]
        hard = [item for item in items if item.hard]
        for first in hard:
            for second in hard:
                if first.lower is None or second.upper is None or first is second:
                    continue
                strict = first.operator == ">" or second.operator == "<"
                if first.lower > second.upper or (strict and first.lower == second.upper):
                    draft.object_to(f"{first.text!r} and {second.text!r} exclude each other ({prop.name}).")
        wishes = {item.operator for item in items}
        if {"maximise", "minimise"} <= wishes:
            draft.object_to(f"The {prop.name} cannot be both maximised and minimised.")


def _temperatures(draft: Draft, constraints: list[Constraint]) -> None:
    """A polymer melts above its glass transition, and decomposes no lower than it melts or softens."""

    def lowest(name: str) -> Constraint | None:
        found = [c for c in constraints if c.property == name and c.hard and c.lower is not None]
        return max(found, key=lambda c: c.lower or 0.0, default=None)

    def highest(name: str) -> Constraint | None:
        found = [c for c in constraints if c.property == name and c.hard and c.upper is not None]
        return min(found, key=lambda c: c.upper or 0.0, default=None)

    for below, above, law in (
        ("Tg", "Tm", "a polymer melts above its glass transition"),
        ("Tg", "Td", "a polymer that decomposes below its Tg has none to measure"),
    ):
        floor, roof = lowest(below), highest(above)
        if floor is None or roof is None or floor.lower is None or roof.upper is None or floor.lower < roof.upper:
            continue
        draft.object_to(f"{floor.text!r} and {roof.text!r} exclude each other: {law}.")


def _permeabilities(draft: Draft, constraints: list[Constraint]) -> None:
    """The ideal selectivity is the ratio of the two permeabilities."""
    hard = [item for item in constraints if item.hard]
    for item in hard:
        if not item.property.startswith("selectivity_"):
            continue
        fast, slow = item.property.removeprefix("selectivity_").split("_")
        for one in (other for other in hard if other.property == f"P_{fast}"):
            for two in (other for other in hard if other.property == f"P_{slow}"):
                least = one.lower / two.upper if one.lower and two.upper else 0.0
                most = one.upper / two.lower if one.upper and two.lower else math.inf
                if (item.upper is not None and least > item.upper) or (item.lower is not None and most < item.lower):
                    draft.object_to(
                        f"{one.text!r}, {two.text!r} and {item.text!r} exclude each other: "
                        f"the ideal selectivity is the ratio of the permeabilities."
                    )


def _structures(draft: Draft, items: list[StructuralConstraint]) -> None:
    wanted = [item for item in items if item.required and item.kind != "count"]
    banned = [item for item in items if not item.required]
    for want in wanted:
        for ban in banned:
            reason = _clash(want, ban)
            if reason:
                draft.object_to(f"{want.text!r} and {ban.text!r} exclude each other: {reason}.")
    counts = [item for item in items if item.kind == "count"]
    for item in counts:
        if item.lower is not None and item.upper is not None and item.lower > item.upper:
            draft.object_to(f"{item.text!r}: the lower bound is above the upper bound.")
        if any(bound is not None and bound < 0 for bound in (item.lower, item.upper)):
            draft.object_to(f"{item.text!r}: a count cannot be negative.")
        meaning = COUNTED_GROUPS.get(item.name)
        for other in items:
            reason = _counted(item, other, meaning)
            if reason and item.hard and other.hard:
                draft.object_to(f"{item.text!r} and {other.text!r} exclude each other: {reason}.")


def _counted(item: StructuralConstraint, other: StructuralConstraint, meaning: tuple[str, str] | None) -> str:
    """Say why a count and another demand exclude each other; "" if they do not."""
    if other.kind == "count" and other.name == item.name:
        apart = item.lower is not None and other.upper is not None and item.lower > other.upper
        return "no number meets both" if apart and item is not other else ""
    if meaning != (other.kind, other.name):
        return ""
    if not other.required and (item.lower or 0) > 0:
        return "the same thing is both counted and excluded"
    return "the same thing is both demanded and excluded" if other.required and item.upper == 0 else ""


def _clash(want: StructuralConstraint, ban: StructuralConstraint) -> str:
    if (want.kind, want.name) == (ban.kind, ban.name):
        return "the same thing is both demanded and excluded"
    if ban.kind == "element":
        elements = (CLASS_ELEMENTS if want.kind == "class" else GROUP_ELEMENTS if want.kind == "group" else {}).get(
            want.name
        )
        if elements and ban.name in elements:
            return f"every {want.name.replace('_', ' ')} contains {ban.name}"
    if ban.kind == "group" and want.kind == "class" and ban.name in CLASS_GROUPS.get(want.name, frozenset()):
        return f"every {want.name.replace('_', ' ')} contains the {ban.name.replace('_', ' ')}"
    if ban.kind == "class" and want.kind == "class" and _SUPERCLASS.get(want.name) == ban.name:
        return f"every {want.name.replace('_', ' ')} is a {ban.name.replace('_', ' ')}"
    return ""


def problems_of(spec: DesignSpec) -> tuple[str, ...]:
    """List what makes a spec impossible, as ``find_problems`` does for a brief.

    Parameters
    ----------
    spec : DesignSpec
        The spec; its own list of problems is not looked at.

    Returns
    -------
    tuple of str
        Problems; empty if there are none.
    """
    draft = Draft(fold(""), [], [])
    draft.constraints = list(enumerate(spec.constraints))
    draft.structure = list(enumerate(spec.structure))
    find_problems(draft)
    return tuple(draft.problems)
