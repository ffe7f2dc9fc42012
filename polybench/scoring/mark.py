"""Mark: how one prediction did on one task."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from polybench.extract import Stage


@dataclass(frozen=True, slots=True)
class Mark:
    """How one prediction did.

    Attributes
    ----------
    id : str
        Task.
    score : float
        0 to 1; 0 for what is missing or cannot be read.
    correct : bool
        Whether it is right in full, as the compositionality gap needs it.
    parsed : bool
        Whether an answer could be read.
    stage : str
        Where the answer stood; "none" for a missing prediction.
    detail : dict
        Numbers behind the score, by answer type.
    answered : bool
        Whether there was a prediction at all.
    """

    id: str
    score: float
    correct: bool
    parsed: bool
    stage: Stage
    detail: dict[str, Any] = field(default_factory=dict)
    answered: bool = True
