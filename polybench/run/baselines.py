"""Baselines: chance, the mean, the nearest neighbour, and the property models alone."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any

from polybench.run.question import Question, Reply
from polybench.run.reading import asked_property
from polybench.run.rule_agent import RuleAgent, shown
from polybench.run.values import ModelValues, NearestValues
from polybench.task import Task
from tools.core.polymer import Polymer


class RandomAnswerer:
    """Draws from the choices, the truth values, the orders, or the range of a property; else it has no answer.

    Parameters
    ----------
    seed : int
        Seed; the answer to a question depends on it and on the id alone.
    """

    name = "random"

    def __init__(self, seed: int = 0) -> None:
        self._seed = seed

    @property
    def config(self) -> Mapping[str, Any]:
        """The seed."""
        return {"kind": "random", "seed": self._seed}

    def answer(self, question: Question) -> Reply:
        """Draw an answer."""
        rng = random.Random(f"{self._seed}|{question.id}")
        answer = self._drawn(question, rng)
        return Reply("" if answer is None else f"Answer: {shown(answer)}", answer)

    def _drawn(self, question: Question, rng: random.Random) -> Any:
        keys = list(question.choices)
        if question.answer_type == "mcq":
            return rng.choice(keys)
        if question.answer_type == "boolean":
            return rng.random() < 0.5
        if question.answer_type == "ranking" and keys:
            return rng.sample(keys, len(keys))
        if question.answer_type == "set" and keys:
            return [key for key in keys if rng.random() < 0.5]
        if question.answer_type == "numeric":
            prop = asked_property(question)
            return rng.uniform(*prop.plausible) if prop else float(rng.randrange(10))
        return None


class MeanValues:
    """The mean of the training labels of a property, whatever the polymer.

    Parameters
    ----------
    tasks : iterable of Task
        Training tasks.
    """

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._nearest = NearestValues(tasks)

    def value(self, polymer: Polymer, name: str, *, simulated: bool = False) -> float | None:
        """Return the mean, or None without labels."""
        return self._nearest.mean(name, simulated=simulated)

    def interval(self, polymer: Polymer, name: str) -> None:
        """Return None."""


def nearest(tasks: Iterable[Task]) -> RuleAgent:
    """Answer questions about properties by the nearest polymer of a training set."""
    return RuleAgent(NearestValues(tasks), name="nearest", only_properties=True)


def mean(tasks: Iterable[Task]) -> RuleAgent:
    """Answer questions about properties by the mean of a training set."""
    return RuleAgent(MeanValues(tasks), name="mean", only_properties=True)


def model(*, held_out: bool = True) -> RuleAgent:
    """Answer questions about properties by the shipped models."""
    name = "model" if held_out else "model-seen"
    return RuleAgent(ModelValues(held_out=held_out), name=name, only_properties=True)
