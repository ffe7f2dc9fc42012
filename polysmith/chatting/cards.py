"""A finalist as a card: drawing, values with their kind, chance, route, nearest polymers and what to beware of."""

from __future__ import annotations

from typing import Any

from agent.report.model import Check, Finalist, RouteCard
from agent.report.view import proposal_rows, title_of
from polysmith.chatting.drawing import alt_text, drawn
from polysmith.chatting.writing import Writer
from tools.core.properties import get_property
from tools.core.shown import visible

_MET = {True: "met", False: "missed", None: "cannot be assessed"}


def card(writer: Writer, finalist: Finalist) -> dict[str, Any]:
    """Give the data of ``CandidateCard.jsx``.

    Parameters
    ----------
    writer : Writer
        Writes the report that the finalist is of.
    finalist : Finalist
        The finalist.

    Returns
    -------
    dict
        Plain JSON data.
    """
    title = title_of(finalist)
    asked = {check.property for check in finalist.checks}
    return {
        "run": writer.report.run_id,
        "rank": finalist.rank,
        "title": visible(title),
        "smiles": finalist.smiles,
        "svg": drawn(finalist.smiles, title),
        "alt": alt_text(finalist.smiles, title),
        "classes": [item.replace("_", " ") for item in finalist.classes],
        "origin": visible(finalist.origin),
        "proposal": [[name, visible(text)] for name, text in proposal_rows(finalist)],
        "chance": writer.derived(finalist.chance),
        "checks": [check_row(writer, item) for item in finalist.checks],
        "others": [writer.value(key) for name, key in finalist.predictions.items() if name not in asked],
        "measured": [writer.value(key) for keys in finalist.measured.values() for key in keys],
        "neighbours": neighbour_rows(writer, finalist),
        "routes": [route_row(item) for item in finalist.routes],
        "feasibility": writer.derived(finalist.feasibility),
        "feasibility_parts": [
            {"name": name.replace("_", " "), **(writer.derived(key) or {})}
            for name, key in finalist.feasibility_parts.items()
        ],
        "warnings": [visible(item) for item in finalist.warnings],
        "findings": writer.claims(finalist.findings),
        "uncertain": writer.claims(finalist.uncertain),
    }


def check_row(writer: Writer, check: Check) -> dict[str, Any]:
    """Write how a candidate stands to a requirement.

    Parameters
    ----------
    writer : Writer
        Writes the report.
    check : Check
        The check.

    Returns
    -------
    dict
        "requirement", "hard", "note", and "value" with "chance" for a property, or "met" for a structure.
    """
    row: dict[str, Any] = {"requirement": check.requirement, "hard": check.hard, "note": visible(check.note)}
    if check.property:
        row["value"] = writer.value(check.value) if check.value else None
        row["chance"] = writer.derived(check.chance)
    else:
        row["met"] = _MET[check.met]
    return row


def neighbour_rows(writer: Writer, finalist: Finalist) -> list[dict[str, Any]]:
    """Write the nearest polymers with a known value.

    Parameters
    ----------
    writer : Writer
        Writes the report.
    finalist : Finalist
        The finalist.

    Returns
    -------
    list of dict
        "property", "name", "smiles", "similarity" and "value".
    """
    return [
        {
            "property": get_property(name).name,
            "name": visible(item.name) or "unnamed",
            "smiles": item.smiles,
            "similarity": writer.derived(item.similarity),
            "value": writer.value(item.value),
        }
        for name, items in finalist.neighbours.items()
        for item in items
    ]


def route_row(route: RouteCard) -> dict[str, Any]:
    """Write a route.

    Parameters
    ----------
    route : RouteCard
        The route.

    Returns
    -------
    dict
        "mechanism", "monomers", "by_product", "conditions", "verified" and "notes".
    """
    return {
        "mechanism": visible(route.mechanism),
        "monomers": [
            {"smiles": item.smiles, "name": visible(item.name) or "unnamed", "known": bool(item.known_in)}
            for item in route.monomers
        ],
        "by_product": visible(route.by_product),
        "conditions": visible(route.conditions),
        "verified": route.verified,
        "notes": [visible(item) for item in route.notes],
    }
