"""Parsing: from a prediction to a value of the task's answer type, or to nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from polybench.extract import Fragment, Stage, find_answer
from polybench.numbers import Quantity, quantity_of, read_quantity
from polybench.prediction import Prediction
from polybench.refusal import UNANSWERABLE, refuses
from polybench.task import INFEASIBLE, Task
from polybench.wording import looks_like_smiles, normal_item, normal_label

MAX_ITEMS: Final = 200
_MAX_LABEL: Final = 200
_LISTS = frozenset(("ranking", "set", "design"))
_KEYS = ("final_answer", "answer", "choice", "label", "value", "smiles", "ranking", "items", "candidates", "text")
_YES_NO = re.compile(r"(yes|no|true|false|correct|incorrect)(?![\w/-])(?!\s+(?:and|or)\b)(?P<rest>.*)", re.I | re.S)
_TRUE = frozenset(("yes", "true", "correct"))
_INFEASIBLE = re.compile(
    r"(?:it is |this is |the (?:brief|task|specification|problem) is )?"
    r"(?:infeasible|not feasible|unfeasible|impossible|no solution|no feasible|no such (?:polymer|repeat unit))"
    r"\s*(?:$|[.,;:!(\n–—-]|because\b|since\b|given\b|under\b)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\s*(?:\(?\d{1,3}[.):]\s+|[-•–]\s+)")
_HEDGE = re.compile(r"\s*(?:,|/|&|and\b|or\b)\s*", re.IGNORECASE)
_SEPARATORS = (">", "→", "≻", "<", "\n", ";", ",")
_EMPTY = frozenset(("", "none", "noneofthem", "empty", "emptyset", "nothing", "noitems"))


@dataclass(frozen=True)
class Parsed:
    """What a prediction was read as.

    Attributes
    ----------
    value : str, bool, Quantity, tuple of str or None
        The answer; None if it could not be read.
    stage : str
        Where it stood: "final_answer", "tag", "boxed", "phrase", "last_line", "response" or "none".
    """

    value: str | bool | Quantity | tuple[str, ...] | None
    stage: Stage

    @property
    def ok(self) -> bool:
        """Whether there is an answer."""
        return self.value is not None


def parse(task: Task, prediction: Prediction) -> Parsed:
    """Read the answer of a prediction.

    Parameters
    ----------
    task : Task
        The question; its gold answer decides nothing here but the items of a ranking without choices.
    prediction : Prediction
        The answer, however malformed.

    Returns
    -------
    Parsed
        The value, and where it stood. Untagged text is read strictly: a bare letter or one of several numbers in
        prose is no answer.
    """
    kind = task.answer_type
    fragment = find_answer(prediction, block=kind in _LISTS)
    if kind == "text":
        return _text(fragment, prediction)
    if fragment.stage == "none":
        return Parsed(None, "none")
    strict = fragment.stage == "last_line"
    content = _opened(fragment.content, kind)
    if task.category == "agentic" and isinstance(content, str) and refuses(content):
        return Parsed(UNANSWERABLE, fragment.stage)
    read = _READERS[kind]
    if kind in _LISTS or not isinstance(content, str):
        return Parsed(read(task, content, strict), fragment.stage)
    for part in _parts(content):
        value = read(task, part, strict)
        if value is not None:
            return Parsed(value, fragment.stage)
    return Parsed(None, fragment.stage)


def _opened(content: Any, kind: str) -> Any:
    """Take an answer out of an object that names it; quantities stay as they are."""
    if isinstance(content, str) and content[:1] in "[{" and content[-1:] in "]}" and content:
        try:
            content = orjson.loads(content)
        except orjson.JSONDecodeError:
            return content
    if isinstance(content, dict) and not (kind == "numeric" and "value" in content):
        named = [content[key] for key in _KEYS if key in content]
        return _opened(named[0], kind) if named and not isinstance(named[0], dict) else None
    if isinstance(content, list) and len(content) == 1 and kind not in _LISTS:
        return content[0]
    return content


def _parts(content: str) -> list[str]:
    lines = [line.strip() for line in content.splitlines() if line.strip()]
    return list(dict.fromkeys((content.strip(), *lines[:1], *lines[-1:])))


def _text(fragment: Fragment, prediction: Prediction) -> Parsed:
    if fragment.stage in ("final_answer", "tag"):
        content = fragment.content
        said = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        return Parsed(said or None, fragment.stage)
    said = prediction.response[-20_000:].strip()
    return Parsed(said or None, "response" if said else "none")


def _bare(text: str) -> str:
    """Take marks of emphasis, quotes and a final full stop off a short answer."""
    return text.replace("**", "").strip().strip("*_`\"'$ \t").rstrip(".").strip()


def _mcq(task: Task, content: Any, strict: bool) -> str | None:
    if isinstance(content, int) and not isinstance(content, bool):
        content = str(content)
    if not isinstance(content, str):
        return None
    text = re.sub(r"^(?:option|choice)\s+", "", _bare(content), flags=re.IGNORECASE)
    exact = {key.casefold(): key for key in task.choices}
    alone = exact.get(text.strip("()[]").casefold().rstrip(".:)"))
    if alone is not None:
        return alone
    by_text: dict[str, list[str]] = {}
    for key, choice in task.choices.items():
        by_text.setdefault(normal_item(choice), []).append(key)
    said = by_text.get(normal_item(content), []) or by_text.get(normal_item(text), [])
    if len(said) == 1:
        return said[0]
    return _lettered(task, text, by_text, strict=strict)


def _lettered(task: Task, text: str, by_text: dict[str, list[str]], *, strict: bool) -> str | None:
    """Read ``B) text``, ``B: text`` and, where an answer is announced, ``B because ...``."""
    keys = "|".join(re.escape(key) for key in sorted(task.choices, key=len, reverse=True))
    match = re.match(rf"[(\[]?({keys})(?:[)\].:,;]+\**\s*|\s+[-–—]\s+|\s+(?=because\b|since\b|as\b|\())", text)
    if match is None:
        return None
    key, rest = match.group(1), text[match.end() :]
    hedge = _HEDGE.match(text, match.end(1))
    if hedge and re.match(rf"[(\[]?(?:{keys})(?![A-Za-z])", text[hedge.end() :]):
        return None
    named = by_text.get(normal_item(rest.strip("() ")), [])
    if named:
        return key if key in named else None
    return None if strict else key


def _boolean(_: Task, content: Any, strict: bool) -> bool | None:
    if isinstance(content, bool):
        return content
    match = _YES_NO.match(_bare(content)) if isinstance(content, str) else None
    if match is None:
        return None
    rest = match["rest"].lstrip("*_ ")
    if strict and rest and rest[0] not in ",.;:!-–—(":
        return None
    return match[1].casefold() in _TRUE


def _label(task: Task, content: Any, strict: bool) -> str | None:
    if isinstance(content, bool) or not isinstance(content, str | int | float):
        return None
    text = str(content).strip()
    if task.choices:
        found = _mcq(task, text, strict)
        return normal_label(task.choices[found]) if found is not None else None
    if len(text) > (_MAX_LABEL // 2 if strict else _MAX_LABEL):
        return None
    return normal_label(re.sub(r"\s+\([^()]{0,100}\)\s*[.]?$", "", text) or text) or None


def _numeric(task: Task, content: Any, strict: bool) -> Quantity | None:
    if isinstance(content, str):
        return read_quantity(content, task.unit, strict=strict)
    return quantity_of(content, task.unit)


def ranked_items(task: Task) -> dict[str, str]:
    """Map every way to name an item of a ranking to the item.

    Parameters
    ----------
    task : Task
        A ranking.

    Returns
    -------
    dict of str to str
        Items by ``normal_item`` of their keys, and of the texts of the choices where these are distinct.
    """
    answer = task.answer if isinstance(task.answer, tuple) else ()
    names = {normal_item(item): item for item in answer}
    texts = [normal_item(text) for text in task.choices.values()]
    for key, text in zip(task.choices, texts, strict=True):
        if texts.count(text) == 1:
            names.setdefault(text, key)
    return names


def _ranking(task: Task, content: Any, strict: bool) -> tuple[str, ...] | None:
    names = ranked_items(task)
    listed = _listed(content, _SEPARATORS)
    if listed is None:
        return None
    if len(listed) == 1 and len(listed[0]) == len(task.choices) and set(listed[0]) <= set(task.choices):
        listed = list(listed[0])  # "BDAC"
    items = tuple(names.get(normal_item(item)) or names.get(_key_of(item), "?" + item) for item in listed)
    known = sum(not item.startswith("?") for item in items)
    return items if len(items) > 1 and (known == len(items) if strict else known > 0) else None


def _key_of(item: str) -> str:
    """Take the key off ``A (PMMA)`` or ``A: PMMA``."""
    return normal_item(re.split(r"\s*[(:]", item.strip(), maxsplit=1)[0])


def _set(_: Task, content: Any, strict: bool) -> tuple[str, ...] | None:
    listed = _listed(content, ("\n", ";", ","))
    if listed is None or (strict and any(len(item) > 60 for item in listed)):
        return None
    items = tuple(dict.fromkeys(normal_item(item) for item in listed))
    if all(item in _EMPTY for item in items):
        return None if strict and isinstance(content, str) and not content.strip() else ()
    return tuple(item for item in items if item)


def _smiles(_: Task, content: Any, strict: bool) -> str | None:
    if not isinstance(content, str):
        return None
    tokens = _structures(content)
    words = [word for word in content.split() if not word.endswith(":")]
    if len(tokens) != 1 or (strict and len(words) > 1):
        return None
    return tokens[0]


def _design(task: Task, content: Any, strict: bool) -> str | tuple[str, ...] | None:
    if isinstance(content, str):
        plain = _bare(content)
        if _INFEASIBLE.match(plain) and not (strict and len(plain) > 100):
            return INFEASIBLE
        if strict and not all(_structures(line) for line in content.splitlines() if line.strip()):
            return None
        found = _structures(content)
    elif isinstance(content, list):
        found = [item for entry in content if (item := _candidate(entry))]
    else:
        return None
    return tuple(dict.fromkeys(found))[: task.n_candidates] or None


def _candidate(entry: Any) -> str:
    if isinstance(entry, dict):
        entry = entry.get("smiles") or entry.get("SMILES")
    return entry.strip().strip("`\"'") if isinstance(entry, str) else ""


def _structures(text: str) -> list[str]:
    """Find what is written like a SMILES, each once."""
    found = []
    for line in text.splitlines()[:MAX_ITEMS]:
        for word in re.split(r"[\s,;`\"'|]+", _NUMBERED.sub("", line)):
            token = re.sub(r"^\*\*(?!$)|\*\*$", "", word.rstrip(".:"))  # bold; no SMILES begins or ends with **
            if token and looks_like_smiles(token):
                found.append(token)
    return list(dict.fromkeys(found))[:MAX_ITEMS]


def _listed(content: Any, separators: Sequence[str]) -> list[str] | None:
    """Split a list at the first separator that occurs in it."""
    if isinstance(content, list):
        plain = [item for item in content if isinstance(item, str | int | float) and not isinstance(item, bool)]
        return [str(item) for item in plain][:MAX_ITEMS] if len(plain) == len(content) else None
    if not isinstance(content, str):
        return None
    text = content.strip().strip("[](){}$ \n") if content.strip()[:1] in "[({$" else content.strip()
    mark = next((mark for mark in separators if mark in text), "")
    pattern = r"\n" if mark == "\n" else r",(?=\s)|,(?!\d)" if mark == "," else re.escape(mark)
    parts = re.split(pattern, text) if mark else [text]
    if mark in (",", ";"):  # "A, B, and C"
        parts = [re.sub(r"^\s*and\s+", "", part) for part in parts]
    elif not mark and " and " in text:
        parts = text.split(" and ")
    stripped = [_NUMBERED.sub("", part).strip().strip("`\"'") for part in parts[:MAX_ITEMS]]
    return [part.lstrip("≥= ").rstrip(".") for part in stripped if part]


_READERS: Final[dict[str, Callable[[Task, Any, bool], Any]]] = {
    "mcq": _mcq,
    "boolean": _boolean,
    "label": _label,
    "numeric": _numeric,
    "ranking": _ranking,
    "set": _set,
    "smiles": _smiles,
    "design": _design,
}
