"""Which model a run thinks with: the one it is given, else the one that is configured, else none."""

from __future__ import annotations

from agent.llm.budget import Budget
from agent.llm.client import Client
from agent.llm.guard import offline
from agent.llm.model import ChatModel, LanguageModel
from agent.llm.profile import load_profile
from agent.runs import RunFolder
from agent.settings import Settings, home
from agent.thinking.journal import Journal, spent_before
from agent.tracing import Traced
from tools.core.errors import ModelError


def open_model(
    settings: Settings, folder: RunFolder, given: ChatModel | None = None
) -> tuple[LanguageModel | None, str]:
    """Open the model of a run, with what is left of the run's budget and the talk so far.

    Parameters
    ----------
    settings : Settings
        Endpoint and limits.
    folder : RunFolder
        The run.
    given : ChatModel, optional
        A model that is to be used instead of the endpoint; keeps its own budget.

    Returns
    -------
    LanguageModel or None
        None for the rules alone.
    str
        Why a model that was wanted is not there.

    Raises
    ------
    SetupError
        If the limits cannot be kept, or the endpoint serves several models and none is named.
    StateError
        If the run folder cannot be used.
    """
    if given is not None:
        return Journal(Traced(given), folder), ""
    endpoint = settings.llm
    if endpoint is None:
        return None, ""
    if offline():
        return None, "POLYSMITH_OFFLINE is set: the rules worked alone."
    budget = Budget(
        settings.llm_limits,
        price_in=endpoint.price_in,
        price_out=endpoint.price_out,
        spent=spent_before(folder),
    )
    client = Client(endpoint, profile=load_profile(home(), endpoint), budget=budget, seed=settings.seed)
    try:
        return Journal(Traced(client), folder, secrets=[key] if (key := endpoint.key()) else ()), ""
    except ModelError as error:
        return None, f"The model at {endpoint.url} did not answer, so the rules worked alone: {error}"
