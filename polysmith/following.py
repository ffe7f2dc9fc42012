"""Follow-ups on a finished run: "why not PEEK?", "cheaper?", "compare 1 and 3", "without fluorine"."""

from __future__ import annotations

from agent.followup import FollowUp
from tools.core.errors import InputError

EXAMPLES = 'Such as "why not PEEK?", "easier to make?", "compare 1 and 3", "more like 2" or "without fluorine".'


def follow_up(run_id: str, text: str) -> FollowUp:
    """Answer a follow-up on a finished run from its own spec and numbers.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".
    text : str
        What is asked: why not a polymer, what is easier to make, a comparison, a route, variations of a candidate,
        what to
        do next, or a change of the brief.

    Returns
    -------
    FollowUp
        Checked sentences with their ledger. For a change ``spec`` is the changed brief: design for it with
        ``polysmith.design(found.spec, parent=found.run_id)``.

    Raises
    ------
    InputError
        If the text is no follow-up, or means a candidate or polymer that is not known.
    UnknownNameError
        If there is no such run, or it has not finished.
    """
    from agent.followup import follow_up as answer
    from agent.followup import understand
    from polysmith.running import show

    report = show(run_id)
    asked = understand(text, report)
    if asked is None:
        raise InputError(f"“{text[:80]}” is no follow-up on run {report.run_id}.", hint=EXAMPLES)
    return answer(report, asked, seed=report.seed)
