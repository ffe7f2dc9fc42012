"""The project's client of OpenAI-compatible endpoints as a completer."""

from __future__ import annotations

from agent.llm.messages import Message, Request
from agent.llm.model import ChatModel
from polybench.prediction import Usage
from polybench.run.model_answerer import Messages


class ClientCompleter:
    """Asks a model through ``agent.llm``.

    Parameters
    ----------
    model : ChatModel
        A client, or one of its doubles.
    price_in, price_out : float
        Price of a million tokens read and written; the cost of a reply is known only where one is set.
    """

    def __init__(self, model: ChatModel, *, price_in: float = 0.0, price_out: float = 0.0) -> None:
        self._model = model
        self._prices = (price_in, price_out)

    def complete(self, messages: Messages) -> tuple[str, Usage]:
        """Return the next text and its tokens."""
        said = tuple(Message.model_validate({"role": role, "content": text}) for role, text in messages)
        reply = self._model.ask(Request(said))
        tokens = (reply.usage.prompt_tokens, reply.usage.completion_tokens)
        cost = sum(price * count for price, count in zip(self._prices, tokens, strict=True)) / 1e6
        known = cost if any(self._prices) else None
        return reply.text, Usage.model_validate({"in": tokens[0], "out": tokens[1], "cost": known})
