"""Advanced property reasoning: trade-offs over two properties, upper bounds, and what a change of structure does."""

from __future__ import annotations

import itertools
import random
from typing import Final

from polybench.builders.chains import Chain
from polybench.builders.comparison_ranking import pair_task
from polybench.builders.drafting import (
    LETTERS,
    Bundle,
    Maker,
    Pool,
    draft,
    evidence,
    label_terms,
    label_words,
    lettered,
    some,
)
from polybench.builders.property_prediction import value_task
from polybench.builders.quantities import GASES
from polybench.builders.structural_understanding import mass_task
from polybench.task import Composition, Tolerance
from tools.simulation.robeson import excess

_CATEGORY: Final = "advanced_property_reasoning"
_TOOLS: Final = ("predict_properties",)
_GAS_PAIRS: Final = (("CO2", "CH4"), ("O2", "N2"), ("CO2", "N2"), ("H2", "CH4"), ("H2", "N2"))
_TRADES: Final = (
    ("Tg", "density@MD"), ("Tg", "refractive_index@MD"), ("Tg", "thermal_conductivity@MD"), ("Tg", "P_O2"),
    ("Tg", "P_CO2"), ("density@MD", "heat_capacity@MD"), ("refractive_index@MD", "density@MD"),
    ("thermal_conductivity@MD", "density@MD"), ("bulk_modulus@MD", "density@MD"), ("Tg", "Tm"), ("Tg", "density"),
)  # fmt: skip


def _with(pool: Pool, names: tuple[str, ...]) -> list[Chain]:
    first = pool.labels.get(names[0], [])
    return [item for item in first if all(name in item.labels for name in names[1:])]


def _apart(chains: list[Chain], name: str) -> bool:
    quantity = label_words(name)[0]
    values = sorted(item.labels[name].value for item in chains)
    return all(quantity.apart(low, high) for low, high in itertools.pairwise(values))


def _group(pool: Pool, rng: random.Random, count: int) -> tuple[tuple[str, str], list[Chain]] | None:
    """Draw chains that have two labels each, apart in both."""
    known = [names for names in _TRADES if len(_cached(pool, names)) >= count]
    names = some(rng, known)
    if names is None:
        return None
    candidates = _cached(pool, names)
    for _ in range(30):
        chains = rng.sample(candidates, count)
        if all(_apart(chains, name) for name in names):
            return names, chains
    return None


def _cached(pool: Pool, names: tuple[str, ...]) -> list[Chain]:
    key = "+".join(names)
    if key not in pool.cache:
        pool.cache[key] = _with(pool, names)
    return pool.cache[key]


def _pareto(pool: Pool, rng: random.Random) -> Bundle | None:
    """Which of four are not beaten in both properties at once."""
    drawn = _group(pool, rng, 4)
    if drawn is None:
        return None
    names, chains = drawn
    signs = [rng.choice((1, -1)) for _ in names]
    points = [tuple(s * item.labels[n].value for s, n in zip(signs, names, strict=True)) for item in chains]
    best = [
        not any(all(b >= a for a, b in zip(mine, other, strict=True)) and other != mine for other in points)
        for mine in points
    ]
    choices = {letter: item.smiles for letter, item in zip(LETTERS, chains, strict=False)}
    answer = [letter for letter, keep in zip(LETTERS, best, strict=False) if keep]
    if len(answer) == len(choices) and rng.random() < 0.8:  # properties that rise together leave nobody out
        return None
    aims = " and ".join(
        f"{'high' if sign > 0 else 'low'} {label_words(name)[1]}" for sign, name in zip(signs, names, strict=True)
    )
    question = (
        f"A designer wants {aims}. Which of these polymers are Pareto-optimal among themselves (no other one is at "
        "least as good in both)? Name all of them by letter."
    )
    return (
        draft(pool, _CATEGORY, "pareto", 3, question, "set", answer, chains=chains, choices=choices,
              tools_expected=_TOOLS, evidence=tuple(evidence(item, name) for item in chains for name in names),
              **label_terms(chains, names)),
    )  # fmt: skip


def _window(pool: Pool, rng: random.Random) -> Bundle | None:
    """Which one of four meets two bounds at once."""
    drawn = _group(pool, rng, 4)
    if drawn is None:
        return None
    names, chains = drawn
    right = chains[0]
    bounds = []
    for name in names:
        quantity, words = label_words(name)
        mine = right.labels[name].value
        above = rng.random() < 0.5
        others = [item.labels[name].value for item in chains[1:] if (item.labels[name].value < mine) == above]
        if not others:
            return None
        near = max(others) if above else min(others)
        article = "an" if words[0] in "aeiou" else "a"
        middle = (mine * near) ** 0.5 if quantity.ratio else (mine + near) / 2
        bound = float(f"{middle:.3g}")
        bounds.append((name, bound, above, f"{article} {words} {'above' if above else 'below'} {quantity.show(bound)}"))
    meets = [all((item.labels[n].value > b) == up for n, b, up, _ in bounds) for item in chains]
    if meets != [True, False, False, False]:
        return None
    choices, letter = lettered(rng, right.smiles, [item.smiles for item in chains[1:]])
    question = f"Which of these polymers has both {bounds[0][3]} and {bounds[1][3]}?"
    return (
        draft(pool, _CATEGORY, "two_bounds", 2, question, "mcq", letter, chains=chains, choices=choices,
              tools_expected=_TOOLS, evidence=tuple(evidence(item, name) for item in chains for name in names),
              **label_terms(chains, names)),
    )  # fmt: skip


def _upper_bound(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: above or below Robeson's 2008 upper bound, from two permeabilities."""
    one, other = some(rng, _GAS_PAIRS) or _GAS_PAIRS[0]
    names = (f"P_{one}", f"P_{other}")
    chain = some(rng, _cached(pool, names))
    if chain is None:
        return None
    first, second = (chain.labels[name].value for name in names)
    over = excess(f"{one}/{other}", first, first / second)
    if 0.5 < over < 2.0 or (over < 1 and rng.random() < 0.7):  # clear cases; most polymers lie below
        return None
    parts = [value_task(pool, chain, name) for name in names]
    question = (
        f"Does a membrane of the polymer {chain.smiles} lie above the 2008 Robeson upper bound for {GASES[one]} over "
        f"{GASES[other]} ({one}/{other})?"
    )
    whole = draft(
        pool, _CATEGORY, "upper_bound", 3, question, "boolean", over > 1, chains=[chain], tools_expected=_TOOLS,
        evidence=tuple(evidence(chain, name) for name in names),
        composition=Composition(
            subq_ids=tuple(part.id for part in parts), skills=("permeability", "permeability", "trade-off"), hops=4
        ),
        **label_terms([chain], names),
    )  # fmt: skip
    return (*parts, whole)


def _molar_volume(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: molar volume of the repeat unit, from molar mass and density."""
    name = some(rng, [item for item in ("density", "density@MD") if pool.labels.get(item)])
    chain = some(rng, pool.labels[name]) if name else None
    if chain is None or name is None:
        return None
    parts = [mass_task(pool, chain), value_task(pool, chain, name)]
    words = label_words(name)[1]
    question = f"What is the molar volume of the repeat unit {chain.smiles} in cm3/mol, by its molar mass and {words}?"
    whole = draft(
        pool, _CATEGORY, "molar_volume", 2, question, "numeric", round(chain.mass / chain.labels[name].value, 2),
        chains=[chain], unit="cm3/mol", tolerance=Tolerance(rel=0.05), evidence=(evidence(chain, name),),
        composition=Composition(
            subq_ids=tuple(part.id for part in parts), skills=("molar_mass", "density", "ratio"), hops=3
        ),
        **label_terms([chain], [name]),
    )  # fmt: skip
    return (*parts, whole)


def _change(pool: Pool, rng: random.Random) -> Bundle | None:
    """What happens on the way from one chain to another of its class that differs by a few atoms."""
    names = [name for name in sorted(pool.labels) if len(pool.labels[name]) >= 20]
    name = rng.choices(names, [len(pool.labels[item]) ** 0.5 for item in names])[0] if names else None
    if name is None:
        return None
    quantity, words = label_words(name)
    one = some(rng, pool.labels[name])
    if one is None or one.main == "other":
        return None
    alike = [
        item
        for item in rng.sample(pool.labels[name], min(400, len(pool.labels[name])))
        if item.main == one.main and item.family != one.family and abs(item.mass - one.mass) < 45
        and quantity.apart(item.labels[name].value, one.labels[name].value)
    ]  # fmt: skip
    up = rng.random() < 0.5
    other = some(rng, [item for item in alike if (item.labels[name].value > one.labels[name].value) == up])
    if other is None:
        return None
    part = pair_task(pool, one, other, name)
    question = f"A chemist replaces the repeat unit {one.smiles} by the related {other.smiles}. Does the {words} rise?"
    whole = draft(
        pool, _CATEGORY, "effect_of_change", 2, question, "boolean", up, chains=[one, other], property=quantity.id,
        tools_expected=_TOOLS, evidence=(evidence(one, name), evidence(other, name)),
        composition=Composition(subq_ids=(part.id,), skills=("prediction", "structure-property"), hops=2),
        **label_terms([one, other], [name]),
    )  # fmt: skip
    return (part, whole)


MAKERS: Final[tuple[Maker, ...]] = (_pareto, _window, _upper_bound, _molar_volume, _change)
