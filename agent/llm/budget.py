"""How much a run may ask of a language model, and what it has asked."""

from __future__ import annotations

import threading

from pydantic import BaseModel, ConfigDict, Field

from agent.llm.messages import Request, Usage
from tools.core.errors import BudgetError, SetupError

CHARACTERS_PER_TOKEN = 3  # low for English, so that estimates err on the careful side


class Limits(BaseModel):
    """Limits of a run; None for no limit.

    Attributes
    ----------
    calls : int or None
        Requests, without the further tries after a fault.
    tokens : int or None
        Tokens read and written.
    seconds : float or None
        Seconds spent waiting for the model.
    money : float or None
        Cost, in the currency of the endpoint's prices.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int | None = Field(default=200, ge=0)
    tokens: int | None = Field(default=1_000_000, ge=0)
    seconds: float | None = Field(default=3600.0, ge=0, allow_inf_nan=False)
    money: float | None = Field(default=None, ge=0, allow_inf_nan=False)


class Spent(BaseModel):
    """What was asked so far; kept with a run, so that resuming does not begin at zero.

    Attributes
    ----------
    calls : int
        Requests.
    prompt_tokens, completion_tokens : int
        Tokens read and written.
    seconds : float
        Seconds spent waiting.
    money : float
        Cost.
    estimated : bool
        Whether some tokens are estimates because a server did not say.
    """

    model_config = ConfigDict(frozen=True)

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    money: float = 0.0
    estimated: bool = False

    @property
    def tokens(self) -> int:
        """Tokens read and written."""
        return self.prompt_tokens + self.completion_tokens


class Budget:
    """Counts calls, tokens, seconds and money, and stops at a limit. Safe to share between threads.

    Parameters
    ----------
    limits : Limits, optional
        The limits.
    price_in, price_out : float
        Price of a million tokens read and written.
    spent : Spent, optional
        What an earlier part of the run took.

    Raises
    ------
    SetupError
        If money is limited and there is no price.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        price_in: float = 0.0,
        price_out: float = 0.0,
        spent: Spent | None = None,
    ) -> None:
        self.limits = limits or Limits()
        if self.limits.money is not None and not (price_in or price_out):
            raise SetupError(
                "Money is limited but the price of tokens is not known.", hint="Set price_in and price_out."
            )
        self._prices = (price_in, price_out)
        self._spent = spent or Spent()
        self._lock = threading.Lock()

    @property
    def spent(self) -> Spent:
        """What was taken so far."""
        return self._spent

    def admit(self, request: Request, max_tokens: int) -> Request:
        """Count a request before it is sent, and cut its length and time to what is left.

        Parameters
        ----------
        request : Request
            The request.
        max_tokens : int
            Tokens that it may write if it does not say.

        Returns
        -------
        Request
            The request with ``max_tokens`` and ``seconds`` set.

        Raises
        ------
        BudgetError
            If a limit is reached, or would be by reading the request alone.
        """
        with self._lock:
            spent, limits = self._spent, self.limits
            room = min(request.max_tokens or max_tokens, max_tokens)
            if limits.calls is not None and spent.calls >= limits.calls:
                raise _used_up("calls", limits.calls)
            reading = estimate(request)
            if limits.tokens is not None:
                room = min(room, limits.tokens - spent.tokens - reading)
                if room < 1:
                    raise _used_up("tokens", limits.tokens)
            if limits.money is not None:
                left = limits.money - spent.money - reading * self._prices[0] / 1e6
                if left <= 0:
                    raise _used_up("money", limits.money)
                room = min(room, int(left / self._prices[1] * 1e6)) if self._prices[1] else room
                if room < 1:
                    raise _used_up("money", limits.money)
            seconds = request.seconds
            if limits.seconds is not None:
                seconds = min(seconds, limits.seconds - spent.seconds)
                if seconds <= 0:
                    raise _used_up("seconds", limits.seconds)
            self._spent = spent.model_copy(update={"calls": spent.calls + 1})
            return request.but(max_tokens=room, seconds=seconds)

    def cost(self, usage: Usage) -> float:
        """Return what tokens cost.

        Parameters
        ----------
        usage : Usage
            Tokens.

        Returns
        -------
        float
            Cost, in the currency of the prices.
        """
        return (usage.prompt_tokens * self._prices[0] + usage.completion_tokens * self._prices[1]) / 1e6

    def charge(self, usage: Usage, seconds: float) -> None:
        """Count what a request took.

        Parameters
        ----------
        usage : Usage
            Tokens.
        seconds : float
            Seconds.
        """
        cost = self.cost(usage)
        with self._lock:
            spent = self._spent
            self._spent = Spent(
                calls=spent.calls,
                prompt_tokens=spent.prompt_tokens + usage.prompt_tokens,
                completion_tokens=spent.completion_tokens + usage.completion_tokens,
                seconds=spent.seconds + seconds,
                money=spent.money + cost,
                estimated=spent.estimated or usage.estimated,
            )


def tokens_of(text: str) -> int:
    """Estimate the tokens of a text from its length.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    int
        A third of its characters, rounded up.
    """
    return -(-len(text) // CHARACTERS_PER_TOKEN)


def estimate(request: Request) -> int:
    """Estimate the tokens of a request from its length.

    Parameters
    ----------
    request : Request
        The request.

    Returns
    -------
    int
        Tokens of its messages, tools and schema.
    """
    texts = [message.content for message in request.messages]
    texts += [call.name + call.arguments for message in request.messages for call in message.tool_calls]
    return sum(map(tokens_of, texts)) + tokens_of("".join(map(str, request.tools)) + str(request.schema or ""))


def _used_up(what: str, limit: float) -> BudgetError:
    return BudgetError(f"The run's budget of {limit:g} {what} for the model is used up.", hint="Raise the limit.")
