"""When to try again: after faults that may pass, with growing pauses and jitter, within the time that is left."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from agent.llm.breaker import Breaker
from tools.core.errors import ModelError

# "rejected", "too_long", "refused" and "truncated" would come again; "circuit_open" is not asked at all
PASSING = frozenset({"timeout", "rate_limited", "server", "unreachable", "broken", "malformed", "empty"})
FIRST_PAUSE = 0.5  # seconds, doubled at every further try
LONGEST_PAUSE = 20.0  # seconds, unless the server asks for more
LONGEST_WAIT = 120.0  # seconds; a server that asks for more is not waited for, but reported


@dataclass(frozen=True)
class Try:
    """One try.

    Attributes
    ----------
    pause : float
        Seconds to wait before it.
    seconds : float
        Seconds that it may take.
    """

    pause: float
    seconds: float


@dataclass(frozen=True)
class Patience:
    """How often and how long to try.

    Attributes
    ----------
    retries : int
        Further tries.
    timeout : float
        Seconds for one try.
    seconds : float
        Seconds for all of them, pauses included.
    """

    retries: int
    timeout: float
    seconds: float


def tries(
    patience: Patience,
    breaker: Breaker,
    jitter: random.Random,
    clock: Callable[[], float] = time.monotonic,
) -> Generator[Try, None, None]:
    """Give tries until one succeeds; a fault is thrown in, and comes back out when there is no further try.

    Parameters
    ----------
    patience : Patience
        How often and how long.
    breaker : Breaker
        Told of every outcome.
    jitter : random.Random
        Spreads the pauses over half to all of their length, so that clients do not come back all at once.
    clock : callable
        Seconds that never run backwards.

    Yields
    ------
    Try
        What to do next.

    Raises
    ------
    ModelError
        The last fault.
    """
    end, pause = clock() + patience.seconds, 0.0
    for attempt in range(patience.retries + 1):
        breaker.check()
        try:
            yield Try(pause, max(0.001, min(patience.timeout, end - clock() - pause)))
        except ModelError as error:
            if error.code not in PASSING:
                breaker.succeeded()  # the server is there and answered
                raise
            breaker.failed()
            grown = min(LONGEST_PAUSE, FIRST_PAUSE * 2**attempt) * (0.5 + 0.5 * jitter.random())
            pause = max(grown, error.wait)
            if attempt == patience.retries or pause > LONGEST_WAIT or clock() + pause >= end:
                raise
        else:
            breaker.succeeded()
            return
