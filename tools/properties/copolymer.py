"""Statistical copolymers from the models of homopolymers, by dyads.

In a statistical copolymer of Bernoullian order the unit A is followed by B with probability p_B, the mole fraction of
B. Its dyads are those of the homopolymers (AA, BB) and of the alternating chain (AB), and each of these chains is
itself a polymer that the models predict. The property is the dyad-weighted mean,

    f(y) = sum_i c_i p_i f(y_ii) + sum_{i<j} (c_i p_j + c_j p_i) f(y_ij),

with c the fraction in which f of the property adds up: 1/Tg by mass (T. G. Fox, Bull. Am. Phys. Soc. 1956, 1, 123,
which has the homopolymers alone; dyads of periodic copolymers: G. Liu et al., J. Phys. Chem. B 2008, 112, 93),
1/density and heat capacity by mass, (n^2 - 1)/(n^2 + 2) (Lorentz-Lorenz) and the logarithm of permeabilities and
dielectric constants by volume, electronic energies by mole. Without its alternating dyads the sum is Fox's rule and its
kin; half the distance between the two is added to the interval. Blocks and blends separate into phases: no single
number describes them (blocks: ``tools.properties.blocks``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.core.errors import InputError, NotCoveredError
from tools.core.evidence import Value, inputs_hash
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import SHIPPED
from tools.properties.dyads import Basis, Composition, Dyad, Part, dyads_of
from tools.properties.features import Tier
from tools.properties.predict import available, predict

Measure = Literal["mole", "mass", "volume"]


@dataclass(frozen=True)
class Rule:
    """How a property of a copolymer adds up.

    Attributes
    ----------
    measure : {"mole", "mass", "volume"}
        Fraction that weighs the parts.
    forward, back : callable
        The function of the property that adds up, and its inverse.
    name : str
        What the rule is called.
    """

    measure: Measure
    forward: Callable[[float], float]
    back: Callable[[float], float]
    name: str


def _same(number: float) -> float:
    return number


def _inverse(number: float) -> float:
    return 1 / number


def _refraction(index: float) -> float:
    return (index**2 - 1) / (index**2 + 2)


def _index(refraction: float) -> float:
    return math.sqrt((1 + 2 * refraction) / (1 - refraction))


_LOGARITHM = Rule("volume", math.log10, lambda number: float(10.0**number), "logarithm additive by volume")
_BY_VOLUME = Rule("volume", _same, _same, "additive by volume")
_BY_MOLE = Rule("mole", _same, _same, "additive by mole of units")
RULES: dict[str, Rule] = {
    "Tg": Rule("mass", _inverse, _inverse, "1/Tg additive by mass (Fox, with alternating dyads)"),
    "density": Rule("mass", _inverse, _inverse, "volumes additive"),
    "heat_capacity": Rule("mass", _same, _same, "additive by mass"),
    "refractive_index": Rule("volume", _refraction, _index, "Lorentz-Lorenz, additive by volume"),
    "dielectric_constant": _LOGARITHM,
    "thermal_conductivity": _BY_VOLUME,
    "ffv": _BY_VOLUME,
    "bulk_modulus": _BY_VOLUME,
    "cte": _BY_VOLUME,
    "radius_of_gyration": Rule("mass", _same, _same, "additive by mass"),
    "band_gap": _BY_MOLE,
    "band_gap_bulk": _BY_MOLE,
    "ionisation_energy": _BY_MOLE,
    "electron_affinity": _BY_MOLE,
    "atomisation_energy": Rule("mass", _same, _same, "additive by mass"),
}
_REFUSED = {
    "Tm": "comonomers disturb crystals, which melt lower or not at all",
    "crystallinity": "comonomers disturb crystals",
    "dielectric_constant_dft": "it is that of a crystal, which comonomers disturb",
    "refractive_index_dft": "it is that of a crystal, which comonomers disturb",
}


def rule_of(name: str) -> Rule:
    """Return how a property adds up; raises NotCoveredError where it does not."""
    if name in RULES:
        return RULES[name]
    if name.startswith(("P_", "selectivity_")):
        return _LOGARITHM
    why = _REFUSED.get(name, "no mixing rule is known to hold")
    raise NotCoveredError(f"{name} of a copolymer does not follow from its units: {why}.", hint=f"Rules: {_listed()}.")


def _listed() -> str:
    return ", ".join((*RULES, "permeabilities and selectivities"))


def predict_copolymer(
    parts: Sequence[Part],
    properties: Sequence[str] | None = None,
    *,
    basis: Basis = "mole",
    architecture: str = "statistical",
    tier: Tier = "accurate",
    coverage: float = 0.9,
    folder: Path = SHIPPED,
) -> dict[str, Value]:
    """Predict properties of a statistical copolymer.

    Parameters
    ----------
    parts : sequence of (Polymer, float)
        Units, each as its homopolymer, and their amounts.
    properties : sequence of str, optional
        Property ids or names; all that have a model and a mixing rule when left out.
    basis : {"mole", "mass"}
        What the amounts count: repeat units as ``Polymer.smiles`` writes them, or mass.
    architecture : str
        "statistical", or "alternating" for two units in equal numbers.
    tier : {"accurate", "fast"}
        Models that answer for the chains behind the dyads.
    coverage : float
        Nominal coverage of the intervals of those chains.
    folder : Path
        Artefact folder.

    Returns
    -------
    dict of str to Value
        By property id. Intervals add the parts' intervals as if their errors were the same, plus half the distance
        between the answers with and without alternating dyads; they have not been calibrated on copolymers.

    Raises
    ------
    InputError
        If the composition cannot be read.
    NotCoveredError
        If the architecture is a block copolymer or blend, or a property that was asked for has no mixing rule.
    UnknownNameError
        If a property is unknown or has no model.
    """
    made = Composition.of(parts, basis)
    _check_architecture(architecture, made)
    known = available(folder)
    wanted = wanted_properties(properties, folder)
    rules = {name: rule_of(name) for name in wanted}
    terms, whole = dyads_of(made)
    if architecture == "alternating":
        if not whole:
            raise NotCoveredError(
                "These units cannot be joined into an alternating chain.", hint="Give the chain itself."
            )
        terms = [term for term in terms if term.units == (0, 1)]
    needed = list(dict.fromkeys([*wanted, "density"])) if "density" in known else wanted
    chains = [chain for term in terms for chain in term.chains]
    everyone = list(dict.fromkeys([*chains, *made.polymers]))
    values = dict(zip(everyone, predict(everyone, needed, tier=tier, coverage=coverage, folder=folder), strict=True))
    volume = made.volume([values[item]["density"].value for item in made.polymers]) if "density" in known else made.mass
    amounts = {"mole": made.mole, "mass": made.mass, "volume": volume}
    return {
        name: _combined(name, rule, made, terms, values, amounts[rule.measure], whole=whole)
        for name, rule in rules.items()
    }


def wanted_properties(properties: Sequence[str] | None, folder: Path = SHIPPED) -> list[str]:
    """Return the ids of properties that were asked for, or of all that have a model and a mixing rule.

    Parameters
    ----------
    properties : sequence of str or None
        Property ids or names.
    folder : Path
        Artefact folder.

    Returns
    -------
    list of str
        Property ids.

    Raises
    ------
    NotCoveredError
        If one has no mixing rule.
    """
    if properties is None:
        return [name for name in available(folder) if name in RULES or name.startswith(("P_", "selectivity_"))]
    wanted = list(dict.fromkeys(get_property(name).id for name in properties))
    for name in wanted:
        rule_of(name)
    return wanted


def mixed_values(
    made: Composition, values: dict[Polymer, dict[str, Value]], properties: Sequence[str]
) -> dict[str, Value]:
    """Mix homopolymers ideally, without dyads: one phase of long blocks.

    Parameters
    ----------
    made : Composition
        The parts.
    values : dict of Polymer to dict of str to Value
        Values of each homopolymer, density among them.
    properties : sequence of str
        Property ids, each with a mixing rule.

    Returns
    -------
    dict of str to Value
        By property id.
    """
    volume = made.volume([values[item]["density"].value for item in made.polymers])
    amounts = {"mole": made.mole, "mass": made.mass, "volume": volume}
    terms = [Dyad((place, place), (item,)) for place, item in enumerate(made.polymers)]
    found = {}
    for name in properties:
        rule = rule_of(name)
        value = _combined(name, rule, made, terms, values, amounts[rule.measure], whole=False)
        note = f"One phase of both blocks: {rule.name}, homopolymers alone. Not calibrated."
        found[name] = value.model_copy(update={"note": note})
    return found


def _check_architecture(architecture: str, made: Composition) -> None:
    if architecture in ("block", "blend", "graft"):
        raise NotCoveredError(
            f"A {architecture} of these units has phases with properties of their own.",
            hint="For two blocks see tools.properties.blocks: values of each phase, and whether they mix.",
        )
    if architecture not in ("statistical", "random", "alternating"):
        raise InputError(f"{architecture!r} is no architecture.", hint="Give statistical or alternating.")
    if architecture == "alternating" and (len(made.mole) != 2 or abs(made.mole[0] - 0.5) > 1e-6):
        raise InputError("An alternating copolymer has two units in equal numbers.", hint="Give 0.5 and 0.5 by mole.")


def _combined(
    name: str,
    rule: Rule,
    made: Composition,
    terms: list[Dyad],
    values: dict[Polymer, dict[str, Value]],
    fractions: Sequence[float],
    *,
    whole: bool,
) -> Value:
    """Mix the dyads of one property."""
    plain = [part / sum(fractions) for part in fractions]
    weights = [term.weight(fractions, made.mole) for term in terms] if whole else plain
    weights = [weight / sum(weights) for weight in weights]
    low = middle = high = 0.0
    for weight, term in zip(weights, terms, strict=True):
        for chain in term.chains:
            value, share = values[chain][name], weight / len(term.chains)
            ends = sorted(rule.forward(_bound(value, bound)) for bound in (value.lower, value.upper))
            low, high = low + share * ends[0], high + share * ends[1]
            middle += share * rule.forward(value.value)
    alone = [rule.forward(values[item][name].value) for item in made.polymers]
    without = sum(part * number for part, number in zip(plain, alone, strict=True))
    apart, plausible = abs(middle - without) / 2, get_property(name).plausible
    least, most = sorted(rule.forward(number) for number in plausible)
    bounds = sorted(rule.back(number) for number in (max(low - apart, least), min(high + apart, most)))
    first = values[terms[0].chains[0]][name]
    involved = [values[chain][name] for term in terms for chain in term.chains]
    simple = rule.back(without)
    shown = ", ".join(f"{item.smiles} {share:.4g}" for item, share in zip(made.polymers, made.mole, strict=True))
    note = f"Statistical copolymer: {rule.name}; {simple:.4g} {first.unit} without alternating dyads. Not calibrated."
    if not whole:
        note += " The units cannot be joined as written, so homopolymers alone stand for the chain."
    return first.model_copy(
        update={
            "value": min(max(rule.back(middle), plausible[0]), plausible[1]),
            "lower": max(bounds[0], plausible[0]),
            "upper": min(bounds[1], plausible[1]),
            "in_domain": all(value.in_domain is not False for value in involved),
            "conditions": first.conditions | {"mole fractions": shown},
            "inputs": inputs_hash([item.key for item in made.polymers], made.mole, first.source),
            "note": f"{note} {first.note}".strip(),
        }
    )


def _bound(value: Value, bound: float | None) -> float:
    return value.value if bound is None else bound
