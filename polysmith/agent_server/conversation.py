"""What the last message of a conversation is: a question, a new brief, or an addition to the brief before it.

By the rules of ``agent.additions`` alone, and told in the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.additions import brief_of, is_addition, is_question, joined, without_opening
from tools.core.errors import InputError
from tools.core.shown import markdown as md

Mode = Literal["design", "ask"]


@dataclass(frozen=True)
class Understood:
    """What is to be answered.

    Attributes
    ----------
    mode : {"design", "ask"}
        As a brief or as a question.
    text : str
        The brief, with what it continues; or the question.
    notes : tuple of str
        What was decided, as Markdown, to be told first.
    """

    mode: Mode
    text: str
    notes: tuple[str, ...] = ()


def understood(messages: list[str], mode: str = "auto") -> Understood:
    """Read a conversation.

    Parameters
    ----------
    messages : list of str
        What the user said, oldest first.
    mode : {"auto", "design", "ask"}
        Whether the last message is a brief, a question, or whichever it looks like.

    Returns
    -------
    Understood
        What is to be answered.

    Raises
    ------
    InputError
        If there is no text, or a mode that is not known.
    """
    if mode not in {"auto", "design", "ask"}:
        raise InputError(f"{mode!r} is no mode.", hint="Choose auto, design or ask.")
    if not messages or not messages[-1].strip():
        raise InputError("The last message of the user is empty.", hint="Write a brief or a question.")
    last = messages[-1]
    if mode == "ask" or (mode == "auto" and is_question(last)):
        notes = ("Read as a question; for a design use the model polysmith-design.",) if mode == "auto" else ()
        return Understood("ask", without_opening(last) or last, notes)
    earlier = [text for text in messages[:-1] if text.strip() and (mode == "design" or not is_question(text))]
    brief, continued = without_opening(last) or last, False
    if earlier and is_addition(last):
        brief, continued = joined(brief_of(earlier), last), True
    notes = (f"Read as one brief with what you said before: “{md(brief)}”. To begin anew write “new brief: …”.",)
    return Understood("design", brief, notes if continued else ())
