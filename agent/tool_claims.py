"""What is said of a tool's answer: sentences whose numbers are values of the ledger.

An answer is read as what its tool promises and as nothing else. A value counts only if it is a value: of a known
property, in its canonical unit, finite, inside the range that a polymer can have and inside its own interval, and of a
kind that the tool gives. What is not is left out, and the note says how much. Names that are shown come from our own
tables or are repeat units that passed the gate, so that no text of an answer can hide a number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import ValidationError

from agent.evidence import Claim, Derived, Ledger
from agent.numbers import show_number, show_value
from agent.state import ToolRequest
from agent.verify import verify_claim
from tools.chemistry.names import name_of
from tools.core.errors import PolysmithError, UnknownNameError
from tools.core.evidence import Kind, Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import DesignSpec
from tools.core.vocabulary import CLASSES
from tools.synthesis.monomers import known as known_monomer

LEAD = "Chosen by the language model: "
SHOWN = 4  # sentences of one call; the rest stays in its artefact
_EXAMPLES = 3
_CURRENT: tuple[Kind, ...] = ("predicted", "estimated")
_KINDS: dict[str, tuple[Kind, ...]] = {
    "known_polymers": ("measured", "simulated"),
    "predict_properties": _CURRENT,
    "predict_copolymer": _CURRENT,
    "rank_solvents": _CURRENT,
    "explain_prediction": (*_CURRENT, "measured", "simulated"),
    "check_physics": (*_CURRENT, "measured", "simulated"),
    "simulate_fire": ("simulated", "estimated"),
    "simulate_gap": ("simulated", "estimated"),
}


@dataclass
class _Saying:
    """Builds the sentences of one answer."""

    tool: str
    spec: DesignSpec
    ledger: Ledger
    bad: int = 0
    more: int = 0
    claims: list[Claim] = field(default_factory=list)

    def value(self, raw: object) -> Value | None:
        """Read a value; None, and counted, if it is none."""
        try:
            found = Value.model_validate(raw)
            problem = value_problem(found)
        except (ValidationError, UnknownNameError):
            problem = "is no value"
        if problem or found.kind not in _KINDS.get(self.tool, ()):
            self.bad += 1
            return None
        return found

    def shown(self, value: Value) -> str:
        """Write a value in the unit of the brief."""
        units = {item.property: item.given_unit for item in self.spec.constraints}
        return show_value(value, units.get(value.property, ""))

    def say(self, text: str, values: tuple[str, ...], names: tuple[str, ...] = ()) -> None:
        """Add a sentence."""
        if len(self.claims) < SHOWN:
            self.claims.append(Claim(text=f"{LEAD}{text}", values=values, names=names))
        else:
            self.more += 1

    def values_of(self, label: str, raw: list[object], names: tuple[str, ...] = ()) -> None:
        """Add a sentence for each value, those that the brief asks for first; the label is a name if none is given."""
        asked = {item.property for item in self.spec.constraints}
        read = [value for value in map(self.value, raw) if value is not None]
        for value in sorted(read, key=lambda item: item.property not in asked):
            name = get_property(value.property).name
            text = f"{label}, {value.kind} {name}: {self.shown(value)}."
            self.say(text, (self.ledger.add_value(value),), (*(names or (label,)), name))

    def counted(self, name: str, number: int) -> str:
        """Enter a count."""
        return self.ledger.add_derived(Derived(name=name, value=number, method=f"counted in the answer of {self.tool}"))


def value_problem(value: Value) -> str:
    """Say why a value cannot be one.

    Parameters
    ----------
    value : Value
        As a tool gave it.

    Returns
    -------
    str
        Empty if it can.

    Raises
    ------
    UnknownNameError
        If its property is not known.
    """
    prop = get_property(value.property)
    numbers = [number for number in (value.value, value.lower, value.upper) if number is not None]
    if not all(map(math.isfinite, numbers)):
        return "is not finite"
    if value.unit != prop.unit:
        return "is not in the property's unit"
    low, high = prop.plausible
    if not low <= value.value <= high:
        return "is outside what a polymer can have"
    if (value.lower is not None and value.lower > value.value) or (
        value.upper is not None and value.upper < value.value
    ):
        return "is outside its own interval"
    return ""


def claims_of(request: ToolRequest, result: object, spec: DesignSpec, ledger: Ledger) -> tuple[list[Claim], str]:
    """Put the answer of a tool into sentences.

    Parameters
    ----------
    request : ToolRequest
        The call.
    result : object
        The answer, plain data.
    spec : DesignSpec
        The brief, for its units.
    ledger : Ledger
        Where values and counts are entered.

    Returns
    -------
    list of Claim
        At most four sentences.
    str
        What was left out; empty if nothing was.
    """
    saying = _Saying(request.tool, spec, ledger)
    try:
        _TELLERS[request.tool](saying, request.arguments, result)
    except (KeyError, TypeError, ValueError, AttributeError, PolysmithError):  # not what the tool promises
        return [], f"{request.tool} gave an answer of another form than it promises; it was left out."
    notes = []
    if saying.bad:
        notes.append(f"{request.tool} gave {saying.bad} values that cannot be right; they were left out.")
    if saying.more:
        notes.append(f"{saying.more} further results of {request.tool} stand in the run folder.")
    if not saying.claims and not notes:
        notes.append(f"{request.tool} found nothing.")
    return saying.claims, " ".join(notes)


@lru_cache(maxsize=4096)
def _label(smiles: str) -> str:
    """Name a repeat unit: its common name, else itself; raises StructureError if it is none."""
    read = Polymer.from_smiles(smiles)
    return name_of(read) or read.smiles


def _rows(result: object) -> Iterator[dict[str, Any]]:
    if not isinstance(result, list) or not all(isinstance(item, dict) for item in result):
        raise TypeError("a list of objects is expected")
    yield from result


def _known(saying: _Saying, arguments: dict[str, Any], result: object) -> None:
    rows = [(row, value) for row in _rows(result) if (value := saying.value(row["value"])) is not None]
    if not rows:
        return
    prop = get_property(str(arguments["property_name"]))
    kept = [(_label(row["smiles"]), value) for row, value in rows[:_EXAMPLES] if value.property == prop.id]
    ids = [saying.ledger.add_value(value) for _, value in kept]
    total = saying.counted(f"handbook polymers with a {prop.name} in the bounds that the model chose", len(rows))
    listed = "; ".join(f"{name} ({saying.shown(value)})" for name, value in kept)
    text = f"{len(rows)} handbook polymers have a {prop.name} in the bounds that it chose, for example {listed}."
    saying.say(text, (total, *ids), (prop.name, *(name for name, _ in kept)))


def _predicted(saying: _Saying, _: dict[str, Any], result: object) -> None:
    for row in _rows(result):
        saying.values_of(_label(row["smiles"]), list(row["values"].values()))


def _copolymer(saying: _Saying, arguments: dict[str, Any], result: object) -> None:
    if not isinstance(result, dict):
        raise TypeError("an object is expected")
    parts = tuple(_label(str(part[0])) for part in arguments["parts"])
    saying.values_of(f"copolymer of {' and '.join(parts)}", list(result.values()), parts)


def _explained(saying: _Saying, arguments: dict[str, Any], result: Any) -> None:
    saying.values_of(_label(str(arguments["polymer"])), [result["prediction"]])
    for near in result["neighbourhood"]["nearest"][:_EXAMPLES]:
        label = _label(near["smiles"])
        saying.values_of(f"{label} (a near polymer)", [near["value"]], (label,))


def _solvents(saying: _Saying, arguments: dict[str, Any], result: object) -> None:
    from tools.chemistry.solvents import solvents

    label, known = _label(str(arguments["polymer"])), {item.name: item for item in solvents()}
    for row in [row for row in _rows(result) if row["solvent"] in known][:_EXAMPLES]:
        liquid = known[row["solvent"]]
        shown = liquid.smiles if any(sign.isdigit() for sign in liquid.name) else liquid.name
        saying.values_of(f"{label} in {shown}", [row["chi"]], (label, shown))


def _routes(saying: _Saying, arguments: dict[str, Any], result: object) -> None:
    rows = list(_rows(result))
    if not rows:
        return
    label, best = _label(str(arguments["polymer"])), rows[0]
    listed = [known_monomer(str(item["smiles"])) for item in best["monomers"]]
    monomers = [item.name if item is not None else "an unlisted monomer" for item in listed]
    count = saying.counted(f"routes to {label}", len(rows))
    mechanism = f"{best['mechanism']}, " if str(best["mechanism"]).replace(" ", "").isalpha() else ""
    text = f"{len(rows)} ways to make {label} are known to the rules; the most usual: {mechanism}from "
    saying.say(f"{text}{' and '.join(monomers)}.", (count,), (label, *monomers))


def _feasible(saying: _Saying, arguments: dict[str, Any], result: Any) -> None:
    score = float(result["score"])
    if not 0.0 <= score <= 1.0:
        saying.bad += 1
        return
    label = _label(str(arguments["polymer"]))
    derived = Derived(name=f"synthesisability of {label}", value=score, method="product of its parts")
    saying.say(
        f"the synthesisability of {label} is {show_number(score)}, where one is easiest.",
        (saying.ledger.add_derived(derived),),
        (label,),
    )


def _checks(saying: _Saying, arguments: dict[str, Any], result: object) -> None:
    label = _label(str(arguments["polymer"]))
    rows = list(_rows(result))
    worth = [row for row in rows if row["severity"] == "warning"]
    count = (saying.counted(f"physics checks of {label}", len(rows)), saying.counted("warnings of these", len(worth)))
    saying.say(f"{len(rows)} physics checks of {label} gave {len(worth)} warnings.", count, (label,))
    for row in worth:
        values = [value for value in map(saying.value, row["values"]) if value is not None]
        ids = tuple(map(saying.ledger.add_value, values))
        name = get_property(str(row["property"])).name
        told = Claim(text=f"{LEAD}{label}: {row['text']}", values=ids, names=(label, name))
        if verify_claim(told, saying.ledger).ok:
            saying.say(f"{label}: {row['text']}", ids, (label, name))
        elif values:
            listed = ", ".join(map(saying.shown, values))
            saying.say(f"{label}: a check of its {name} warns ({listed}).", ids, (label, name))


def _fire(saying: _Saying, arguments: dict[str, Any], result: object) -> None:
    saying.values_of(_label(str(arguments["polymer"])), list(_rows(result)))


def _gap(saying: _Saying, arguments: dict[str, Any], result: Any) -> None:
    saying.values_of(_label(str(arguments["polymer"])), list(result["values"]))


def _identified(saying: _Saying, _: dict[str, Any], result: Any) -> None:
    label = _label(result["smiles"])
    classes = [name.replace("_", " ") for name in result["classes"] if name in CLASSES]
    count = saying.counted(f"classes of {label}", len(classes))
    saying.say(f"{label} belongs to {len(classes)} classes: {', '.join(classes)}.", (count,), (label, *classes))


_TELLERS: dict[str, Callable[[_Saying, dict[str, Any], Any], None]] = {
    "known_polymers": _known,
    "predict_properties": _predicted,
    "predict_copolymer": _copolymer,
    "explain_prediction": _explained,
    "rank_solvents": _solvents,
    "find_routes": _routes,
    "assess_feasibility": _feasible,
    "check_physics": _checks,
    "simulate_fire": _fire,
    "simulate_gap": _gap,
    "identify_polymer": _identified,
}
