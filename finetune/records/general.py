"""Records that guard general abilities, and the gate that measures them: instructions and tool calls, told by rule.

Nothing here is foreign data: questions are made by rule from a seed. The gate's questions are never among the records:
a question belongs to one of the two by the hash of its words.
"""

from __future__ import annotations

import hashlib
import json
import math
import random
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from pydantic import ValidationError

from finetune.records import general_text, general_tools
from finetune.records.calls import all_tools
from finetune.records.gate_items import GateItem, Reply, calls_of, json_of, text_of
from finetune.records.record import Record
from polybench.builders.split import share_of
from tools.core.errors import InputError, PolysmithError
from tools.core.properties import get_property
from tools.core.units import convert
from tools.naming.resolve import resolve

KINDS: Final = (*general_text.MAKERS, *general_tools.MAKERS)
SYSTEM: Final = "You are a helpful assistant. You do exactly what is asked."
_GATE_SHARE: Final = 0.15  # share of the questions that belong to the gate
_MOST_TRIES: Final = 60
_NUMBER = re.compile(r"[-+−]?\d[\d,]*\.?\d*(?:[eE][-+]?\d+)?")
_POLYMERS: Final = frozenset(("polymer", "polymers", "text"))
_PROPERTIES: Final = frozenset(("properties", "property_name"))


def gate_set(seed: int = 0, n: int = 180) -> list[GateItem]:
    """Make the questions that a tuned model must pass.

    Parameters
    ----------
    seed : int
        The same seed gives the same questions.
    n : int
        How many; the kinds of ``KINDS`` take turns.

    Returns
    -------
    list of GateItem
        All different, none of them among the records.

    Raises
    ------
    InputError
        If ``n`` is negative, or more questions are asked for than there are.
    """
    if n < 0:
        raise InputError(f"{n} is no number of questions.", hint="Give 0 or more.")
    items = _items(random.Random(f"{seed}|gate"), gate=True)
    return [next(items) for _ in range(n)]


def general_records(seed: int = 0, n: int = 6000) -> Iterator[Record]:
    """Make records that guard general abilities.

    Parameters
    ----------
    seed : int
        The same seed gives the same records.
    n : int
        How many.

    Yields
    ------
    Record
        All different, none of them in any gate.
    """
    items = _items(random.Random(f"{seed}|general"), gate=False)
    for _ in range(n):
        item = next(items)
        yield Record(
            id=item.id,
            kind="general",
            subtask=item.kind,
            messages=(*item.messages, item.gold),
            tools=item.tools,
            licence="Apache-2.0",
        )


def _items(rng: random.Random, *, gate: bool) -> Iterator[GateItem]:
    """Make different questions of one side, the kinds in turn; a kind that has run out is passed over."""
    seen: set[str] = set()
    while True:
        before = len(seen)
        for kind in KINDS:
            for _ in range(_MOST_TRIES):
                item = _item(kind, rng)
                if item.id not in seen and (share_of(item.id) < _GATE_SHARE) == gate:
                    seen.add(item.id)
                    yield item
                    break
        if len(seen) == before:
            raise InputError(f"There are only {before} different questions.", hint="Ask for fewer.")


def _item(kind: str, rng: random.Random) -> GateItem:
    if kind in general_text.MAKERS:
        question, expected, reply = general_text.MAKERS[kind](rng)
        messages = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": question}]
        gold: dict[str, Any] = {"role": "assistant", "content": reply}
        name = _name(kind, messages)
        return GateItem(id=name, kind=kind, messages=tuple(messages), expected=expected, gold=gold)
    talk = general_tools.MAKERS[kind](rng)
    name = _name(kind, talk.messages)
    return GateItem(
        id=name,
        kind=kind,
        family="tools",
        messages=tuple(talk.messages),
        tools=tuple(general_tools.made_tools(talk, name)),
        expected=talk.expected,
        gold=talk.gold,
    )


def _name(kind: str, messages: list[dict[str, Any]]) -> str:
    return f"{kind}-{hashlib.sha256(json.dumps(messages, sort_keys=True).encode()).hexdigest()[:14]}"


def check(item: GateItem, reply: Reply) -> bool:
    """Say whether a reply does what was asked.

    Parameters
    ----------
    item : GateItem
        The question.
    reply : str or mapping
        Text (calls as ``<tool_call>`` blocks or ``TOOL:`` lines are read), or a message of the chat-completions
        protocol.

    Returns
    -------
    bool
        Whether it is right; never an error, whatever the reply.
    """
    calls = calls_of(reply)
    if calls is None:
        return False
    wanted = item.expected
    if "call" in wanted:
        return len(calls) == 1 and _same_call(wanted["call"], calls[0].name, calls[0].arguments)
    return not calls and all(rule(wanted, text_of(reply)) for name, rule in _RULES.items() if name in wanted)


def _exact(wanted: Mapping[str, Any], text: str) -> bool:
    if wanted.get("fence"):
        text = re.sub(r"^```\w*\n|\n```$", "", text)
    if wanted.get("fold"):
        text = text.strip(" .\"'")
        return text.casefold() == str(wanted["exact"]).casefold()
    return "\n".join(line.rstrip() for line in text.splitlines()) == str(wanted["exact"])


def _json(wanted: Mapping[str, Any], text: str) -> bool:
    try:
        found = json_of(text)
    except InputError:
        return False
    if not isinstance(found, dict) or found != wanted["json"]:
        return False
    return all(type(found[key]) is type(value) for key, value in wanted["json"].items())


def _words(wanted: Mapping[str, Any], text: str) -> bool:
    words = [word.strip(".,;:!?\"'()") for word in text.split()]
    return len(words) == wanted["words"] and wanted["contains"].casefold() in (word.casefold() for word in words)


def _tagged(wanted: Mapping[str, Any], text: str) -> bool:
    found = re.findall(r"<answer>(.*?)</answer>", text, re.DOTALL)
    try:
        number = float(found[-1].strip().replace(",", "").replace("−", "-")) if found else math.nan
    except ValueError:
        return False
    return math.isclose(number, wanted["tagged"], rel_tol=wanted["rel"], abs_tol=1e-9)


def _any_of(wanted: Mapping[str, Any], text: str) -> bool:
    said = text.casefold()
    return any(
        re.search(rf"(?<!\w){re.escape(word.casefold())}", said) if word[0].isalnum() else word in said
        for word in wanted["any_of"]
    )


def _number(wanted: Mapping[str, Any], text: str) -> bool:
    """Whether the number occurs with its unit, in that unit or another of the same kind."""
    for match in _NUMBER.finditer(text):
        try:
            number = float(match.group().replace(",", "").replace("−", "-"))
        except ValueError:
            continue
        rest = text[match.end() :].lstrip()
        if not wanted["unit"] and math.isclose(number, wanted["number"], rel_tol=5e-3):
            return True
        unit = re.match(r"[^\s,;()]+", rest)
        if wanted["unit"] and unit and _close(number, unit.group().rstrip("."), wanted):
            return True
    return False


def _close(number: float, unit: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return math.isclose(convert(number, unit, wanted["unit"]), wanted["number"], rel_tol=5e-3)
    except PolysmithError:
        return False


def _claims_nothing(wanted: Mapping[str, Any], text: str) -> bool:
    """Whether a text states no number apart from those of the structure that could not be read."""
    return not re.search(r"\d", text.replace(wanted["no_number_of"], ""))


_RULES: Final = {
    "exact": _exact,
    "json": _json,
    "words": _words,
    "tagged": _tagged,
    "any_of": _any_of,
    "number": _number,
    "no_number_of": _claims_nothing,
}


def _same_call(wanted: Mapping[str, Any], name: str, arguments: dict[str, Any]) -> bool:
    """Whether a call does the same as the wanted one: names and structures are resolved, defaults filled in."""
    if name != wanted["name"]:
        return False
    model = all_tools()[name].arguments
    try:
        said, right = model.model_validate(arguments), model.model_validate(wanted["arguments"])
    except ValidationError:
        return False
    pairs = zip(said.model_dump().items(), right.model_dump().values(), strict=True)
    return all(_same(field, one, other) for (field, one), other in pairs)


def _same(field: str, one: Any, other: Any) -> bool:
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        inner = "polymer" if field == "parts" else field
        return len(one) == len(other) and all(_same(inner, a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, str) and isinstance(other, str):
        if field in _POLYMERS and (key := _key(other)):
            return _key(one) == key
        if field in _PROPERTIES:
            return _property(one) == _property(other)
        return one.casefold() == other.casefold()
    if isinstance(one, float | int) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-6)
    return bool(one == other)


@lru_cache(maxsize=10_000)
def _key(text: str) -> str:
    try:
        return resolve(text, suggest=False).key
    except PolysmithError:
        return ""


def _property(text: str) -> str:
    try:
        return get_property(text).id
    except PolysmithError:
        return text
