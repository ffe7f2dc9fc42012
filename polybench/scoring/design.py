"""Designs: every constraint that RDKit can check, exactly; properties apart, by a frozen predictor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from rdkit import Chem

from polybench.scoring import conventions
from polybench.scoring.closed import Score
from polybench.scoring.structures import Structure, in_workers
from polybench.task import INFEASIBLE, Constraint, Task
from tools.core.errors import InputError, StructureError
from tools.core.gate import ELEMENTS, parse_unit
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.units import convert

OVER_ALL: Final = frozenset(("max_mutual_similarity", "ring_topologies"))
_SLACK: Final = 1e-6  # bounds are inclusive, whatever the last bit says

Values = dict[tuple[str, str], float]  # predictions by polymer key and property id


@dataclass(frozen=True)
class Candidate:
    """What one proposed repeat unit is.

    Attributes
    ----------
    code : str
        Why it cannot be read; empty if it can.
    key, smiles : str
        Polymer key and canonical repeat unit.
    bits : int
        Pinned fingerprint.
    topology : str
        Its ring systems.
    met : tuple of bool or None
        For each constraint of the task: whether it is met; None for properties and what is asked of all candidates.
    """

    code: str
    key: str = ""
    smiles: str = ""
    bits: int = 0
    topology: str = ""
    met: tuple[bool | None, ...] = ()

    @property
    def clean(self) -> bool:
        """Whether it can be read and meets every exact constraint of its own."""
        return not self.code and False not in self.met


def check_constraints(task: Task) -> None:
    """Refuse a design whose constraints cannot be checked.

    Parameters
    ----------
    task : Task
        A task of type "design".

    Raises
    ------
    InputError
        If a pattern, descriptor, element, property or unit is unknown; the task is named.
    """
    for item in task.constraints:
        try:
            if item.kind == "smarts":
                conventions.pattern(item.smarts)
            elif item.kind == "descriptor":
                conventions.descriptor_name(item.name)
            elif item.kind == "element" and item.name not in ELEMENTS:
                raise InputError(f"{item.name!r} is no element of repeat units.")
            elif item.kind == "property":
                bounds_of(item)
            elif item.kind == "attachment_points" and not _inside(2.0, item):
                raise InputError("Only repeat units with two attachment points are read.")
        except InputError as error:
            raise InputError(f"Task {task.id!r}: {error.message}", hint=error.hint) from error


def references(task: Task) -> Iterable[str]:
    """Yield the structures that the constraints of a task compare with."""
    for item in task.constraints:
        yield from item.smiles


def examine(jobs: Sequence[tuple[str, tuple[Constraint, ...]]], known: dict[str, Structure]) -> list[Candidate]:
    """Check candidates in killable workers.

    Parameters
    ----------
    jobs : sequence of (str, tuple of Constraint)
        Candidate and the constraints of its task.
    known : dict of str to Structure
        The structures that constraints compare with.

    Returns
    -------
    list of Candidate
        In order.
    """
    packed = [(text, items, {name: known[name] for item in items for name in item.smiles}) for text, items in jobs]
    rows = in_workers("polybench.scoring.design:examine_chunk", packed, lambda: ("limit",))
    return [Candidate(*row) for row in rows]


def examine_chunk(jobs: Sequence[tuple[str, tuple[Constraint, ...], dict[str, Structure]]]) -> list[tuple[Any, ...]]:
    """Check candidates in this process: the fields of a Candidate for each."""
    return [_examine(*job) for job in jobs]


def _examine(text: str, items: tuple[Constraint, ...], known: dict[str, Structure]) -> tuple[Any, ...]:
    try:
        polymer = Polymer.from_smiles(text)
        unit = parse_unit(text)
    except StructureError as error:
        return (error.code,)
    for atom in unit.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(0)
    bits = conventions.fingerprint(polymer.mol)
    met = tuple(_met(item, unit, f"P:{polymer.key}", bits, known) for item in items)
    return "", polymer.key, polymer.smiles, bits, conventions.ring_topology(unit), met


def _met(item: Constraint, unit: Chem.Mol, key: str, bits: int, known: dict[str, Structure]) -> bool | None:
    if item.kind == "smarts":
        return _inside(conventions.count_groups(unit, item.smarts), item)
    if item.kind == "descriptor":
        return _inside(conventions.DESCRIPTORS[conventions.descriptor_name(item.name)](unit), item)
    if item.kind == "element":
        return _inside(conventions.count_element(unit, item.name), item)
    if item.kind == "attachment_points":
        return _inside(2.0, item)
    if item.kind == "not_in":
        return all(known[name].key != key for name in item.smiles)
    if item.kind == "max_similarity":
        return all(_inside(conventions.tanimoto(bits, known[name].bits), item) for name in item.smiles)
    return None


def _inside(value: float, item: Constraint) -> bool:
    return (item.min is None or value >= item.min - _SLACK) and (item.max is None or value <= item.max + _SLACK)


def bounds_of(item: Constraint) -> tuple[str, float, float]:
    """Return the property id and the bounds of a property constraint, in the canonical unit.

    Parameters
    ----------
    item : Constraint
        Of kind "property".

    Returns
    -------
    (str, float, float)
        Property id, lower and upper bound; infinite where there is none.

    Raises
    ------
    InputError
        If property or unit is unknown.
    """
    found = get_property(item.name)
    unit = item.unit or found.unit
    low = convert(item.min, unit, found.unit) if item.min is not None else float("-inf")
    high = convert(item.max, unit, found.unit) if item.max is not None else float("inf")
    return found.id, low, high


def score_design(task: Task, value: str | tuple[str, ...], checked: Sequence[Candidate], values: Values) -> Score:
    """Mark a design.

    The score is the share of what was asked that is there: as many different candidates that meet every exact
    constraint as were asked for, and what is asked of all of them together. Properties never enter it: they
    stand in the detail as ``properties_met`` (share of clean candidates that meet all of them, by the predictor).
    """
    if value == INFEASIBLE or task.is_infeasible():
        right = value == INFEASIBLE and task.is_infeasible()
        return float(right), right, {"infeasible": True, "right": right}
    clean = list({item.key: item for item in checked if item.clean}.values())
    together = [_together(item, clean) for item in task.constraints if item.kind in OVER_ALL]
    wanted = task.n_candidates + len(together)
    score = (min(len(clean), task.n_candidates) + sum(together)) / wanted
    exact = [flag for item in checked for flag in item.met if flag is not None]
    asked = sum(item.kind not in OVER_ALL and item.kind != "property" for item in task.constraints) * task.n_candidates
    detail: dict[str, Any] = {
        "valid": sum(not item.code for item in checked) / task.n_candidates,
        "clean": len(clean),
        "of": task.n_candidates,
        "constraints_met": sum(exact) / asked if asked else None,
        "ring_topologies": len({item.topology for item in clean}),
    }
    judged = [verdict for item in clean if (verdict := _properties_met(task, item, values)) is not None]
    if judged:
        detail["properties_met"] = sum(judged) / task.n_candidates
    return score, score == 1.0, detail


def _together(item: Constraint, clean: Sequence[Candidate]) -> bool:
    if item.kind == "ring_topologies":
        return _inside(len({candidate.topology for candidate in clean}), item)
    pairs = combinations(clean, 2)
    return bool(clean) and all(_inside(conventions.tanimoto(a.bits, b.bits), item) for a, b in pairs)


def _properties_met(task: Task, candidate: Candidate, values: Values) -> bool | None:
    verdicts = []
    for item in task.constraints:
        if item.kind == "property":
            name, low, high = bounds_of(item)
            if (candidate.key, name) not in values:
                return None
            verdicts.append(low <= values[candidate.key, name] <= high)
    return all(verdicts) if verdicts else None
