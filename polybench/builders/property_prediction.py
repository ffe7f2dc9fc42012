"""Property prediction: one number from one structure, in the usual or another unit, and bounds that it may pass."""

from __future__ import annotations

import random
from typing import Final

from polybench.builders.chains import Chain
from polybench.builders.drafting import (
    Bundle,
    Maker,
    Pool,
    draft,
    evidence,
    label_terms,
    label_words,
    lettered,
    profile,
    some,
)
from polybench.builders.quantities import GASES, QUANTITIES
from polybench.task import Composition, Task, Tolerance

_CATEGORY: Final = "property_prediction"
_TOOLS: Final = ("predict_properties",)


def value_task(pool: Pool, chain: Chain, name: str) -> Task:
    """Ask for the value of a property.

    Parameters
    ----------
    pool : Pool
        Where it is built.
    chain : Chain
        A chain with the label.
    name : str
        Label, such as ``"Tg"`` or ``"density@MD"``.
    """
    quantity, words = label_words(name)
    unit = "" if quantity.unit == "dimensionless" else f" in {quantity.unit}"
    return draft(
        pool, _CATEGORY, f"value_{name.replace('@', '_')}", 1,
        f"What is the {words} of the polymer with the repeat unit {chain.smiles}{unit}?",
        "numeric", float(f"{chain.labels[name].value:.5g}"), chains=[chain], property=quantity.id,
        unit="" if quantity.unit == "dimensionless" else quantity.unit, tolerance=quantity.tolerance,
        context=profile(chain, [quantity.id]), evidence=(evidence(chain, name),), tools_expected=_TOOLS,
        **label_terms([chain], [name]),
    )  # fmt: skip


def _drawn(pool: Pool, rng: random.Random) -> tuple[str, Chain] | None:
    """Draw a label and a chain that has it; rare properties as often as half the root of their number allows."""
    names = sorted(pool.labels)
    if not names:
        return None
    weights = [len(pool.labels[name]) ** 0.5 for name in names]
    name = rng.choices(names, weights)[0]
    chain = some(rng, pool.labels[name])
    return (name, chain) if chain else None


def _value(pool: Pool, rng: random.Random) -> Bundle | None:
    drawn = _drawn(pool, rng)
    return (value_task(pool, drawn[1], drawn[0]),) if drawn else None


def _other_unit(pool: Pool, rng: random.Random) -> Bundle | None:
    drawn = _drawn(pool, rng)
    if drawn is None:
        return None
    name, chain = drawn
    quantity, words = label_words(name)
    if not quantity.other:
        return None
    unit, factor, offset = quantity.other[0]
    tolerance = Tolerance(abs=(quantity.tolerance.abs or 0.0) * factor)
    written = "°C" if unit == "degC" else unit
    question = f"Estimate the {words} of the polymer with the repeat unit {chain.smiles} in {written}."
    value = round(chain.labels[name].value * factor + offset, 3)
    return (
        draft(pool, _CATEGORY, f"other_unit_{name.replace('@', '_')}", 2, question, "numeric", value, chains=[chain],
              property=quantity.id, unit=unit, tolerance=tolerance, context=profile(chain, [quantity.id]),
              evidence=(evidence(chain, name),), tools_expected=_TOOLS, **label_terms([chain], [name])),
    )  # fmt: skip


def _above(pool: Pool, rng: random.Random) -> Bundle | None:
    """Whether a value passes a bound that another chain's value sets, further off than the noise."""
    drawn = _drawn(pool, rng)
    if drawn is None:
        return None
    name, chain = drawn
    quantity, words = label_words(name)
    value, above = chain.labels[name].value, rng.random() < 0.5
    others = (item.labels[name].value for item in rng.sample(pool.labels[name], min(12, len(pool.labels[name]))))
    bound = next((item for item in others if quantity.apart(value, item) and (value > item) == above), None)
    if bound is None:
        return None
    question = f"Is the {words} of the polymer with the repeat unit {chain.smiles} above {quantity.show(bound)}?"
    if (value > float(f"{bound:.{quantity.digits}g}")) != above:
        return None
    return (
        draft(pool, _CATEGORY, f"above_{name.replace('@', '_')}", 1, question, "boolean", above, chains=[chain],
              property=quantity.id, context=profile(chain, [quantity.id]), evidence=(evidence(chain, name),),
              tools_expected=_TOOLS, **label_terms([chain], [name])),
    )  # fmt: skip


def _range(pool: Pool, rng: random.Random) -> Bundle | None:
    """Which of four ranges holds a value, no nearer to another than half the noise; quarters of the split's values."""
    drawn = _drawn(pool, rng)
    if drawn is None or len(pool.labels[drawn[0]]) < 40:
        return None
    name, chain = drawn
    quantity, words = label_words(name)
    values = sorted(item.labels[name].value for item in pool.labels[name])
    cuts = [float(f"{values[len(values) * part // 4]:.3g}") for part in (1, 2, 3)]
    if len(set(cuts)) < 3:
        return None
    value = chain.labels[name].value
    if not all(quantity.apart(value, cut, 0.5) for cut in cuts):
        return None
    shown = [f"below {cuts[0]:g}", f"{cuts[0]:g} to {cuts[1]:g}", f"{cuts[1]:g} to {cuts[2]:g}", f"above {cuts[2]:g}"]
    place = sum(value >= cut for cut in cuts)
    right = shown.pop(place)
    choices, letter = lettered(rng, right, shown)
    unit = "" if quantity.unit == "dimensionless" else f" (in {quantity.unit})"
    question = f"In which range does the {words}{unit} of the polymer with the repeat unit {chain.smiles} lie?"
    return (
        draft(pool, _CATEGORY, f"range_{name.replace('@', '_')}", 2, question, "mcq", letter, chains=[chain],
              choices=choices, property=quantity.id, context=profile(chain, [quantity.id]),
              evidence=(evidence(chain, name),), tools_expected=_TOOLS, **label_terms([chain], [name])),
    )  # fmt: skip


def _selectivity(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: an ideal selectivity, from two permeabilities."""
    pair = some(rng, (("CO2", "CH4"), ("CO2", "N2"), ("O2", "N2"), ("H2", "CH4"), ("H2", "N2"))) or ("O2", "N2")
    names = [f"P_{gas}" for gas in pair]
    both = [item for item in pool.labels.get(names[0], ()) if names[1] in item.labels]
    chain = some(rng, both)
    if chain is None:
        return None
    parts = [value_task(pool, chain, name) for name in names]
    ratio = chain.labels[names[0]].value / chain.labels[names[1]].value
    words = " over ".join(f"{GASES[gas]} ({gas})" for gas in pair)
    question = f"What is the ideal selectivity of {words} of a membrane of the polymer {chain.smiles}?"
    whole = draft(
        pool, _CATEGORY, "selectivity", 3, question, "numeric", float(f"{ratio:.4g}"), chains=[chain],
        property=f"selectivity_{pair[0]}_{pair[1]}", tolerance=Tolerance(factor=1.5),
        context=profile(chain, names), tools_expected=_TOOLS, evidence=tuple(evidence(chain, item) for item in names),
        composition=Composition(
            subq_ids=tuple(part.id for part in parts), skills=("permeability", "permeability", "ratio"), hops=3
        ),
        **label_terms([chain], names),
    )  # fmt: skip
    return (*parts, whole)


MAKERS: Final[tuple[Maker, ...]] = (_value, _value, _other_unit, _above, _range, _selectivity)
KNOWN: Final = tuple(QUANTITIES)
