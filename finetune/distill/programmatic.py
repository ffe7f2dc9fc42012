"""The teacher without a model: a chain for every kind of task, worked out from the profile alone.

It never sees the right answer; what it gets wrong is refused by the check like any other chain.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Final

from finetune.distill.chain import Chain, Step
from finetune.distill.comparing import compare_values
from finetune.distill.profile import Profile, parts_of, product_of, route_of
from finetune.distill.quantities import Amount, amounts, evaluate
from polybench.run.question import Question
from polybench.run.reading import bounds, counted, named, polymers
from polybench.run.solving_properties import _range as nearest_range
from polybench.task import Task
from polybench.wording import normal_label
from tools.core.errors import InputError, PolysmithError
from tools.core.polymer import Polymer
from tools.core.vocabulary import ELEMENTS, GROUPS

Worked = tuple[list[str], list[tuple[int, str]], str]  # sub-questions, steps, answer
_CONVERT = re.compile(r"Convert (?P<number>\S+) (?P<unit>\S+) to (?P<target>\S+?)\.?$", re.MULTILINE)


def programmatic_chain(task: Task, profile: Profile) -> Chain | None:
    """Work a task out.

    Parameters
    ----------
    task : Task
        The task; its right answer is not looked at.
    profile : Profile
        What is known.

    Returns
    -------
    Chain or None
        None if the profile does not suffice.
    """
    maker = _FAMILIES.get(profile.family)
    if maker is None or (not profile.facts and profile.family != "conversion"):
        return None
    try:
        worked = maker(task, profile)
    except (PolysmithError, IndexError, ZeroDivisionError):
        return None
    if worked is None:
        return None
    questions, steps, answer = worked
    facts = {place: fact.line for place, fact in enumerate(profile.facts, 1)}
    return Chain(facts, tuple(questions), tuple(Step(number, text) for number, text in steps), answer)


def _cite(first: int, last: int) -> str:
    return " ".join(f"[F{place}]" for place in range(first, last + 1))


def _element_sum(symbol: str, polymer: Polymer) -> tuple[str, int]:
    """The sum of an element's atoms over the parts, as text, and its result."""
    terms, total = [], 0
    for times, atoms in parts_of(polymer.key):
        count = dict(atoms).get(symbol, 0)
        if count:
            terms.append(f"{times} * {count}")
            total += times * count
    return " + ".join(terms) or "0", total


def _symbols(polymer: Polymer) -> list[str]:
    return sorted({symbol for _, atoms in parts_of(polymer.key) for symbol, _ in atoms})


def _atoms(task: Task, profile: Profile) -> Worked | None:
    polymer = polymers(task.question)[0]
    if task.subtask == "formula":
        return _formula(polymer)
    if task.subtask == "element_count":
        symbol = next(name.partition(":")[2] for name in counted(task.question) if name.startswith("element:"))
        text, total = _element_sum(symbol, polymer)
        cited = _cite(1, len(parts_of(polymer.key)))
        question = f"How many atoms of {symbol} are in the parts of the repeat unit?"
        return [question], [(1, f"Atoms of {symbol} over the parts {cited}: {text} = {total}")], str(total)
    questions, steps, mass = mass_steps(polymer, 1)
    if task.subtask == "molar_mass":
        return questions, steps, f"{mass:.2f} g/mol"
    words = task.question.casefold()
    symbol = next(name for name, said in ELEMENTS.items() if any(re.search(rf"\b{item}\b", words) for item in said))
    return _fraction(symbol, polymer, (questions, steps, mass))


def mass_steps(polymer: Polymer, first: int) -> tuple[list[str], list[tuple[int, str]], float]:
    """Add a molar mass up from the facts of :func:`finetune.distill.profile.atom_facts`.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    first : int
        Number of the first of these facts.

    Returns
    -------
    list of str, list of (int, str), float
        Two sub-questions, steps and the molar mass in g/mol.
    """
    parts, symbols = len(parts_of(polymer.key)), _symbols(polymer)
    from rdkit import Chem

    table = Chem.GetPeriodicTable()
    steps, terms, total = [], [], 0.0
    for symbol in symbols:
        text, count = _element_sum(symbol, polymer)
        steps.append((1, f"Atoms of {symbol} over the parts {_cite(first, first + parts - 1)}: {text} = {count}"))
        weight = float(f"{table.GetAtomicWeight(symbol):.3f}")
        terms.append(f"{count} * {weight:.3f} g/mol")
        total += count * weight
    origin = " ".join(f"S{place}" for place in range(1, len(symbols) + 1))
    weights = _cite(first + parts, first + parts + len(symbols) - 1)
    steps.append((2, f"With {origin} and {weights} the molar mass is {' + '.join(terms)} = {total:.2f} g/mol"))
    return ["How many atoms of each element are there?", "What do they weigh together?"], steps, total


def _fraction(symbol: str, polymer: Polymer, mass: tuple[list[str], list[tuple[int, str]], float]) -> Worked:
    questions, steps, total = mass
    symbols = _symbols(polymer)
    count = _element_sum(symbol, polymer)[1]
    place = symbols.index(symbol) + 1
    fact = len(parts_of(polymer.key)) + place
    weight = evaluate_weight(symbol)
    share = count * weight / float(f"{total:.2f}")
    steps = [
        *steps,
        (
            3,
            f"With S{place}, [F{fact}] and S{len(steps)}: "
            f"{count} * {weight:.3f} g/mol / ({total:.2f} g/mol) = {share:.5f}",
        ),
        (3, f"In percent S{len(steps) + 1} is {share:.5f} = {100 * float(f'{share:.5f}'):.3f} percent"),
    ]
    return [*questions, f"Which share of it is {symbol}?"], steps, f"{100 * float(f'{share:.5f}'):.3f} percent"


def evaluate_weight(symbol: str) -> float:
    """Return an atomic weight with three decimals, g/mol (periodic table of RDKit)."""
    from rdkit import Chem

    return float(f"{Chem.GetPeriodicTable().GetAtomicWeight(symbol):.3f}")


def _formula(polymer: Polymer) -> Worked:
    cited, steps, text = _cite(1, len(parts_of(polymer.key))), [], ""
    symbols = _symbols(polymer)
    hill: list[str] = [item for item in ("C", "H") if "C" in symbols and item in symbols]
    hill += [item for item in symbols if item not in hill]
    for symbol in hill:
        said, count = _element_sum(symbol, polymer)
        steps.append((1, f"Atoms of {symbol} over the parts {cited}: {said} = {count}"))
        text += symbol + (str(count) if count > 1 else "")
    steps.append((2, f"Carbon first, then hydrogen, then the others by letter: {text}"))
    return ["How many atoms of each element are there?", "How is the formula written?"], steps, text


def _listed(profile: Profile, place: int) -> list[str]:
    return profile.facts[place].text.partition("one by one: ")[2].split(", ")


def _groups(task: Task, profile: Profile) -> Worked | None:
    words = task.question.split("Count along")[0]
    if task.subtask == "group_set":
        asked = [GROUPS[name][0] for name in named(words.partition(":")[2], "groups")]
        there = [name for name in asked if name in _listed(profile, 0)]
        answer = ", ".join(there) or "none"
        return ["Which of the groups asked for are in the list?"], [(1, f"In the list [F1] stand: {answer}")], answer
    asked = [GROUPS[name.partition(":")[2]][0] for name in counted(words) if name.startswith("group:")]
    if len(asked) != 1:
        return None
    name = asked[0]
    if task.subtask == "which_has_group":
        hits = [key for place, key in enumerate(task.choices) if name in _listed(profile, place)]
        cited = _cite(1, len(task.choices))
        if len(hits) != 1:
            return None
        text = f"In the lists {cited} {name} stands only in that of choice {hits[0]}"
        return [f"Whose list holds {name}?"], [(1, text)], hits[0]
    count = _listed(profile, 0).count(name)
    added = " + ".join(["1"] * count) or "0"
    text = f"In the list [F1] {name} stands as often as: {added} = {count}"
    if task.answer_type == "numeric":
        return [f"How often does {name} stand in the list?"], [(1, text)], str(count)
    answer = "yes" if count else "no"
    return [f"Does {name} stand in the list?"], [(1, f"{text}, so the answer is {answer}")], answer


def _counts(task: Task, profile: Profile) -> Worked | None:
    if len(profile.facts) != 2:
        return None
    one, other = (amounts(fact.text)[-1][0].value for fact in profile.facts)
    more = re.search(r"\b(more|fewer|less)\b", task.question)
    if more is None:
        return None
    answer = "yes" if (one > other if more.group() == "more" else one < other) else "no"
    sign = ">" if one > other else "<" if one < other else "<="
    text = f"[F1] and [F2]: {one:g} {sign} {other:g}, so the answer is {answer}"
    return ["How do the two numbers compare?"], [(1, text)], answer


def _prediction(task: Task, profile: Profile) -> Worked | None:
    last = len(profile.facts)
    if not profile.facts[-1].text.startswith("Predicted"):
        return None
    head = profile.facts[-1].text.split(", interval")[0]
    told = amounts(head.partition(": ")[2])[0][0]
    shown = f"{told.value:g} {told.unit}".strip()
    question = "What does the model predict for this repeat unit?"
    if task.answer_type == "numeric":
        text = f"The model predicts {shown} [F{last}]"
        if not task.unit or task.unit == told.unit:
            return [question], [(1, text)], shown
        value = evaluate(shown, task.unit)
        other = f"{value:.5g} {task.unit}"
        steps = [(1, text), (2, f"From S1: {shown} = {other}")]
        return [question, f"How much is that in {task.unit}?"], steps, other
    if task.answer_type == "boolean":
        return _above(task, shown, told, last)
    solution = nearest_range(Question.of(task), told.value)
    if solution is None:
        return None
    text = f"The predicted {shown} [F{last}] belongs to choice {solution.answer}"
    return [question, "Which range holds it?"], [(1, f"It is {shown} [F{last}]"), (2, text)], str(solution.answer)


def _above(task: Task, shown: str, told: Amount, last: int) -> Worked | None:
    asked = bounds(task.question)
    limits = [amount for amount, _, _ in amounts(task.question) if amount.unit == told.unit]
    if len(asked) != 1 or not limits:
        return None
    limit = limits[-1]
    sign = ">" if told.value > limit.value else "<"
    answer = "yes" if (told.value > limit.value) == asked[0].above else "no"
    text = f"{shown} [F{last}] {sign} {limit.value:g} {limit.unit}".strip() + f", so the answer is {answer}"
    return ["How does the predicted value compare with the limit?"], [(1, text)], answer


def _synthesis(task: Task, profile: Profile) -> Worked | None:
    if task.subtask in ("backward", "which_monomers"):
        return _backwards(task)
    product = product_of(task)
    if product is None:
        return None
    if task.subtask == "step_or_chain":
        step = "step_growth" in product.polymerisations
        answer = "yes" if step else "no"
        return ["How do the chains grow?"], [(1, f"The mechanism [F1] says how, so the answer is {answer}")], answer
    if task.subtask == "by_product":
        leaves = normal_label(product.by_product) if product.by_product else ""
        for key, text in task.choices.items():
            nothing = text.casefold().startswith(("nothing", "none"))
            if (nothing and not leaves) or (leaves and normal_label(text) == leaves):
                return ["What leaves?"], [(1, f"By the rule [F2] it is {text}, which is choice {key}")], key
        return None
    steps = [(1, f"By the mechanism [F1] the monomers join to {product.polymer.smiles}")]
    if task.subtask == "forward":
        return ["Which chain do the monomers form?"], steps, product.polymer.smiles
    questions, added, mass = mass_steps(product.polymer, 3)
    shifted = [
        (place + 1, re.sub(r"\bS(\d+)\b", lambda found: f"S{int(found.group(1)) + 1}", text)) for place, text in added
    ]
    return ["Which chain do the monomers form?", *questions], [*steps, *shifted], f"{mass:.2f} g/mol"


def _backwards(task: Task) -> Worked | None:
    route = route_of(task)
    if route is None:
        return None
    small = [item.smiles for item in route.monomers]
    if task.subtask == "backward":
        answer = ".".join(small)
        return ["From which monomers?"], [(1, f"Undoing the mechanism [F1] gives {answer}")], answer
    for key, text in task.choices.items():
        if set(re.split(r"\s+\+\s+", text.strip())) == set(small):
            return (
                ["From which monomers?"],
                [(1, f"Undoing the mechanism [F1] gives {text}, which is choice {key}")],
                key,
            )
    return None


def _masses(task: Task, profile: Profile) -> Worked | None:
    known = {key: amounts(fact.text)[-1][0] for key, fact in zip(task.choices, profile.facts, strict=True)}
    places = {key: place for place, key in enumerate(task.choices, 1)}
    up = "lowest to highest" in task.question
    order = sorted(known, key=lambda key: known[key].value, reverse=not up)
    sign = "<" if up else ">"
    pairs = pairwise(order)
    steps = [(1, f"{_said(known[a])} [F{places[a]}] {sign} {_said(known[b])} [F{places[b]}]") for a, b in pairs]
    answer = ", ".join(order)
    return ["Which of two weighs more?", "What is the order?"], [*steps, (2, f"The order is {answer}")], answer


def _said(amount: Amount) -> str:
    return f"{amount.value:g} {amount.unit}".strip() if amount.value < 1e5 else f"{amount.value:.3f} {amount.unit}"


def _lookup(task: Task, profile: Profile) -> Worked | None:
    words = " ".join(task.question.split("Count along")[0].split())
    said = profile.facts[0].text.removeprefix(f"Looked up: {words}").strip()
    letters = [key for key, text in task.choices.items() if text == said]
    if letters:
        return ["What do the tools know of this?"], [(1, f"They say it [F1]: it is choice {letters[0]}")], letters[0]
    return ["What do the tools know of this?"], [(1, f"They say [F1]: {said}")], said


def _conversion(task: Task, profile: Profile) -> Worked | None:
    del profile
    match = _CONVERT.search(task.question)
    if match is None:
        return None
    said = f"{match.group('number')} {match.group('unit')}"
    value = evaluate(said, match.group("target"))
    answer = f"{value:.6g} {match.group('target')}"
    if "e" in f"{value:.6g}":
        raise InputError("Numbers of this size are not written out.")
    return [f"How much is it in {match.group('target')}?"], [(1, f"{said} = {answer}")], answer


def _unreadable(task: Task, profile: Profile) -> Worked | None:
    del task, profile
    text = "The structure cannot be read [F1], so nothing can be found for it: unanswerable"
    return ["Can the structure be read?"], [(1, text)], "unanswerable"


_FAMILIES: Final[dict[str, Callable[[Task, Profile], Worked | None]]] = {
    "atoms": _atoms,
    "groups": _groups,
    "counts": _counts,
    "masses": _masses,
    "values": compare_values,
    "prediction": _prediction,
    "synthesis": _synthesis,
    "lookup": _lookup,
    "conversion": _conversion,
    "unreadable": _unreadable,
}
