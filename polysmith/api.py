"""The Python API: design, predict, ask, search, draw, and the runs behind them."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from agent.report.model import Report
from polysmith.config import open_retriever, runs_folder
from polysmith.results import Drawing, Prediction
from polysmith.running import Listener, question, resume, show, status, stop
from tools.core.errors import InputError, PolysmithError, StateError
from tools.core.evidence import Passage
from tools.core.spec import DesignSpec

if TYPE_CHECKING:
    from agent.llm.model import ChatModel

__all__ = [
    "ask",
    "astream",
    "design",
    "design_many",
    "draw",
    "parse",
    "predict",
    "question",
    "replay",
    "resume",
    "search",
    "show",
    "status",
    "stop",
]


def parse(brief: str, *, model: ChatModel | bool | None = None) -> DesignSpec:
    """Read a brief into typed constraints.

    Parameters
    ----------
    brief : str
        The brief in plain words.
    model : ChatModel or bool, optional
        As for ``design``: a language model that reads beside the rules; False for the rules alone.

    Returns
    -------
    DesignSpec
        Constraints, what was assumed, what was not understood, and problems.

    Raises
    ------
    BriefError
        If there is nothing in it to design for.
    """
    from agent.llm.client import Client
    from agent.llm.guard import offline
    from agent.settings import home
    from agent.thinking.reading import read_spec

    if isinstance(model, bool) or model is None:
        model = None if model is False or offline() else Client.open(home())
    return read_spec(brief, model)


def design(
    brief: str | DesignSpec,
    *,
    candidates: int | None = None,
    seed: int | None = None,
    on_event: Listener | None = None,
    model: ChatModel | bool | None = None,
    callbacks: Sequence[Any] = (),
    parent: str = "",
    **settings: Any,
) -> Report:
    """Design polymers for a brief.

    Parameters
    ----------
    brief : str or DesignSpec
        The brief in plain words, or already typed.
    candidates : int, optional
        Finalists in the report (5).
    seed : int, optional
        Seed; the same seed gives the same numbers.
    on_event : callable, optional
        Called with every event of the run.
    model : ChatModel or bool, optional
        A language model to think with, such as ``agent.llm.scripted.ScriptedModel``; False for the rules alone. By
        default the endpoint that is configured (``POLYSMITH_LLM_URL``), if there is one.
    callbacks : sequence of BaseCallbackHandler, optional
        LangChain's callback handlers: told of every step, model request (with its tokens) and tool call.
    parent : str
        Id of the run that this one goes on from, such as after ``polysmith.follow_up``; kept with the run.
    **settings : Any
        Further fields of ``agent.settings.Settings``.

    Returns
    -------
    Report
        Ranked candidates with everything behind them; also written to the run folder.

    Raises
    ------
    BriefError
        If there is nothing in the brief to design for.
    PolysmithError
        Any other typed error.
    """
    from agent.llm.budget import Budget
    from agent.llm.endpoint import Endpoint
    from agent.llm.guard import offline
    from agent.runs import create_run
    from agent.settings import Settings, home

    if model is None or model is True:
        settings.setdefault("llm", Endpoint.load(home()))
    thinks = not isinstance(model, bool | None) or (settings.get("llm") is not None and not offline())
    text, asked = _checked_brief(brief, thinks=thinks)
    wanted = asked if candidates is None else candidates
    chosen = Settings.create(n_candidates=wanted, seed=seed, **settings)
    if chosen.llm is not None:  # limits that cannot be kept are refused before there is a run
        Budget(chosen.llm_limits, price_in=chosen.llm.price_in, price_out=chosen.llm.price_out)
    folder = create_run(runs_folder(), on_event)
    folder.save(
        "input",
        {
            "brief": text,
            "spec": brief.model_dump(mode="json") if isinstance(brief, DesignSpec) else None,
            "settings": chosen.model_dump(mode="json"),
            **({"parent": parent} if parent else {}),
        },
    )
    thinker = None if isinstance(model, bool) else model
    return resume(folder.id, on_event=on_event, model=thinker, callbacks=callbacks)


def _checked_brief(brief: str | DesignSpec, *, thinks: bool) -> tuple[str, int | None]:
    """Return the text of a brief and how many candidates it asks for; what a model may yet understand goes on."""
    from agent.brief import read_draft, spec_of

    if isinstance(brief, DesignSpec):
        return brief.brief, brief.n_candidates
    draft = read_draft(brief)
    if not thinks:
        spec_of(draft)
    return brief, draft.n_candidates


def replay(run_id: str, *, on_event: Listener | None = None) -> tuple[Report, list[str]]:
    """Repeat a run and compare the numbers; what a language model said comes from the run's own record.

    Nothing is asked, and no limit of seconds is set.

    Parameters
    ----------
    run_id : str
        Id of the run, or "last".
    on_event : callable, optional
        Called with every event.

    Returns
    -------
    Report
        The new report.
    list of str
        Differences in numbers, versions or data; empty if it is the same.
    """
    from agent.report.compare import differences
    from agent.runs import open_run
    from agent.settings import Settings
    from agent.thinking.journal import talk_of

    old = show(run_id)
    settings = Settings.create(**old.settings)
    fields = settings.model_dump(exclude={"n_candidates", "seed", "ask_before", "max_seconds"})
    talk = talk_of(open_run(runs_folder(), old.run_id), settings, old.model.name)
    new = design(
        old.spec, candidates=settings.n_candidates, seed=settings.seed, on_event=on_event, model=talk or False, **fields
    )
    return new, differences(old, new)


def design_many(
    briefs: Iterable[str | DesignSpec], *, on_event: Listener | None = None, **settings: Any
) -> Iterator[Report | PolysmithError]:
    """Design for many briefs, one after another; an error in one does not stop the others.

    Parameters
    ----------
    briefs : iterable of str or DesignSpec
        The briefs.
    on_event : callable, optional
        Called with every event.
    **settings : Any
        As for ``design``.

    Yields
    ------
    Report or PolysmithError
        One per brief, in order.
    """
    for brief in briefs:
        try:
            yield design(brief, on_event=on_event, **settings)
        except PolysmithError as error:
            yield error


async def astream(brief: str | DesignSpec, **settings: Any) -> AsyncIterator[dict[str, Any]]:
    """Design for a brief and yield events as they happen.

    Parameters
    ----------
    brief : str or DesignSpec
        The brief.
    **settings : Any
        As for ``design``.

    Yields
    ------
    dict
        Events with "kind"; the last has kind "report" and the report under "report".
    """
    events: queue.Queue[dict[str, Any] | BaseException | None] = queue.Queue()

    def work() -> None:
        try:
            report = design(brief, on_event=events.put, **settings)
            events.put({"kind": "report", "report": report})
        except PolysmithError as error:
            events.put(error)
        finally:
            events.put(None)

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    while (event := await asyncio.to_thread(events.get)) is not None:
        if isinstance(event, BaseException):
            raise event
        yield event


def predict(
    polymers: Sequence[str] | str,
    properties: Sequence[str] | None = None,
    *,
    neighbours: int = 3,
    tier: Literal["accurate", "fast"] = "accurate",
    conditions: Mapping[str, str] | Sequence[str] = (),
) -> list[Prediction]:
    """Predict properties of repeat units or named polymers.

    Parameters
    ----------
    polymers : sequence of str
        Repeat units as SMILES with two ``*``, or names.
    properties : sequence of str, optional
        Property ids, names or symbols; all that have a model by default.
    neighbours : int
        Nearest measured polymers to look up per property; 0 for none.
    tier : {"accurate", "fast"}
        The full models, or screening models of which one core answers hundreds of polymers a second. For a file of many
        rows see ``predict_file``.
    conditions : mapping of str to str, or sequence of str
        Conditions of the samples, such as ``{"tacticity": "isotactic", "Mn": "50 kg/mol"}``. They are kept with every
        value, which says that its model did not use them.

    Returns
    -------
    list of Prediction
        One per input, in order; an input that cannot be read carries its error.

    Raises
    ------
    UnknownNameError
        If a property is not known or has no model.
    InputError
        If no polymer is given, or a condition cannot be read.
    """
    from polysmith.predicting import predict_inputs

    given = [polymers] if isinstance(polymers, str) else list(polymers)
    if not given:
        raise InputError("No polymer was given.", hint="Give repeat units such as '*CC(*)c1ccccc1', or names.")
    return predict_inputs(given, properties, neighbours, tier, conditions)


def search(query: str, k: int = 10) -> list[Passage]:
    """Search the shipped notes and your own papers.

    Parameters
    ----------
    query : str
        What is looked for.
    k : int
        How many passages at most.

    Returns
    -------
    list of Passage
        Best first.
    """
    from tools.literature import search_literature

    retriever, problem = open_retriever()
    if retriever is None:
        raise StateError(problem)
    return search_literature(query, retriever, k=k)


def ask(question: str, model: ChatModel | bool | None = None) -> Any:
    """Answer a question from measured values, predictions and quoted passages.

    Parameters
    ----------
    question : str
        The question.
    model : ChatModel or bool, optional
        As for ``design``: a language model that helps; False for the rules alone. By default the endpoint that is
        configured, if there is one.

    Returns
    -------
    agent.ask.Reply
        Claims with what stands behind them, or the reason why it is declined.
    """
    from agent.ask import answer
    from agent.llm.client import Client
    from agent.llm.guard import offline
    from agent.settings import home

    retriever, _ = open_retriever()
    if isinstance(model, bool) or model is None:
        model = None if model is False or offline() else Client.open(home())
    return answer(question, retriever, model)


def draw(polymer: str) -> Drawing:
    """Draw a repeat unit.

    Parameters
    ----------
    polymer : str
        Repeat unit or name.

    Returns
    -------
    Drawing
        The drawing as SVG.
    """
    from polysmith.predicting import read_polymers
    from tools.chemistry.drawing import draw_svg

    found = read_polymers([polymer])[0]
    if isinstance(found, PolysmithError):
        raise found
    return Drawing(smiles=found.smiles, svg=draw_svg(found))
