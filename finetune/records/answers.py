"""What follows from a tool's result: the answers of the exam's tasks, read off the result and nothing else.

Each function takes a task and results of tools, and returns the answer as text with a sentence on how it follows, or
None where it does not follow. Whether it is right is for the exam's scorer to say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from polybench.run.question import Question
from polybench.run.reading import counted, named, polymers
from polybench.run.rule_agent import RuleAgent
from polybench.task import Task
from polybench.wording import normal_label
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.vocabulary import CLASSES

_INTERVAL: Final = 2


@dataclass(frozen=True)
class Followed:
    """An answer that follows from results.

    Attributes
    ----------
    text : str
        What belongs between the answer tags.
    how : str
        Why, in a sentence.
    """

    text: str
    how: str


class ToldValues:
    """Values of properties as a tool told them.

    Parameters
    ----------
    rows : sequence of mapping
        Results of ``predict_properties``.
    """

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._told: dict[tuple[Polymer, str], Mapping[str, Any]] = {}
        for row in rows:
            for name, value in row["values"].items():
                self._told[Polymer.from_smiles(row["smiles"]), name] = value

    def value(self, polymer: Polymer, name: str, *, simulated: bool = False) -> float | None:
        """Return what was told, whether a simulated value was asked for or not; None if nothing was."""
        found = self._told.get((polymer, name))
        return None if found is None else float(found["value"])

    def interval(self, polymer: Polymer, name: str) -> tuple[float, float] | None:
        """Return the interval that was told, or None."""
        found = self._told.get((polymer, name))
        if found is None or found.get("lower") is None or found.get("upper") is None:
            return None
        return float(found["lower"]), float(found["upper"])


def from_predictions(task: Task, rows: Sequence[Mapping[str, Any]]) -> Followed | None:
    """Answer from predicted properties, by the rules of the exam's own rule agent.

    Parameters
    ----------
    task : Task
        The task.
    rows : sequence of mapping
        Results of ``predict_properties``.
    """
    reply = RuleAgent(ToldValues(rows), only_properties=True).answer(Question.of(task))
    answer = reply.final_answer
    if answer is None:
        return None
    said = "; ".join(
        f"{row['smiles']}: " + ", ".join(f"{name} {_shown(value)}" for name, value in row["values"].items())
        for row in rows
    )
    how = f"Predicted: {said}."
    if isinstance(answer, dict):
        return Followed(f"{float(answer['value']):.4g} {task.unit}".strip(), how)
    if isinstance(answer, bool):
        return Followed("yes" if answer else "no", how)
    if isinstance(answer, float | int):
        return Followed(f"{answer:.4g} {task.unit}".strip(), how)
    if isinstance(answer, list | tuple):
        return Followed(", ".join(map(str, answer)) or "none", how)
    return Followed(str(answer), how)


def _shown(value: Mapping[str, Any]) -> str:
    unit = "" if value["unit"] == "dimensionless" else f" {value['unit']}"
    interval = [value[side] for side in ("lower", "upper") if value.get(side) is not None]
    spread = f" ({interval[0]:g} to {interval[1]:g})" if len(interval) == _INTERVAL else ""
    return f"{value['value']:g}{unit}{spread}"


def from_identity(task: Task, results: Sequence[Mapping[str, Any]]) -> Followed | None:
    """Answer from what ``identify_polymer`` says of one or two polymers.

    Parameters
    ----------
    task : Task
        The task.
    results : sequence of mapping
        Results of the tool.
    """
    rule = _IDENTITY.get(task.subtask)
    return rule(task, results) if rule and results else None


def _group_count(task: Task, results: Sequence[Mapping[str, Any]]) -> Followed | None:
    asked = [name for name in counted(_words(task)) if name.startswith("group:")]
    if len(asked) != 1:
        return None
    name = asked[0].partition(":")[2]
    number = results[0]["groups"].get(name, 0)
    how = f"The tool lists {_listed(results[0])} in the repeat unit."
    return Followed(str(number) if task.answer_type == "numeric" else "yes" if number else "no", how)


def _words(task: Task) -> str:
    return re.split(r"\bCount along\b", task.question)[0]


def _listed(result: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} x {count}" for name, count in result["groups"].items()) or "no group that it knows"


def _class(task: Task, results: Sequence[Mapping[str, Any]]) -> Followed | None:
    mine = set(results[0]["classes"])
    hits = [key for key, text in task.choices.items() if set(named(text, "classes")) & mine]
    words = ", ".join(CLASSES[name][0] for name in sorted(mine) if name in CLASSES)
    return Followed(hits[0], f"The tool names these classes: {words}.") if len(hits) == 1 else None


def _same(task: Task, results: Sequence[Mapping[str, Any]]) -> Followed | None:
    if len(results) != len(polymers(task.question)):
        return None
    same = len({result["key"] for result in results}) == 1
    word = "the same identity key" if same else "different identity keys"
    return Followed("yes" if same else "no", f"Both repeat units have been identified: {word}.")


def _name(task: Task, results: Sequence[Mapping[str, Any]]) -> Followed | None:
    name = results[0]["name"]
    return Followed(name, f"The tool knows it as {name}.") if name else None


def _structure(task: Task, results: Sequence[Mapping[str, Any]]) -> Followed | None:
    wanted = Polymer.from_smiles(results[0]["smiles"])
    hits = []
    for key, text in task.choices.items():
        try:
            hits += [key] if Polymer.from_smiles(text) == wanted else []
        except PolysmithError:
            continue
    return Followed(hits[0], f"The tool gives the repeat unit {wanted.smiles}.") if len(hits) == 1 else None


_IDENTITY: Final[dict[str, Callable[[Task, Sequence[Mapping[str, Any]]], Followed | None]]] = {
    "group_count": _group_count,
    "group_presence": _group_count,
    "class": _class,
    "same_chain": _same,
    "name_of_repeat_unit": _name,
    "abbreviation": _name,
    "repeat_unit_of_name": _structure,
}


def from_routes(task: Task, routes: Sequence[Mapping[str, Any]]) -> Followed | None:
    """Answer from the routes that ``find_routes`` names.

    Parameters
    ----------
    task : Task
        The task.
    routes : sequence of mapping
        Result of the tool.
    """
    if not routes:
        return None
    meant = next((item for item in routes if item["mechanism"] in task.question), routes[0])
    small = [item["smiles"] for item in meant["monomers"]]
    how = f"A route is {meant['mechanism']} of {' and '.join(small)}"
    if task.subtask == "backward":
        return Followed(".".join(small), f"{how}.")
    if task.subtask == "step_or_chain":
        step = "step_growth" in meant.get("polymerisations", ())
        return Followed("yes" if step else "no", f"{how}, which is {'' if step else 'no '}step growth.")
    if task.subtask == "by_product":
        return _leaving(task, meant, how)
    return _monomers(task, routes)


def _leaving(task: Task, meant: Mapping[str, Any], how: str) -> Followed | None:
    leaves = meant.get("by_product", "")
    for key, text in task.choices.items():
        nothing = bool(re.match(r"nothing|none|no by-?product", text, re.I))
        if (nothing and not leaves) or (not nothing and leaves and normal_label(text) == normal_label(leaves)):
            return Followed(key, f"{how}; {leaves or 'nothing'} leaves.")
    return None


def _monomers(task: Task, routes: Sequence[Mapping[str, Any]]) -> Followed | None:
    for route in routes:
        small = {item["smiles"] for item in route["monomers"]}
        for key, text in task.choices.items():
            if set(re.split(r"\s+\+\s+", text.strip())) == small:
                how = f"The route by {route['mechanism']} starts from {' and '.join(sorted(small))}"
                return Followed(key, f"{how}, which is choice {key}.")
    return None
