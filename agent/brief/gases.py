"""Phrases for gas permeability and selectivity, made from the gases rather than listed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tools.core.properties import all_properties

GASES: dict[str, tuple[str, ...]] = {
    "O2": ("O2", "oxygen"),
    "N2": ("N2", "nitrogen"),
    "CO2": ("CO2", "carbon dioxide", "carbon-dioxide"),
    "CH4": ("CH4", "methane"),
    "H2": ("H2", "hydrogen"),
    "He": ("He", "helium"),
}
_ONE = (
    "{a} permeability", "{a} gas permeability", "permeability to {a}", "permeability of {a}", "permeability for {a}",
    "permeability towards {a}", "permeability toward {a}", "permeability ({a})", "permeability {a}", "P({a})", "P{a}",
    "P {a}", "{a} permeation", "{a} permeability coefficient", "permeability coefficient of {a}",
    "permeability coefficient for {a}", "{a}-permeability", "gas permeability to {a}", "permeability to {a} gas",
    "permeability (to {a})",
)  # fmt: skip
_TWO = (
    "{a} and {b} permeability", "permeability to {a} and {b}", "permeability of {a} and {b}", "{a}, {b} permeability",
    "{a} and {b} permeabilities", "permeabilities of {a} and {b}", "permeabilities to {a} and {b}",
    "permeabilities for {a} and {b}",
    "permeability for {a} and {b}", "permeability to both {a} and {b}", "{a} and {b} permeability coefficient",
)  # fmt: skip
_PAIR = (
    "{p} selectivity", "{p} permselectivity", "{p} ideal selectivity", "{p} separation factor", "selectivity {p}",
    "selectivity for {p}", "selectivity of {p}", "selectivity ({p})", "ideal selectivity {p}", "ideal {p} selectivity",
    "ideal selectivity for {p}", "α({p})", "α {p}", "alpha {p}", "alpha({p})", "ideal selectivity of {p}",
    "permselectivity {p}", "permselectivity for {p}", "permselectivity of {p}", "{p} gas selectivity",
    "{p} perm-selectivity", "separation factor {p}", "selectivity in {p}", "selectivity towards {p}",
    "selectivity ({p} pair)", "α{p}", "ideal selectivity ({p})",
)  # fmt: skip
_JOIN = ("{a}/{b}", "{a} over {b}", "{a} vs {b}", "{a} versus {b}", "{a}:{b}", "{a} to {b}", "{a}-{b}", "{a} from {b}",
         "{a} against {b}", "{a} relative to {b}")  # fmt: skip

_BARE_JOIN = frozenset({"{a}/{b}", "{a}:{b}", "{a} over {b}", "{a} from {b}", "{a} vs {b}"})


def gas_phrases() -> Iterator[tuple[str, str, object]]:
    """List every phrase for a gas property.

    Yields
    ------
    tuple of (str, str, object)
        Phrase, kind (``prop`` or ``unknown``) and the property id, tuple of ids, or reason.
    """
    for gas, names in GASES.items():
        for name in names:
            yield name, "gas", f"P_{gas}"
            for template in _ONE:
                yield template.format(a=name), "prop", f"P_{gas}"
        for other in GASES:
            if other != gas:
                yield from _pair_phrases(gas, other)
    for phrase in ("permeability", "gas permeability", "permeability coefficient"):
        yield phrase, "generic", "gas"
    for phrase in ("selectivity", "gas selectivity", "permselectivity", "ideal selectivity", "separation factor"):
        yield phrase, "generic", "gaspair"


def _pair_phrases(gas: str, other: str) -> Iterator[tuple[str, str, object]]:
    pair = f"selectivity_{gas}_{other}"
    known = pair in all_properties()
    value = pair if known else f"the registry has no {gas}/{other} selectivity"
    for name, second in product(GASES[gas], GASES[other]):
        for template in _TWO:
            yield template.format(a=name, b=second), "prop", (f"P_{gas}", f"P_{other}")
        for join in _JOIN:
            joined = join.format(a=name, b=second)
            if known and join in _BARE_JOIN:
                yield joined, "gaspair", pair
            for template in _PAIR:
                yield template.format(p=joined), "prop" if known else "unknown", value
