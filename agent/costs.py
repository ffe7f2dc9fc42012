"""What the next steps of a run would cost, told before they are begun."""

from __future__ import annotations

from agent.deps import Deps
from agent.llm.budget import Spent
from agent.settings import Settings
from tools.core.spec import DesignSpec
from tools.simulation.choose import SECONDS, choose

# CPU-seconds of one core per candidate of the search, as measured: docs/experiments.md, "Runs that survive".
SECONDS_PER_SCREENED = 0.0004
SECONDS_PER_EVOLVED = 0.006
_LARGE = 10  # times the usual search


def search_seconds(settings: Settings) -> tuple[int, float]:
    """Estimate the search of one run: each round looks further than the one before.

    Parameters
    ----------
    settings : Settings
        Pool, evaluations and rounds.

    Returns
    -------
    int
        Candidates of all rounds at most.
    float
        CPU-seconds of one core, from a measured rate; another machine has another.
    """
    scale = settings.rounds * (settings.rounds + 1) // 2
    screened, evolved = scale * settings.pool, scale * settings.evaluations
    return screened + evolved, screened * SECONDS_PER_SCREENED + evolved * SECONDS_PER_EVOLVED


def work_costs(spec: DesignSpec, settings: Settings) -> tuple[str, ...]:
    """Say what of the coming work costs much.

    Parameters
    ----------
    spec : DesignSpec
        The brief as read.
    settings : Settings
        What the run may do.

    Returns
    -------
    tuple of str
        Sentences; empty if nothing costs much: no search of ten times the usual size, and no simulation but fire tests.
    """
    lines = []
    usual, _ = search_seconds(Settings())
    number, seconds = search_seconds(settings)
    if number > _LARGE * usual:
        lines.append(f"The search tests up to {number:,} candidates, about {_duration(seconds)} on one core.")
    for simulation in choose(spec.constraints, settings.simulate):
        if simulation.engine != "cone":
            most = settings.n_candidates * SECONDS[simulation.engine]
            lines.append(
                f"Up to {settings.rounds} times {settings.n_candidates} finalists are simulated "
                f"({simulation.engine}: {simulation.reason}), at most {_duration(settings.rounds * most)}."
            )
    return tuple(lines)


def model_costs(deps: Deps) -> tuple[str, ...]:
    """Say what the language model may cost.

    Parameters
    ----------
    deps : Deps
        Settings and model.

    Returns
    -------
    tuple of str
        Sentences; empty if there is no model or no price.
    """
    endpoint = deps.settings.llm
    if deps.model is None or endpoint is None or not (endpoint.price_in or endpoint.price_out):
        return ()
    limits, spent = deps.model.budget.limits, deps.model.budget.spent
    price = f"A million tokens cost {endpoint.price_in:g} to read and {endpoint.price_out:g} to write."
    return price, left_text(limits.money, limits.tokens, spent)


def left_text(money: float | None, tokens: int | None, spent: Spent) -> str:
    """Say what is left of a budget.

    Parameters
    ----------
    money, tokens : float, int or None
        Limits.
    spent : Spent
        What was taken.

    Returns
    -------
    str
        A sentence.
    """
    left = [] if money is None else [f"money {max(0.0, money - spent.money):.4g}"]
    left += [] if tokens is None else [f"{max(0, tokens - spent.tokens):,} tokens"]
    return f"Left of the budget: {' and '.join(left)}." if left else "Its budget has no limit."


def _duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
