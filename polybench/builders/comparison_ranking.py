"""Comparison and ranking: values further apart than the noise of their labels."""

from __future__ import annotations

import itertools
import random
from typing import Final

from polybench.builders.chains import Chain
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
)
from polybench.task import Composition, Task

_CATEGORY: Final = "comparison_ranking"
_TOOLS: Final = ("predict_properties",)
_TRIES: Final = 30


def _label(pool: Pool, rng: random.Random) -> str | None:
    names = [name for name in sorted(pool.labels) if len(pool.labels[name]) >= 8]
    return rng.choices(names, [len(pool.labels[name]) ** 0.5 for name in names])[0] if names else None


def spread(pool: Pool, rng: random.Random, name: str, count: int, times: float = 1.0) -> list[Chain] | None:
    """Draw chains whose values lie further apart than the noise, in no order.

    Parameters
    ----------
    pool : Pool
        Where they are drawn.
    rng : random.Random
        Source of chance.
    name : str
        Label.
    count : int
        How many.
    times : float
        Multiple of the noise.
    """
    quantity = label_words(name)[0]
    chosen: list[Chain] = []
    candidates = pool.labels[name]
    for _ in range(_TRIES * count):
        chain = candidates[rng.randrange(len(candidates))]
        value = chain.labels[name].value
        if all(
            quantity.apart(value, item.labels[name].value, times) and item.family != chain.family for item in chosen
        ):
            chosen.append(chain)
            if len(chosen) == count:
                rng.shuffle(chosen)
                return chosen
    return None


def pair_task(pool: Pool, one: Chain, other: Chain, name: str) -> Task:
    """Ask which of two chains has the higher value."""
    quantity, words = label_words(name)
    higher = one.labels[name].value > other.labels[name].value
    question = f"Which of the two polymers has the higher {words}?"
    return draft(
        pool, _CATEGORY, f"higher_{name.replace('@', '_')}", 1, question, "mcq", "A" if higher else "B",
        chains=[one, other], choices={"A": one.smiles, "B": other.smiles}, property=quantity.id, tools_expected=_TOOLS,
        evidence=(evidence(one, name), evidence(other, name)), **label_terms([one, other], [name]),
    )  # fmt: skip


def _pair(pool: Pool, rng: random.Random) -> Bundle | None:
    name = _label(pool, rng)
    chains = spread(pool, rng, name, 2) if name else None
    return (pair_task(pool, chains[0], chains[1], name),) if chains and name else None


def _extreme(pool: Pool, rng: random.Random) -> Bundle | None:
    name = _label(pool, rng)
    chains = spread(pool, rng, name, 4) if name else None
    if not chains or not name:
        return None
    quantity, words = label_words(name)
    lowest = rng.random() < 0.5
    right = sorted(chains, key=lambda item: item.labels[name].value, reverse=not lowest)[0]
    wrong = [item.smiles for item in chains if item is not right]
    choices, letter = lettered(rng, right.smiles, wrong)
    question = f"Which of these polymers has the {'lowest' if lowest else 'highest'} {words}?"
    return (
        draft(pool, _CATEGORY, f"extreme_{name.replace('@', '_')}", 2, question, "mcq", letter, chains=chains,
              choices=choices, property=quantity.id, tools_expected=_TOOLS,
              evidence=tuple(evidence(item, name) for item in chains), **label_terms(chains, [name])),
    )  # fmt: skip


def _ranking(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: an order of three to five, with the comparisons of neighbours as its parts."""
    name = _label(pool, rng)
    chains = spread(pool, rng, name, rng.choice((3, 3, 4, 5))) if name else None
    if not chains or not name:
        return None
    quantity, words = label_words(name)
    upwards = rng.random() < 0.5
    choices = {letter: item.smiles for letter, item in zip(LETTERS, chains, strict=False)}
    order = sorted(choices, key=lambda letter: chains[LETTERS.index(letter)].labels[name].value, reverse=not upwards)
    ranked = [chains[LETTERS.index(letter)] for letter in order]
    parts = [pair_task(pool, one, other, name) for one, other in itertools.pairwise(ranked)]
    way = "lowest to highest" if upwards else "highest to lowest"
    question = f"Rank these polymers by {words}, from {way}."
    whole = draft(
        pool, _CATEGORY, f"ranking_{name.replace('@', '_')}", 3, question, "ranking", order, chains=chains,
        choices=choices, property=quantity.id, tools_expected=_TOOLS,
        evidence=tuple(evidence(item, name) for item in chains),
        composition=Composition(
            subq_ids=tuple(part.id for part in parts), skills=("prediction", "compare", "order"), hops=len(chains)
        ),
        **label_terms(chains, [name]),
    )  # fmt: skip
    return (*parts, whole)


def _by_mass(pool: Pool, rng: random.Random) -> Bundle | None:
    """An order that needs no property model: molar mass of the repeat unit."""
    if len(pool.chains) < 4:
        return None
    chains = rng.sample(pool.chains, 4)
    masses = sorted(item.mass for item in chains)
    if any(high - low < 5 for low, high in itertools.pairwise(masses)):
        return None
    choices = {letter: item.smiles for letter, item in zip(LETTERS, chains, strict=False)}
    order = sorted(choices, key=lambda letter: chains[LETTERS.index(letter)].mass)
    question = "Rank these repeat units by molar mass, from lowest to highest."
    return (
        draft(pool, _CATEGORY, "ranking_molar_mass", 2, question, "ranking", order, chains=chains, choices=choices,
              tools_expected=("identify_polymer",)),
    )  # fmt: skip


def _screen(pool: Pool, rng: random.Random) -> Bundle | None:
    """Which of five pass a bound that lies in a gap between their values."""
    name = _label(pool, rng)
    chains = spread(pool, rng, name, 5) if name else None
    if not chains or not name:
        return None
    quantity, words = label_words(name)
    values = sorted(item.labels[name].value for item in chains)
    low, high = (lambda place: (values[place], values[place + 1]))(rng.randrange(4))
    bound = float(f"{(low * high) ** 0.5 if quantity.ratio else (low + high) / 2:.3g}")
    if not low < bound < high:
        return None
    above = rng.random() < 0.5
    choices = {letter: item.smiles for letter, item in zip(LETTERS, chains, strict=False)}
    answer = [
        letter for letter, item in zip(LETTERS, chains, strict=False) if (item.labels[name].value > bound) == above
    ]
    side, article = "above" if above else "below", "an" if words[0] in "aeiou" else "a"
    question = (
        f"Which of these polymers have {article} {words} {side} {quantity.show(bound)}? Name all of them by letter."
    )
    return (
        draft(pool, _CATEGORY, f"screen_{name.replace('@', '_')}", 2, question, "set", answer, chains=chains,
              choices=choices, property=quantity.id, tools_expected=_TOOLS,
              evidence=tuple(evidence(item, name) for item in chains), **label_terms(chains, [name])),
    )  # fmt: skip


MAKERS: Final[tuple[Maker, ...]] = (_pair, _extreme, _ranking, _by_mass, _screen)
