"""Where an answer stands in a response: given apart, tagged, boxed, announced, or in the last line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from polybench.prediction import Prediction

Stage = Literal["final_answer", "tag", "boxed", "phrase", "last_line", "response", "none"]

_READ: Final = 200_000  # characters of a response, from its end
_NEAR_END: Final = 20_000  # characters in which an announced answer is looked for
_ANSWER: Final = 20_000  # characters of an answer
_TAG = re.compile(r"<(/?)(?:final_)?answer>", re.IGNORECASE)
_PHRASE = re.compile(r"\banswer\b[*_ \t]{0,4}(?:is\b[ \t]?:?|[:=：])(?:\*\*|__)?", re.IGNORECASE)
_STYLED = re.compile(r"^\\(?:text|mathrm|mathbf|textbf|texttt|rm|bf)\s?\{([^{}]*)\}$")
_BOX = re.compile(r"\\(?:boxed|fbox)\s?\{")


@dataclass(frozen=True)
class Fragment:
    """The part of a response that is taken as the answer.

    Attributes
    ----------
    stage : str
        How it was found.
    content : Any
        JSON for "final_answer", otherwise text.
    """

    stage: Stage
    content: Any


def find_answer(prediction: Prediction, *, block: bool = False) -> Fragment:
    """Find the answer in a prediction.

    Parameters
    ----------
    prediction : Prediction
        The prediction.
    block : bool
        Whether an answer may take several lines (lists).

    Returns
    -------
    Fragment
        The first that is there: explicit final answer, last answer tag, last box, last "answer is", last line. A place
        that is empty is passed over; one that holds something is the answer, whatever it holds.
    """
    given = prediction.final_answer
    if isinstance(given, str):
        given = given[:_ANSWER].strip()
    if given is not None and given != "":
        return Fragment("final_answer", unwrap(given, block=block) if isinstance(given, str) else given)
    text = prediction.response[-_READ:]
    tagged = _last_tag(text)
    if tagged:
        return Fragment("tag", unwrap(tagged[:_ANSWER], block=block))
    text = text[-_NEAR_END:]
    boxed = _last_box(text)
    if boxed:
        return Fragment("boxed", boxed)
    said = _after_phrase(text, block=block)
    if said:
        return Fragment("phrase", said)
    last = _closing_json(text) or (_last_block(text) if block else _last_line(text))
    return Fragment("last_line", last) if last else Fragment("none", "")


def unwrap(text: str, *, block: bool = False) -> str:
    """Take an answer out of tags, a box or "the answer is" inside it.

    Parameters
    ----------
    text : str
        An answer.
    block : bool
        Whether it may take several lines.

    Returns
    -------
    str
        Its innermost part.
    """
    for _ in range(3):
        inner = _last_tag(text) or _last_box(text) or _after_phrase(text, block=block)
        if not inner or inner == text:
            break
        text = inner
    return text.strip()


def _last_tag(text: str) -> str:
    """Return what the last answer tag holds; a tag that is never closed holds the rest."""
    marks = list(_TAG.finditer(text))
    for place in range(len(marks) - 1, -1, -1):
        if marks[place].group(1):
            continue
        end = marks[place + 1].start() if place + 1 < len(marks) else len(text)
        content = text[marks[place].end() : end].strip()
        if content:
            return content
    return ""


def _last_box(text: str) -> str:
    starts = list(_BOX.finditer(text))
    for match in reversed(starts[-3:]):
        depth = 1
        for place in range(match.end(), min(len(text), match.end() + 2000)):
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            if depth == 0:
                content = _STYLED.sub(r"\1", text[match.end() : place].strip())
                if content:
                    return content
                break
    return ""


def _after_phrase(text: str, *, block: bool) -> str:
    for match in reversed(list(_PHRASE.finditer(text))):
        rest = text[match.end() :]
        said = re.split(r"\n\s*\n", rest.strip(), maxsplit=1)[0] if block else rest.lstrip().partition("\n")[0]
        if said.strip():
            return said.strip()
    return ""


def _closing_json(text: str) -> str:
    """Return the JSON object or list that a response is, or ends with in a fence; empty if there is none."""
    plain = text.strip()
    if plain.endswith("```"):
        plain = plain[:-3].rpartition("```")[2].strip()
        plain = plain.removeprefix("json").strip()
    return plain if plain[:1] + plain[-1:] in ("{}", "[]") else ""


def _last_line(text: str) -> str:
    lines = (line.strip() for line in reversed(text.splitlines()))
    return next((line for line in lines if line.strip("`")), "")


def _last_block(text: str) -> str:
    plain = text.strip().removesuffix("```").strip()
    return re.split(r"\n[ \t]*\n|```", plain)[-1].strip()
