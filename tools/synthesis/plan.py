"""Routes with everything that belongs to them: the judgement, the equilibrium, hazards; and the way forwards.

These functions take one argument and return plain objects, so that they can run in a killable worker.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from tools.chemistry.names import name_of, resolve
from tools.core.polymer import Polymer
from tools.synthesis.feasibility import Feasibility, judge
from tools.synthesis.forward import react
from tools.synthesis.monomers import known, resolve_monomer
from tools.synthesis.novelty import Novelty, novelty
from tools.synthesis.route import Route
from tools.synthesis.stereo import routes_of
from tools.synthesis.thermodynamics import Ceiling, Equilibrium, equilibrium_of, remark_on

_DILUTE = 1.0  # mol/L


@dataclass(frozen=True)
class Plan:
    """A route and what is to be known before it is tried.

    Attributes
    ----------
    route : Route
        Monomers, mechanism, conditions, by-product, alternatives.
    feasibility : Feasibility
        The judgement with its parts and warnings.
    equilibrium : Equilibrium or None
        Enthalpy and entropy of the polymerisation where they can be estimated.
    ceilings : tuple of Ceiling
        Ceiling temperatures in bulk and at 1 mol/L; empty without an equilibrium.
    remark : str
        What is known of the equilibrium in words.
    """

    route: Route
    feasibility: Feasibility
    equilibrium: Equilibrium | None
    ceilings: tuple[Ceiling, ...]
    remark: str

    def as_dict(self) -> dict[str, Any]:
        """Describe the plan for a program.

        Returns
        -------
        dict
            Plain data that JSON can write; temperatures in K, enthalpy in kJ/mol, entropy in J/(mol K). A ceiling
            temperature of None means that there is none, 0 that the monomer is favoured at any temperature.
        """
        judged = self.feasibility
        described = {
            **_route(self.route),
            "thermodynamics": {
                "equilibrium": asdict(self.equilibrium) if self.equilibrium is not None else None,
                "ceilings": [{**asdict(item), "text": item.text} for item in self.ceilings],
                "text": self.equilibrium.text if self.equilibrium is not None else self.remark,
            },
            "feasibility": {
                "score": judged.score,
                "parts": [asdict(part) for part in judged.parts],
                "sa_score": judged.sa_score,
                "pfas": judged.pfas,
            },
            "warnings": list(judged.warnings),
        }
        plain: dict[str, Any] = _lists(described)
        return plain


@dataclass(frozen=True)
class Making:
    """How a polymer can be made.

    Attributes
    ----------
    smiles, name : str
        Canonical repeat unit, and name where it is known.
    plans : tuple of Plan
        The most usual first; empty if no rule makes the polymer.
    without_route : Feasibility or None
        The judgement of a polymer without a route; None if there is one.
    novelty : Novelty
        Where the polymer is known.
    """

    smiles: str
    name: str
    plans: tuple[Plan, ...]
    without_route: Feasibility | None
    novelty: Novelty

    def as_dict(self) -> dict[str, Any]:
        """Describe it for a program.

        Returns
        -------
        dict
            Plain data that JSON can write.
        """
        lone = self.without_route
        return {
            "smiles": self.smiles,
            "name": self.name,
            "routes": [plan.as_dict() for plan in self.plans],
            "feasibility_without_route": None
            if lone is None
            else {
                "score": lone.score,
                "parts": [asdict(part) for part in lone.parts],
                "sa_score": lone.sa_score,
                "pfas": lone.pfas,
                "warnings": list(lone.warnings),
            },
            "novelty": _lists({**asdict(self.novelty), "text": self.novelty.text}),
        }


def plans_for(polymer: Polymer, limit: int = 3) -> tuple[Plan, ...]:
    """Find routes and judge each of them.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.
    limit : int
        Routes at most.

    Returns
    -------
    tuple of Plan
        The most usual first.
    """
    return tuple(plan_of(polymer, route) for route in routes_of(polymer, limit))


def plan_of(polymer: Polymer, route: Route) -> Plan:
    """Judge one route of a polymer.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.
    route : Route
        One of its routes.

    Returns
    -------
    Plan
        The route with its judgement and equilibrium.
    """
    balance = equilibrium_of(route)
    ceilings = () if balance is None else (balance.ceiling(), balance.ceiling(_DILUTE))
    return Plan(route, judge(polymer, route), balance, ceilings, remark_on(route))


def making_of(polymer: Polymer, limit: int = 3) -> Making:
    """Find how a polymer can be made.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.
    limit : int
        Routes at most.

    Returns
    -------
    Making
        Routes with their judgements.
    """
    found = plans_for(polymer, limit)
    lone = None if found else judge(polymer, None)
    return Making(polymer.smiles, name_of(polymer) or "", found, lone, novelty(polymer))


def made(given: tuple[str, int]) -> dict[str, Any]:
    """Read a polymer and find how it can be made.

    Parameters
    ----------
    given : (str, int)
        Name or repeat unit with two ``*``, and routes at most.

    Returns
    -------
    dict
        ``Making.as_dict``.

    Raises
    ------
    StructureError, UnknownNameError
        If the polymer cannot be read.
    """
    text, limit = given
    return making_of(resolve(text), limit).as_dict()


def polymerised(monomers: tuple[str, ...]) -> dict[str, Any]:
    """Find what monomers polymerise to.

    Parameters
    ----------
    monomers : tuple of str
        Names of the list, or SMILES, of one or two monomers.

    Returns
    -------
    dict
        "monomers" (SMILES, name, list), "products" (repeat unit, name, mechanism, conditions, by-product, ...), and
        what else the monomers do, such as "networks", each with its reason. Plain data that JSON can write.

    Raises
    ------
    StructureError, UnknownNameError
        If a monomer cannot be read.
    NotCoveredError
        For three and more monomers.
    """
    read = [resolve_monomer(text) for text in monomers]
    outcome = react(*read)
    described: dict[str, Any] = {"monomers": [_monomer(text) for text in read]}
    for field in fields(outcome):
        described[field.name] = [_plain(item) for item in getattr(outcome, field.name)]
    return described


def _route(route: Route) -> dict[str, Any]:
    return {
        "monomers": [asdict(monomer) for monomer in route.monomers],
        "rule": route.rule,
        "mechanism": route.mechanism,
        "polymerisations": list(route.polymerisations),
        "conditions": route.conditions,
        "by_product": route.by_product,
        "verified": route.verified,
        "score": route.score,
        "competing": list(route.competing),
        "note": route.note,
        "alternatives": [asdict(other) for other in route.alternatives],
    }


def _monomer(smiles: str) -> dict[str, str]:
    entry = known(smiles)
    return {"smiles": smiles, "name": entry.name if entry else "", "known_in": entry.source if entry else ""}


def _plain(item: Any) -> dict[str, Any]:
    found = {field.name: getattr(item, field.name) for field in fields(item)}
    polymer = found.get("polymer")
    if isinstance(polymer, Polymer):
        found["polymer"] = {"smiles": polymer.smiles, "key": polymer.key, "name": name_of(polymer) or ""}
    plain: dict[str, Any] = _lists(found)
    return plain


def _lists(value: Any) -> Any:
    """Turn tuples into lists, as JSON reads them back."""
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
