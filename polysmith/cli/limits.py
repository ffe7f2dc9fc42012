"""Limits of a run as options of the command line."""

from __future__ import annotations


def limits_of(
    calls: int | None, tokens: int | None, money: float | None, seconds: float | None
) -> dict[str, float | None] | None:
    """Make the model's limits from what was given; what was not keeps its default.

    Parameters
    ----------
    calls, tokens : int or None
        Requests, and tokens read and written.
    money : float or None
        Cost.
    seconds : float or None
        Seconds of the whole run, which the model may not pass either.

    Returns
    -------
    dict or None
        Fields of ``agent.llm.budget.Limits``; None if nothing was given.
    """
    from agent.llm.budget import Limits

    usual = Limits().seconds
    most = seconds if usual is None or seconds is None else min(seconds, usual)
    given = {"calls": calls, "tokens": tokens, "money": money, "seconds": most}
    return {name: value for name, value in given.items() if value is not None} or None
