"""Careless and lying teachers: right chains with one thing made wrong, to measure what the check lets through."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from finetune.distill.chain import Chain, Step
from finetune.distill.quantities import amounts

_MASK = re.compile(r"\[F\d+\]|\bS\d+\b")


def _numbered(text: str) -> list[tuple[int, int]]:
    """Places of the numbers of a step that are no references."""
    hidden = [(match.start(), match.end()) for match in _MASK.finditer(text)]
    return [(a, b) for _, a, b in amounts(text) if not any(a < end and b > start for start, end in hidden)]


def _in_step(chain: Chain, place: int, text: str) -> Chain:
    steps = list(chain.steps)
    steps[place] = Step(steps[place].question, text)
    return replace(chain, steps=tuple(steps))


def number(chain: Chain, rng: random.Random) -> Chain | None:
    """Change one number of one step by 3 to 40 per cent, or by one."""
    spots = [(place, spot) for place, step in enumerate(chain.steps) for spot in _numbered(step.text)]
    if not spots:
        return None
    place, (start, end) = rng.choice(spots)
    text = chain.steps[place].text
    shown = re.match(r"[-+]?[\d.]+(?:e[-+]?\d+)?", text[start:end])
    if shown is None:
        return None
    old = shown.group()
    value = float(old)
    new = (
        f"{value + rng.choice((-1, 1)):g}"
        if value == int(value) and abs(value) < 50
        else f"{value * rng.choice((0.6, 0.9, 0.97, 1.03, 1.2, 1.4)):.5g}"
    )
    return _in_step(chain, place, text[:start] + new + text[start + len(old) :]) if new != old else None


_UNITS: Final = {
    "K": "degC", "degC": "K", "g/cm3": "kg/m3", "kg/m3": "g/cm3", "Barrer": "GPa", "GPa": "MPa", "MPa": "GPa",
    "g/mol": "kg/mol", "cm3/mol": "g/mol", "W/m/K": "mW/m/K", "J/kg/K": "kJ/kg/K", "nm": "um", "eV": "J",
}  # fmt: skip


def unit(chain: Chain, rng: random.Random) -> Chain | None:
    """Give one number of a step another unit."""
    spots = []
    for place, step in enumerate(chain.steps):
        for amount, start, end in amounts(step.text):
            if amount.unit in _UNITS:
                spots.append((place, start, end, amount.unit))
    if not spots:
        return None
    place, start, end, old = rng.choice(spots)
    text = chain.steps[place].text
    return _in_step(chain, place, text[: end - len(old)] + _UNITS[old] + text[end:])


def swap(chain: Chain, rng: random.Random) -> Chain | None:
    """Exchange the contents of two steps, each with its sub-question."""
    if len(chain.steps) < 2:
        return None
    one, other = rng.sample(range(len(chain.steps)), 2)
    if chain.steps[one].text == chain.steps[other].text:
        return None
    steps = list(chain.steps)
    steps[one], steps[other] = steps[other], steps[one]
    return replace(chain, steps=tuple(steps))


def fact(chain: Chain, rng: random.Random) -> Chain | None:
    """Change a number of a stated fact."""
    spots = [(place, a, b) for place, text in chain.facts.items() for _, a, b in amounts(text)]
    if not spots:
        return None
    place, start, _ = rng.choice(spots)
    text = chain.facts[place]
    digit = text[start] if text[start].isdigit() else text[start + 1]
    at = text.index(digit, start)
    new = text[:at] + str((int(digit) + rng.randint(1, 8)) % 10) + text[at + 1 :]
    return replace(chain, facts={**chain.facts, place: new})


def sign(chain: Chain, rng: random.Random) -> Chain | None:
    """Turn a comparison round."""
    places = [place for place, step in enumerate(chain.steps) if re.search(r"\s[<>]\s", step.text)]
    if not places:
        return None
    place = rng.choice(places)
    turned = re.sub(
        r"\s([<>])\s", lambda found: " < " if found.group(1) == ">" else " > ", chain.steps[place].text, count=1
    )
    return _in_step(chain, place, turned)


def source(chain: Chain, rng: random.Random) -> Chain | None:
    """Take the citations out of a step that needs them."""
    places = [place for place, step in enumerate(chain.steps) if "[F" in step.text and _numbered(step.text)]
    if not places:
        return None
    place = rng.choice(places)
    return _in_step(chain, place, re.sub(r"\s*\[F\d+\]", "", chain.steps[place].text))


def answer(chain: Chain, rng: random.Random) -> Chain | None:
    """State another answer than the one that was reached."""
    if chain.answer in ("yes", "no"):
        return replace(chain, answer="no" if chain.answer == "yes" else "yes")
    if re.fullmatch(r"[A-H]", chain.answer):
        return replace(chain, answer=rng.choice([letter for letter in "ABCD" if letter != chain.answer]))
    found = amounts(chain.answer)
    if len(found) == 1 and found[0][0].value:
        shown = f"{found[0][0].value * 1.7:.5g}"
        return replace(chain, answer=f"{shown} {found[0][0].unit}".strip())
    return None


def leaked(chain: Chain, rng: random.Random) -> Chain | None:
    """Say the answer among the sub-questions."""
    del rng
    first = f"{chain.questions[0]} <answer>{chain.answer}</answer>"
    return replace(chain, questions=(first, *chain.questions[1:]))


def structure(chain: Chain, rng: random.Random) -> Chain | None:
    """Put a structure that nobody asked for into the last step."""
    text = f"{chain.steps[-1].text}, as in {rng.choice(('*CC(*)CC(F)(F)Cl', '*OCC(C#N)C(*)=O', 'CC(=O)NCC(F)Br'))}"
    return _in_step(chain, len(chain.steps) - 1, text)


KINDS: Final[dict[str, Callable[[Chain, random.Random], Chain | None]]] = {
    "number in a step": number,
    "unit in a step": unit,
    "steps swapped": swap,
    "number in a fact": fact,
    "comparison turned": sign,
    "citation dropped": source,
    "answer changed": answer,
    "answer leaked": leaked,
    "structure invented": structure,
}
