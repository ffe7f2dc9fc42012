"""The switches that forbid requests: one for working offline, one for tests."""

from __future__ import annotations

import os

from tools.core.errors import SetupError

OFFLINE_VARIABLE = "POLYSMITH_OFFLINE"
FORBID_VARIABLE = "POLYSMITH_FORBID_MODELS"


def _on(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in {"", "0", "false", "no"}


def offline() -> bool:
    """Return whether ``POLYSMITH_OFFLINE`` is set.

    Returns
    -------
    bool
        True if no request may be sent to any model.
    """
    return _on(OFFLINE_VARIABLE)


def check_allowed() -> None:
    """Stop a request to a language model that may not be sent; doubles ask nobody and are not stopped.

    Raises
    ------
    SetupError
        If ``POLYSMITH_OFFLINE`` or ``POLYSMITH_FORBID_MODELS`` is set.
    """
    if offline():
        raise SetupError(f"{OFFLINE_VARIABLE} is set: no request is sent to a model.", hint=f"unset {OFFLINE_VARIABLE}")
    if _on(FORBID_VARIABLE):
        raise SetupError(
            f"{FORBID_VARIABLE} is set: tests may not call a model.", hint="Use a double of agent.llm.scripted."
        )
