"""What a typed line names: polymers, each on a line or between commas."""

from __future__ import annotations

import re
from typing import Final

from tools.core.errors import InputError

MOST: Final = 20  # polymers in one message
_LEAD: Final = re.compile(
    r"^\s*(?:please\s+)?(?:predict|calculate|estimate)(?:\s+(?:all|the)?\s*properties)?(?:\s+(?:of|for))?\s*:?\s*", re.I
)


def polymers_in(text: str) -> list[str]:
    """Take the polymers out of a message.

    Parameters
    ----------
    text : str
        Repeat units or names, one to a line, or separated by commas or semicolons that are followed by a space.

    Returns
    -------
    list of str
        As they were typed.

    Raises
    ------
    InputError
        If there is none, or too many.
    """
    rest = _LEAD.sub("", text, count=1)
    found = [item.strip(" .?\t") for item in re.split(r"[\n;]|,\s+|\s+and\s+", rest)]
    named = list(dict.fromkeys(item for item in found if item))
    if not named:
        raise InputError(
            "No polymer is named.", hint="Type a repeat unit such as *CC(*)c1ccccc1, or a name such as PMMA."
        )
    if len(named) > MOST:
        raise InputError(f"{len(named)} polymers are named; {MOST} are the most.", hint="Upload a CSV file instead.")
    return named
