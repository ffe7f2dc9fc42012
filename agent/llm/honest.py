"""A model that does each job sensibly, as a decent one would: the base of doubles in tests and benchmarks.

It is a function of the request: the fields of the schema say which job it is, the messages what it is about. A job
that it does not know is answered with the emptiest object that meets the schema, and no tool is called unasked but the
search of the literature.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from agent.llm.budget import Budget
from agent.llm.filling import fill
from agent.llm.messages import Request, ToolCall
from agent.llm.profile import Profile
from agent.llm.scripted import Answer, FunctionModel, call

_PROPOSALS = (
    ("*c1ccc(C(C)(C)c2ccc(OC(=O)O*)cc2)cc1", "The stiff bisphenol unit raises the glass transition temperature."),
    ("*CC(*)c1ccc(C(C)(C)C)cc1", "A bulky group in para position lowers the packing."),
    ("*Oc1ccc(C(=O)c2ccc(*)cc2)cc1", "Aromatic ether and ketone units give stiffness."),
)
_REQUIREMENT = re.compile(r"^(C\d+): (.+)$", re.MULTILINE)
_QUESTION = re.compile(r"^(?:Question|Sub-question[^:]*): (.+)$", re.MULTILINE)
_EVIDENCE = re.compile(r"^([VDS]\w*\d+): (.+)$", re.MULTILINE)
_FACT = re.compile(r"^(F\d+) \| (Candidate \d+) \| ([^|]+?) \| (.+)$", re.MULTILINE)
_FENCED = re.compile(r"={6,}\n(.*)\n={6,}", re.DOTALL)
_QUANTITY = re.compile(r"(?<![\w.])([-−]?\d+(?:\.\d+)?) ?(°C|K|g/cm3|GPa|MPa|Barrer|eV)(?!\w)")
_OF = re.compile(r"\b(glass transition temperature|melting temperature|density|refractive index|dielectric constant)\b")
_MATERIAL = re.compile(r"\b(?:poly\([^()]+\)|poly[a-z]+|nylon [\d,.]+|[A-Z]{2,5})\b")
_ENDING = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“(])")


def honest_model(*, profile: Profile | None = None, budget: Budget | None = None) -> FunctionModel:
    """Make the model.

    Parameters
    ----------
    profile : Profile, optional
        What it can do.
    budget : Budget, optional
        What it may take.

    Returns
    -------
    FunctionModel
        Answers by the request alone: the same request, the same answer.
    """
    return FunctionModel(honest_answer, name="honest", profile=profile, budget=budget)


def honest_answer(request: Request) -> Answer:
    """Answer one request.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    str or ToolCall
        JSON for a schema, a call where one is required or the literature can be searched, else text.
    """
    said = "\n".join(message.content for message in request.messages if message.role == "user")
    if request.schema is not None:
        job = next((job for fields, job in _JOBS if fields <= _fields(request.schema)), None)
        return json.dumps(job(said) if job else fill(request.schema), ensure_ascii=False)
    if request.tools and request.choice != "none":
        offered = {form["function"]["name"]: form["function"]["parameters"] for form in request.tools}
        if request.choice == "auto":
            return _chosen(offered, said) or "none"
        name = request.choice if request.choice in offered else next(iter(offered))
        return _one_call(name, offered[name], said)
    return "none"


def _fields(schema: dict[str, Any]) -> set[str]:
    """Names of the fields of an object and of the objects in it."""
    inner = [item.get("properties", {}) for item in schema.get("$defs", {}).values()]
    return {name for fields in (schema.get("properties", {}), *inner) for name in fields}


def _chosen(offered: dict[str, Any], said: str) -> tuple[ToolCall, ...]:
    """Search for the words of the question, and predict the property that it or the requirements name."""
    question, made = _QUESTION.search(said), []
    if question and "search_literature" in offered:
        made.append(call("search_literature", query=" ".join(re.findall(r"[A-Za-z-]{4,}", question[1])[:6])))
    named, polymer = _OF.search(said), question and _MATERIAL.search(question[1])
    if named and "predict_properties" in offered and (polymer or _REQUIREMENT.search(said)):
        made.append(call("predict_properties", polymers=[polymer[0] if polymer else "PEEK"], properties=[named[1]]))
    return tuple(made)


def _one_call(name: str, form: dict[str, Any], said: str) -> Answer:
    if name == "predict_properties":
        named = _OF.search(said)
        return call(name, polymers=["PEEK"], properties=[named[1] if named else "Tg"])
    return call(name, **fill(form))


def _questions(said: str) -> dict[str, Any]:
    about = [name for name, _ in _REQUIREMENT.findall(said)][:2]
    text = "Which structural motifs meet both requirements?"
    row = {"text": text, "skill": "trade-off", "about": about, "after": ["Q1"], "query": "rigid alicyclic repeat unit"}
    return {"questions": [row] if len(about) == 2 else []}


def _queries(said: str) -> dict[str, Any]:
    return {"queries": [{"question": "Q1", "query": "chain stiffness and bulky side groups of polymers"}]}


def _proposals(said: str) -> dict[str, Any]:
    return {"proposals": [{"structure": unit, "parent": "none", "reason": why} for unit, why in _PROPOSALS]}


def _words(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[a-z]{4,}", text.casefold())}


def _records(said: str) -> dict[str, Any]:
    """Read a passage: the two sentences that share most words with the question, with their value if they state one."""
    question, passage = _QUESTION.search(said), _FENCED.search(said)
    if question is None or passage is None:
        return {"records": []}
    asked = _words(question[1])
    ranked = sorted(_ENDING.split(passage[1]), key=lambda text: -len(asked & _words(text)))
    return {"records": [_record(text.strip()) for text in ranked[:2] if len(asked & _words(text)) >= 2]}


def _record(text: str) -> dict[str, str]:
    made = dict.fromkeys(("claim", "property", "value", "unit", "material"), "") | {"quote": text[:600]}
    value, prop, material = _QUANTITY.search(text), _OF.search(text), _MATERIAL.search(text)
    if value and prop and material:
        made |= {"property": prop[1], "value": value[1], "unit": value[2], "material": material[0]}
    return made


def _answer(said: str) -> dict[str, Any]:
    """Write the answer: the first quotes as they are, else the values as they are listed."""
    found = _EVIDENCE.findall(said)
    quotes = [(key, text) for key, text in found if key.startswith("S")]
    values = [(key, text) for key, text in found if not key.startswith("S")]
    rows = [{"text": f"The {text.partition(', ')[0].replace(': ', ' is ')}.", "ids": [key]} for key, text in values[:2]]
    return {"sentences": [*rows, *({"text": text[:400], "ids": [key]} for key, text in quotes[:2])]}


def _explanation(said: str) -> dict[str, Any]:
    """Tell the chances of the candidates, as the facts have them."""
    told = [(key, who, what, shown) for key, who, what, shown in _FACT.findall(said) if not what.startswith("chance")]
    rows = [
        {"text": f"{who} has a {what} of {shown.split(' (')[0]}.", "facts": [key]} for key, who, what, shown in told
    ]
    return {"sentences": rows[:4]}


def _concept(said: str) -> dict[str, Any]:
    return {"sentences": []}


# By fields of the schema, the most particular first.
_JOBS: tuple[tuple[frozenset[str], Callable[[str], dict[str, Any]]], ...] = (
    (frozenset(("questions", "skill", "about")), _questions),
    (frozenset(("queries", "question", "query")), _queries),
    (frozenset(("proposals", "structure", "parent")), _proposals),
    (frozenset(("records", "quote", "material")), _records),
    (frozenset(("sentences", "text", "ids")), _answer),
    (frozenset(("sentences", "text", "facts")), _explanation),
    (frozenset(("sentences",)), _concept),
)
