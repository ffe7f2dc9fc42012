"""Refusal: how an answer says that a question cannot be answered, in the agentic track."""

from __future__ import annotations

import re
from typing import Final

from polybench.wording import normal_label

UNANSWERABLE: Final = "unanswerable"
_SUBJECT: Final = r"(?:it|this|that|the (?:question|polymer|structure|value|property))(?: (?:is|seems|appears))?"
_REFUSED: Final = re.compile(
    rf"(?:{_SUBJECT} )?(?:unanswerable|(?:can ?not|can't|can not) be (?:answered|determined|found|given|predicted)|"
    r"not answerable|i (?:can ?not|can't|am unable to) (?:answer|determine|find)|cannot answer|unable to answer|"
    r"no answer|not known|unknown polymer|invalid (?:structure|smiles|polymer)|no such polymer)"
    r"(?=\s*(?:$|[.,;:!(\n–—-]|because\b|since\b|as\b|this\b|that\b|it\b|the\b))",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Say whether an answer is a refusal.

    Parameters
    ----------
    text : str
        The answer, as it was taken out of a response.

    Returns
    -------
    bool
        True if it begins with one; a refusal in the middle of a sentence that goes on to answer is none.
    """
    plain = text.replace("**", "").replace("’", "'").strip().strip("*_`\"'$ \t")
    return bool(_REFUSED.match(plain)) or normal_label(plain) == UNANSWERABLE
