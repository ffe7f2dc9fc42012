"""Chains from known values: orders, bounds, trade-offs, ratios, upper bounds and molar volumes."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from finetune.distill.profile import Profile
from finetune.distill.quantities import Amount, amounts
from polybench.run.reading import ascending, bounds, wants_lowest
from polybench.task import Task
from tools.core.properties import get_property

Worked = tuple[list[str], list[tuple[int, str]], str]
Row = dict[str, tuple[Amount, int]]  # by property: value, and number of its fact

_HEAD = re.compile(r"(?P<who>[^,]+), (?P<what>[^:]+): (?P<value>.+)")


def compare_values(task: Task, profile: Profile) -> Worked | None:
    """Work out a task from the values of its profile.

    Parameters
    ----------
    task : Task
        The task.
    profile : Profile
        With facts such as "Choice A, Tg: 373 K".

    Returns
    -------
    tuple or None
        Sub-questions, steps and answer.
    """
    rows: dict[str, Row] = {}
    for place, fact in enumerate(profile.facts, 1):
        match = _HEAD.fullmatch(fact.text)
        found = amounts(match.group("value")) if match else []
        if match and found:
            rows.setdefault(match.group("who").removeprefix("Choice "), {})[match.group("what")] = (found[0][0], place)
    if not rows:
        return None
    name = task.subtask
    if name in ("selectivity", "upper_bound"):
        return _membrane(task, profile)
    if name == "molar_volume":
        return _volume(rows)
    if name == "pareto":
        return _pareto(task, rows)
    if name in ("two_bounds", "effect_of_change") or name.startswith("screen_"):
        return _bounded(task, rows) if name != "effect_of_change" else _change(task, rows)
    return _ordered(task, rows)


def said(entry: tuple[Amount, int]) -> str:
    """Write a value with its unit and the fact that holds it."""
    amount, place = entry
    return f"{amount.value:.6g} {amount.unit}".strip() + f" [F{place}]"


def _compared(one: tuple[Amount, int], other: tuple[Amount, int]) -> str:
    sign = ">" if one[0].value > other[0].value else "<" if one[0].value < other[0].value else ">="
    return f"{said(one)} {sign} {said(other)}"


def _single(rows: dict[str, Row]) -> dict[str, tuple[Amount, int]]:
    return {who: next(iter(row.values())) for who, row in rows.items()}


def _ordered(task: Task, rows: dict[str, Row]) -> Worked:
    values = _single(rows)
    if task.answer_type == "ranking":
        up = ascending(task.question)
        order = sorted(values, key=lambda who: values[who][0].value, reverse=not up)
        steps = [(1, f"{one} and {other}: {_compared(values[one], values[other])}") for one, other in pairwise(order)]
        answer = ", ".join(order)
        questions = ["How do neighbours in the order compare?", "What is the order?"]
        return questions, [*steps, (2, f"The order is {answer}")], answer
    low = wants_lowest(task.question)
    pick = (min if low else max)(values, key=lambda who: values[who][0].value)
    steps = [(1, f"{pick} and {who}: {_compared(values[pick], values[who])}") for who in values if who != pick]
    questions = ["How does the candidate compare with each other one?", "Which one is it?"]
    return questions, [*steps, (2, f"So the answer is {pick}")], pick


def _change(task: Task, rows: dict[str, Row]) -> Worked | None:
    values = _single(rows)
    if set(values) != {"The first polymer", "The second polymer"}:
        return None
    one, other = values["The first polymer"], values["The second polymer"]
    falls = re.search(r"\b(fall|drop|decrease|lower)", task.question, re.IGNORECASE)
    holds = other[0].value < one[0].value if falls else other[0].value > one[0].value
    answer = "yes" if holds else "no"
    text = f"Second against first: {_compared(other, one)}, so the answer is {answer}"
    return ["How do the two values compare?"], [(1, text)], answer


def _bounded(task: Task, rows: dict[str, Row]) -> Worked | None:
    """Which choices meet every bound of the question."""
    limits = [(bound.property.id, bound.value, bound.above) for bound in bounds(task.question)]
    if not limits:
        return None
    steps, kept = [], []
    for who, row in rows.items():
        meets = True
        for name, value, above in limits:
            if name not in row:
                return None
            entry = row[name]
            unit = get_property(name).unit
            limit = f"{value:.6g} {'' if unit == 'dimensionless' else unit}".strip()
            over = entry[0].value > value
            steps.append((1, f"{who}: {said(entry)} {'>' if over else '<='} {limit}"))
            meets = meets and over == above
        kept += [who] if meets else []
    if task.answer_type == "mcq" and len(kept) != 1:
        return None
    answer = ", ".join(kept) or "none"
    questions = ["On which side of the limits does each one lie?", "Which ones are on the right side?"]
    return questions, [*steps, (2, f"On the right side: {answer}")], answer


_AIM = re.compile(r"\b(high|low)(?:er|est)?\b")


def _pareto(task: Task, rows: dict[str, Row]) -> Worked | None:
    """Which choices are beaten by no other one in both properties."""
    names = list(next(iter(rows.values())))
    aims = [found.group(1) for found in _AIM.finditer(task.question.casefold())]
    signs = _signs(task, names, aims)
    if signs is None or any(set(row) != set(names) for row in rows.values()):
        return None
    steps, kept = [], []
    for who, row in rows.items():
        better = [
            other
            for other, its in rows.items()
            if other != who
            and all(
                sign * its[name][0].value >= sign * row[name][0].value for name, sign in zip(names, signs, strict=True)
            )
        ]
        if not better:
            kept.append(who)
            continue
        its = rows[better[0]]
        pairs = " and ".join(_compared(its[name], row[name]) for name in names)
        steps.append((1, f"{better[0]} is at least as good as {who} in both: {pairs}"))
    steps = steps or [(1, "No one is at least as good as another in both")]
    answer = ", ".join(kept)
    return ["Which ones are beaten in both?", "Which ones are left?"], [*steps, (2, f"Left are {answer}")], answer


def _signs(task: Task, names: list[str], aims: list[str]) -> list[int] | None:
    """Direction of each property: the aims stand in the order in which the question names the properties."""
    if len(names) != 2 or len(aims) != 2:
        return None
    from polybench.run.reading import properties

    order = [item.id for item in properties(task.question)]
    if any(name not in order for name in names):
        return None
    directions = dict(zip(sorted(names, key=order.index), aims, strict=True))
    return [1 if directions[name] == "high" else -1 for name in names]


_DIGITS: Final = 6


def _membrane(task: Task, profile: Profile) -> Worked | None:
    """Selectivity, and the side of Robeson's upper bound."""
    found = [amounts(fact.text.rpartition(": ")[2])[0][0] for fact in profile.facts[:2]]
    one, other = found
    alpha = float(f"{one.value / other.value:.{_DIGITS}g}")
    ratio = f"({said((one, 1)).split(' [')[0]}) / ({said((other, 2)).split(' [')[0]}) = {alpha:.{_DIGITS}g}"
    steps = [(1, f"From [F1] and [F2]: {ratio}")]
    if task.subtask == "selectivity":
        return ["What is the ratio of the permeabilities?"], steps, f"{alpha:.{_DIGITS}g}"
    front, power = (amount for amount, _, _ in amounts(profile.facts[2].text))
    limit = float(f"{front.value * alpha**power.value:.{_DIGITS}g}")
    sign = ">" if one.value > limit else "<"
    answer = "yes" if one.value > limit else "no"
    steps += [
        (2, f"With S1 and [F3]: {front.value:g} Barrer * {alpha:.6g} ^ {power.value:g} = {limit:.6g} Barrer"),
        (3, f"With S2: {said((one, 1))} {sign} {limit:.6g} Barrer, so the answer is {answer}"),
    ]
    questions = ["What is the selectivity?", "What permeability has the bound there?", "On which side is the polymer?"]
    return questions, steps, answer


def _volume(rows: dict[str, Row]) -> Worked | None:
    row = next(iter(rows.values()))
    if "density" not in row or "molar mass of the repeat unit" not in row:
        return None
    (mass, first), (density, second) = row["molar mass of the repeat unit"], row["density"]
    volume = mass.value / density.value
    text = (
        f"From [F{first}] and [F{second}]: {mass.value:.6g} g/mol / ({density.value:.6g} g/cm3) = {volume:.5g} cm3/mol"
    )
    return ["What is molar mass over density?"], [(1, text)], f"{volume:.5g} cm3/mol"
