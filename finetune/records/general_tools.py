"""Questions on calling tools: which to call and how, when not to, and what to do with results and errors."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from finetune.records.calls import SYSTEM, offer
from polybench.builders.split import family_key, split_of
from tools.chemistry import handbook
from tools.chemistry.classes import classes_of
from tools.core.properties import get_property


@dataclass(frozen=True)
class MadeTalk:
    """A conversation to be continued.

    Attributes
    ----------
    messages : list of dict
        What the model is shown.
    expected : dict
        What a right continuation is told by.
    gold : dict
        A right continuation.
    needed : tuple of str
        Tools that must be offered.
    """

    messages: list[dict[str, Any]]
    expected: dict[str, Any]
    gold: dict[str, Any]
    needed: tuple[str, ...] = ()


_PROPERTIES: Final = ("Tg", "density", "refractive_index", "thermal_conductivity", "band_gap", "P_O2")
_NO_TOOL: Final = (
    ("Thanks, that helps a lot.", ("thank", "welcome", "glad", "happy", "pleasure", "help"), "You are welcome."),
    ("Please answer with the one word ready.", ("ready",), "ready"),
    ("What does the abbreviation DSC stand for?", ("scanning calorimetry",), "Differential scanning calorimetry."),
    ("How many millimetres are in a metre? Just the number.", ("1000", "1,000"), "1000"),
    ("Which gas do plants take up: oxygen or carbon dioxide?", ("carbon dioxide",), "Carbon dioxide."),
    ("Spell the word polymer backwards.", ("remylop",), "remylop"),
    ("What is the chemical symbol of silicon?", ("si",), "Si"),
    ("Is water a polymer? Answer yes or no.", ("no",), "no"),
)


@lru_cache(maxsize=4)
def _known(suite_seed: int) -> tuple[tuple[str, str], ...]:
    """Name and repeat unit of the handbook's polymers that are in the exam's train split."""
    return tuple(
        (entry.name, entry.smiles)
        for entry in handbook.load()
        if split_of(family_key(entry.polymer), classes_of(entry.polymer), seed=suite_seed) == "train"
    )


def _polymer(rng: random.Random) -> tuple[str, str]:
    """Name or repeat unit as a user may write it, and the repeat unit."""
    name, smiles = rng.choice(_known(0))
    return (smiles if rng.random() < 0.5 else name), smiles


def _asked(*texts: str) -> list[dict[str, Any]]:
    roles = ("system", "user", "assistant", "user")
    return [{"role": role, "content": text} for role, text in zip(roles, (SYSTEM, *texts), strict=False)]


def _calling(name: str, arguments: dict[str, Any], place: int = 1) -> dict[str, Any]:
    call = {"id": f"call_{place}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return {"role": "assistant", "content": "", "tool_calls": [call]}


def _answered(text: str, name: str, place: int = 1) -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": f"call_{place}", "name": name, "content": text}


def _request(rng: random.Random) -> tuple[str, str, dict[str, Any]]:
    """A request in one of several wordings, the tool that it needs and the arguments."""
    said, _ = _polymer(rng)
    prop = get_property(rng.choice(_PROPERTIES))
    flux, thick = rng.choice((25, 35, 50, 75)), rng.choice((2, 3, 4, 6))
    low = float(rng.randint(300, 450))
    other = _polymer(rng)[0]
    share = rng.choice((0.2, 0.3, 0.4, 0.5))
    options: tuple[tuple[str, dict[str, Any], Sequence[str]], ...] = (
        ("predict_properties", {"polymers": [said], "properties": [prop.id]}, (
            f"Predict the {prop.name} of {said}.", f"What {prop.name} would you expect for {said}?",
            f"I need an estimate of the {prop.name} of {said}, please.")),
        ("find_routes", {"polymer": said}, (
            f"How can {said} be made?", f"Which monomers and which reaction lead to {said}?",
            f"Suggest a synthesis of {said}.")),
        ("identify_polymer", {"text": said}, (
            f"Identify {said}: canonical repeat unit, classes, groups.", f"Which functional groups does {said} have?",
            f"Tell me what {said} is.")),
        ("assess_feasibility", {"polymer": said}, (
            f"How likely is it that {said} can be made and kept?", f"Judge the feasibility of {said}.")),
        ("check_physics", {"polymer": said}, (
            f"Compare the predictions for {said} with physical rules.",
            f"Check whether what is predicted for {said} is physically sound.")),
        ("simulate_fire", {"polymer": said, "heat_flux": float(flux), "thickness": float(thick)}, (
            f"Simulate a cone calorimeter test of {said} at {flux} kW/m2 for a slab of {thick} mm.",
            f"A {thick} mm slab of {said} is exposed to {flux} kW/m2. How does it burn?")),
        ("rank_solvents", {"polymer": said, "n": thick}, (
            f"Name the {thick} best solvents for {said}.", f"In what does {said} dissolve? Give me {thick} liquids.")),
        ("known_polymers", {"property_name": "Tg", "lower": low, "upper": low + 50}, (
            f"Which common polymers have a measured glass transition temperature from {low:g} to {low + 50:g} K?",
            f"List known polymers with a Tg between {low:g} K and {low + 50:g} K.")),
        ("predict_copolymer", {"parts": [[said, share], [other, round(1 - share, 2)]], "properties": [prop.id]}, (
            f"Predict the {prop.name} of a statistical copolymer of {share:g} {said} and {1 - share:g} {other} "
            "(mole fractions).",)),
        ("explain_prediction", {"polymer": said, "property_name": prop.id}, (
            f"Explain the predicted {prop.name} of {said}.",
            f"Which parts of {said} move its predicted {prop.name}, and how?")),
    )  # fmt: skip
    name, arguments, wordings = rng.choice(options)
    return rng.choice(wordings), name, arguments


def tool_call(rng: random.Random) -> MadeTalk:
    """Call the right tool with the right arguments."""
    text, name, arguments = _request(rng)
    return MadeTalk(_asked(text), {"call": {"name": name, "arguments": arguments}}, _calling(name, arguments), (name,))


def no_call(rng: random.Random) -> MadeTalk:
    """Answer without a tool, where none is needed."""
    if rng.random() < 0.5:
        a, b = rng.randint(2, 99), rng.randint(2, 99)
        text = rng.choice((f"What is {a} plus {b}? Just the number.", f"Add {a} and {b}; reply with the sum alone."))
        any_of, reply = [str(a + b)], str(a + b)
    else:
        text, words, reply = rng.choice(_NO_TOOL)
        any_of = list(words)
    gold = {"role": "assistant", "content": reply}
    return MadeTalk(_asked(text), {"no_call": True, "any_of": any_of}, gold)


def ask_back(rng: random.Random) -> MadeTalk:
    """Ask for what is missing in place of calling a tool with something made up."""
    prop = get_property(rng.choice(_PROPERTIES)).name
    owner = rng.choice(("my", "our", "the new", "their", "the other", "this", "your", "the first"))
    thing = rng.choice(("polymer", "material", "plastic", "film", "membrane", "resin"))
    wish = rng.choice((
        "Predict the {prop} of {it}.", "What is the {prop} of {it}?", "Find a synthesis route for {it}, please.",
        "Simulate the fire test for {it}.", "Rank solvents for {it}.", "Can {it} be made?",
    ))  # fmt: skip
    text, what = wish.format(prop=prop, it=f"{owner} {thing}"), "polymer"
    gold = {"role": "assistant", "content": f"Which {what} do you mean? Please give its name or repeat unit."}
    return MadeTalk(_asked(text), {"no_call": True, "any_of": ["?"]}, gold)


def try_again(rng: random.Random) -> MadeTalk:
    """Repeat a call after a passing failure, or mend its argument after an error that says how."""
    text, name, arguments = _request(rng)
    shown = [*_asked(text), _calling(name, arguments)]
    if rng.random() < 0.5:
        failure = _answered(f"error: {name} failed (LimitError). Try again.", name)
        return MadeTalk(
            [*shown, failure], {"call": {"name": name, "arguments": arguments}}, _calling(name, arguments, 2), (name,)
        )
    said, _ = _polymer(rng)
    prop = get_property(rng.choice(_PROPERTIES))
    wrong = {"polymer": said, "property": prop.id}
    right = {"polymers": [said], "properties": [prop.id]}
    failure = _answered(
        "error: predict_properties: polymers: Field required; polymer: Extra inputs are not permitted; property: Extra "
        "inputs are not permitted. It takes: polymers, properties, conditions.",
        "predict_properties",
    )
    messages = [*_asked(f"Predict the {prop.name} of {said}."), _calling("predict_properties", wrong), failure]
    expected = {"call": {"name": "predict_properties", "arguments": right}}
    return MadeTalk(messages, expected, _calling("predict_properties", right, 2), ("predict_properties",))


def report(rng: random.Random) -> MadeTalk:
    """Say what a tool told, with number and unit, and call nothing more."""
    said, smiles = _polymer(rng)
    prop = get_property(rng.choice(_PROPERTIES))
    low, high = prop.plausible
    value = float(f"{rng.uniform(low + 0.2 * (high - low), high - 0.2 * (high - low)):.4g}")
    row = [{"smiles": smiles, "values": {prop.id: {"value": value, "unit": prop.unit, "kind": "predicted"}}}]
    arguments = {"polymers": [said], "properties": [prop.id]}
    messages = [
        *_asked(f"What is the {prop.name} of {said}? Give the number with its unit."),
        _calling("predict_properties", arguments),
        _answered(json.dumps(row), "predict_properties"),
    ]
    unit = "" if prop.unit == "dimensionless" else prop.unit
    gold = {"role": "assistant", "content": f"The predicted {prop.name} is {value:g} {unit}".strip() + "."}
    expected = {"no_call": True, "number": value, "unit": unit}
    return MadeTalk(messages, expected, gold, ("predict_properties",))


def unreadable(rng: random.Random) -> MadeTalk:
    """Say that something could not be read, in place of making a result up."""
    smiles = rng.choice(_known(0))[1]
    broken = smiles + rng.choice(("(", "C1", ")(", "[C"))
    prop = get_property(rng.choice(_PROPERTIES))
    arguments = {"polymers": [broken], "properties": [prop.id]}
    messages = [
        *_asked(f"Predict the {prop.name} of {broken}."),
        _calling("predict_properties", arguments),
        _answered("error: The structure cannot be read. Check brackets and ring closures.", "predict_properties"),
    ]
    gold = {"role": "assistant", "content": f"The structure {broken} cannot be read: please check it."}
    words = [
        "cannot be read",
        "can't be read",
        "could not be read",
        "not valid",
        "invalid",
        "unreadable",
        "not be read",
    ]
    expected = {"no_call": True, "any_of": words, "no_number_of": arguments["polymers"][0]}
    return MadeTalk(messages, expected, gold, ("predict_properties",))


def made_tools(talk: MadeTalk, seed: str) -> list[dict[str, Any]]:
    """Choose the tools that a conversation offers."""
    return offer(talk.needed, seed)


MAKERS: Final[dict[str, Callable[[random.Random], MadeTalk]]] = {
    "tool_call": tool_call,
    "no_call": no_call,
    "ask_back": ask_back,
    "try_again": try_again,
    "report": report,
    "unreadable": unreadable,
}
