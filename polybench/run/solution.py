"""Solution: an answer of the rule agent and how it was found, and the context that it is found in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from polybench.prediction import Citation
from polybench.run.values import Values
from tools.core.errors import BackendMissing, LimitError, NotCoveredError, PolysmithError
from tools.core.polymer import Polymer


@dataclass(frozen=True)
class Solution:
    """An answer.

    Attributes
    ----------
    answer : Any
        In the form of the answer type.
    how : str
        How it was found, in one sentence.
    citations : tuple of Citation
        Sources of measured values.
    passages : mapping of str to str
        Records that these were taken from, by id.
    """

    answer: Any
    how: str = ""
    citations: tuple[Citation, ...] = ()
    passages: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Context:
    """What a solver works with.

    Attributes
    ----------
    values : Values
        Source of values of properties.
    failures : dict
        Failure that is injected into a tool: ``tool``, ``error`` and ``times``.
    simulated : bool
        Whether simulated values are asked for.
    calls : list of (str, dict, bool)
        Tools called: name, arguments and whether they answered.
    """

    values: Values
    failures: dict[str, Any] = field(default_factory=dict)
    simulated: bool = False
    calls: list[tuple[str, dict[str, Any], bool]] = field(default_factory=list)

    def note(self, name: str, args: dict[str, Any], *, ok: bool = True) -> None:
        """Remember a call of a tool."""
        self.calls.append((name, args, ok))

    def property(self, polymer: Polymer, name: str) -> float | None:
        """Predict a property; a tool that fails is tried again, at most three times.

        Parameters
        ----------
        polymer : Polymer
            The polymer.
        name : str
            Property id.

        Returns
        -------
        float or None
            Value in the canonical unit; None without a model, or if the tool keeps failing.
        """
        args = {"polymers": [polymer.smiles], "properties": [name]}
        for _ in range(3):
            try:
                self._fail("predict_properties")
                value = self.values.value(polymer, name, simulated=self.simulated)
            except PolysmithError:
                self.note("predict_properties", args, ok=False)
                continue
            self.note("predict_properties", args)
            return value
        return None

    def _fail(self, tool: str) -> None:
        """Raise the injected failure as often as it was ordered."""
        left = self.failures.get("times", 0)
        if self.failures.get("tool") != tool or not isinstance(left, int) or left < 1:
            return
        self.failures["times"] = left - 1
        if self.failures.get("error") == "LimitError":
            raise LimitError("The tool ran over its time.")
        if self.failures.get("error") == "BackendMissing":
            raise BackendMissing("backend", "nothing: the failure was injected")
        raise NotCoveredError("The tool does not cover this.")
