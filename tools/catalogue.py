"""The one explicit list of tools that an agent may use. Every tool takes and returns plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools import literature
from tools.chemistry import handbook
from tools.core.errors import InputError, UnknownNameError
from tools.core.properties import get_property
from tools.core.protocols import Retriever
from tools.core.registry import ToolSpec, tool
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.naming.naming import name_of
from tools.naming.resolve import identify, resolve
from tools.simulation.quantum.tool import simulate_gap

MAX_POLYMERS = 100


def known_polymers(property_name: str, lower: float | None = None, upper: float | None = None) -> list[dict[str, Any]]:
    """List common polymers with a measured value of a property inside bounds.

    Parameters
    ----------
    property_name : str
        Property id, name or symbol.
    lower : float or None
        Lowest value, in the property's canonical unit.
    upper : float or None
        Highest value, in the property's canonical unit.

    Returns
    -------
    list of dict
        Name, repeat unit and measured value with its source.
    """
    prop = get_property(property_name)
    found = []
    for entry in handbook.load():
        value = entry.summary(prop.id)
        if value is None or (lower is not None and value.value < lower) or (upper is not None and value.value > upper):
            continue
        found.append({"name": entry.name, "smiles": entry.smiles, "value": value.model_dump(mode="json")})
    return found


def predict_properties(
    polymers: list[str], properties: list[str] | None = None, conditions: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    """Predict properties of polymers, with intervals and a flag for extrapolation.

    Parameters
    ----------
    polymers : list of str
        Names, or repeat units as SMILES with two ``*``; at most 100.
    properties : list of str or None
        Property ids, names or symbols; all that have a model if left out.
    conditions : dict of str to str or None
        Conditions of the samples, such as tacticity, Mn or processing; kept with the values, which no model adapts.

    Returns
    -------
    list of dict
        Repeat unit and values of each polymer, in order.
    """
    from tools.properties.conditions import read_conditions, with_conditions
    from tools.properties.predict import predict

    if len(polymers) > MAX_POLYMERS:
        raise InputError(
            f"{len(polymers)} polymers were given; at most {MAX_POLYMERS} at a time.", hint="Split the list."
        )
    read = [resolve(text) for text in polymers]
    wanted = [get_property(name).id for name in properties] if properties else None
    kept = read_conditions(conditions or {})
    rows = [with_conditions(row, kept) for row in predict(read, wanted)]
    return [
        {"smiles": item.smiles, "values": {name: value.model_dump(mode="json") for name, value in row.items()}}
        for item, row in zip(read, rows, strict=True)
    ]


def explain_prediction(polymer: str, property_name: str, neighbours: int = 5) -> dict[str, Any]:
    """Explain a prediction: what each part of the repeat unit does to it, nearest known polymers, the error among them.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``.
    property_name : str
        Property id, name or symbol.
    neighbours : int
        Nearest known polymers to list, 0 to 20.

    Returns
    -------
    dict
        Prediction, effects of parts (largest first, with doubts), and the neighbourhood with its held-out error.
    """
    from tools.properties.explain import explain

    return explain(resolve(polymer), property_name, neighbours=neighbours).model_dump(mode="json")


def find_routes(polymer: str, limit: int = 3) -> list[dict[str, Any]]:
    """Find likely ways to make a polymer: monomers, mechanism, conditions, ceiling temperature, judgement, warnings.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``.
    limit : int
        Routes at most.

    Returns
    -------
    list of dict
        Routes, the most usual first; empty if no rule makes the polymer.
    """
    from tools.synthesis.plan import plans_for

    return [plan.as_dict() for plan in plans_for(resolve(polymer), limit)]


def assess_feasibility(polymer: str) -> dict[str, Any]:
    """Judge how likely a polymer can be made and kept, with the parts of the judgement.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``.

    Returns
    -------
    dict
        Score from 0 to 1, its parts with reasons, and warnings.
    """
    from tools.synthesis.feasibility import assess

    found = assess(resolve(polymer))
    return {
        "score": found.score,
        "parts": [{"name": part.name, "factor": part.factor, "reason": part.reason} for part in found.parts],
        "warnings": list(found.warnings),
    }


def check_physics(polymer: str) -> list[dict[str, Any]]:
    """Compare predictions of a polymer with group contributions and physical rules.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``.

    Returns
    -------
    list of dict
        Findings with their severity.
    """
    from tools.properties.predict import predict
    from tools.simulation.checks import check

    read = resolve(polymer)
    return [finding.model_dump(mode="json") for finding in check(read, predict([read])[0])]


def simulate_fire(polymer: str, heat_flux: float = 50.0, thickness: float = 3.0) -> list[dict[str, Any]]:
    """Simulate a cone calorimeter test of a polymer, with parameters estimated from its structure.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``.
    heat_flux : float
        External heat flux, kW/m2.
    thickness : float
        Thickness of the slab, mm.

    Returns
    -------
    list of dict
        Peak heat release rate and, if it ignites, time to ignition: simulated values with wide 90 % intervals.
    """
    from tools.simulation.cone.values import fire_values

    stated = {"heat_flux": f"{heat_flux:g} kW/m2", "thickness": f"{thickness:g} mm"}
    found = fire_values(resolve(polymer), stated)
    return [value.model_dump(mode="json") for value in found.values()]


def identify_polymer(text: str, polymer_class: str = "") -> dict[str, Any]:
    """Identify a polymer from a name or structure: canonical repeat unit, name, classes, groups, how it was read.

    Parameters
    ----------
    text : str
        Name, abbreviation, or repeat unit as SMILES with two ``*``. Source-based names ("poly(4-ethylstyrene)",
        "PA 5.10", "6FDA-durene") and, where OPSIN is installed, structure-based ones are read.
    polymer_class : str
        Class of the polymer; decides between the polymers of one abbreviation such as PBT.

    Returns
    -------
    dict
        Canonical repeat unit, identity key, name, how the text was read, monomers, notes, classes and groups.
    """
    from tools.chemistry.classes import classes_of
    from tools.chemistry.groups import groups_of

    found = identify(text, polymer_class=polymer_class)
    read = found.polymer
    return {
        "smiles": read.smiles,
        "key": read.key,
        "name": name_of(read),
        "method": found.method,
        "how": found.how,
        "monomers": [{"name": item.name, "smiles": item.smiles} for item in found.monomers],
        "notes": list(found.notes),
        "classes": sorted(classes_of(read)),
        "groups": groups_of(read),
    }


def search_candidates(
    constraints: list[Constraint], structure: list[StructuralConstraint] | None = None, n: int = 5, seed: int = 0
) -> list[dict[str, Any]]:
    """Search repeat units that are likely to meet constraints: known ones, enumeration of monomers, evolution.

    Parameters
    ----------
    constraints : list of Constraint
        Requirements on properties, in canonical units.
    structure : list of StructuralConstraint or None
        Requirements on structure and making.
    n : int
        Candidates at most.
    seed : int
        The same seed gives the same candidates.

    Returns
    -------
    list of dict
        Repeat unit, where it came from, and its chance to meet all hard constraints, best first.
    """
    from tools.design.search import search

    spec = DesignSpec(brief="", constraints=tuple(constraints), structure=tuple(structure or ()))
    return [
        {"smiles": item.polymer.smiles, "source": item.scored.candidate.source, "chance": item.scored.joint}
        for item in search(spec, n=n, seed=seed).finalists
    ]


def predict_copolymer(parts: list[tuple[str, float]], properties: list[str] | None = None) -> dict[str, Any]:
    """Predict properties of a statistical copolymer.

    Parameters
    ----------
    parts : list of (str, float)
        Units (names, or SMILES with two ``*``) and their mole fractions, which must add up to 1.
    properties : list of str or None
        Property ids, names or symbols; all that have a rule if left out.

    Returns
    -------
    dict
        Values by property id.
    """
    from tools.properties.copolymer import predict_copolymer as predict

    found = predict([(resolve(text), amount) for text, amount in parts], properties)
    return {name: value.model_dump(mode="json") for name, value in found.items()}


def rank_solvents(polymer: str, temperature: float = 298.15, n: int = 10) -> list[dict[str, Any]]:
    """Rank common solvents of a polymer by the predicted Flory-Huggins parameter chi.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``.
    temperature : float
        K.
    n : int
        Solvents at most.

    Returns
    -------
    list of dict
        Solvent and chi with its interval, lowest first.
    """
    from tools.chemistry.solvents import solvents
    from tools.properties.chi import predict_chi

    read, liquids = resolve(polymer), list(solvents())
    found = predict_chi([(read, liquid, temperature) for liquid in liquids])
    ranked = sorted(zip(liquids, found, strict=True), key=lambda pair: (pair[1].value, pair[0].name))
    return [{"solvent": liquid.name, "chi": value.model_dump(mode="json")} for liquid, value in ranked[:n]]


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    identify_polymer,
    known_polymers,
    search_candidates,
    predict_properties,
    explain_prediction,
    predict_copolymer,
    rank_solvents,
    find_routes,
    assess_feasibility,
    check_physics,
    simulate_fire,
    simulate_gap,
)


def catalogue(retriever: Retriever | None = None) -> dict[str, ToolSpec]:
    """Return every tool by name.

    Parameters
    ----------
    retriever : Retriever or None
        Where the literature is searched; without one there is no tool for it.

    Returns
    -------
    dict of str to ToolSpec
        In a fixed order.
    """
    found = {function.__name__: tool(function) for function in _FUNCTIONS}
    if retriever is None:
        return found

    def search_literature(query: str, k: int = 8) -> list[dict[str, Any]]:
        """Search the shipped notes and the user's papers for exact passages.

        Parameters
        ----------
        query : str
            What is looked for, in words.
        k : int
            Passages at most.

        Returns
        -------
        list of dict
            Passages with their exact text, offsets and reference, best first.
        """
        return [passage.model_dump(mode="json") for passage in literature.search_literature(query, retriever, k)]

    return {**found, "search_literature": tool(search_literature)}


def get_tool(name: str, retriever: Retriever | None = None) -> ToolSpec:
    """Look a tool up.

    Parameters
    ----------
    name : str
        Its name.
    retriever : Retriever or None
        As for ``catalogue``.

    Returns
    -------
    ToolSpec
        The tool.

    Raises
    ------
    UnknownNameError
        If there is no such tool.
    """
    known = catalogue(retriever)
    if name not in known:
        raise UnknownNameError(f"There is no tool {name!r}.", hint=f"Known: {', '.join(known)}.")
    return known[name]
