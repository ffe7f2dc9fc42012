"""The graph: the one place that imports LangGraph."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agent.deps import Deps
from agent.nodes.act import act
from agent.nodes.asking import ask_model, ask_spec, ask_work, take
from agent.nodes.assess import assess
from agent.nodes.check import check
from agent.nodes.explain import explain
from agent.nodes.generate import generate
from agent.nodes.parse import parse
from agent.nodes.plan import plan
from agent.nodes.report import report
from agent.nodes.research import research
from agent.nodes.simulate import simulate
from agent.nodes.verify import verify
from agent.questions import Question, open_question, pause, put
from agent.runs import SPACE
from agent.state import RunState
from tools.core import sandbox
from tools.core.errors import BudgetError, StateError

Node = Callable[[RunState, Deps], RunState]
Asker = Callable[[RunState, Deps], Question | None]
NODES: dict[str, Node] = {
    "parse": parse,
    "plan": plan,
    "act": act,
    "research": research,
    "generate": generate,
    "assess": assess,
    "simulate": simulate,
    "check": check,
    "explain": explain,
    "verify": verify,
    "report": report,
}
# Nodes that do nothing but ask, for a node that is interrupted is run again from its beginning.
ASKERS: dict[str, Asker] = {"permit": ask_model, "confirm": ask_spec, "approve": ask_work}
_PAGE = 1024  # bytes: a state is a few hundred


class _Runner(Protocol):
    def __call__(self, state: RunState, *, runtime: Runtime[Deps]) -> RunState: ...


@dataclass(frozen=True)
class Standalone:
    """What a graph needs to be run by a platform that knows nothing of run folders.

    Attributes
    ----------
    schema, input_schema, output_schema : type
        Its whole state (a ``RunState`` with more), what it is given and what it returns.
    begin : callable
        First node: from what was given to the id of a run.
    end : callable
        Last node: from the state to what is returned.
    deps_of : callable
        From the state to what the nodes are handed.
    """

    schema: type[Any]
    input_schema: type[Any]
    output_schema: type[Any]
    begin: Any  # Callable[[input], state]: LangGraph's types of nodes cannot be said of a schema that is not known
    end: Any
    deps_of: Callable[[RunState], Deps]


def _runner(name: str, node: Node, deps_of: Callable[[RunState], Deps] | None) -> _Runner:
    def run(state: RunState, *, runtime: Runtime[Deps]) -> RunState:
        deps = runtime.context if deps_of is None else deps_of(state)
        folder = deps.folder
        deps.heed()
        started = time.monotonic()
        folder.event("node", name=name, phase="start", round=state.get("round", 0))
        with sandbox.watching(deps.heed):
            update = node(state, deps)
        if deps.clock is not None:
            deps.clock.keep()
        folder.event("node", name=name, phase="end", seconds=round(time.monotonic() - started, 3))
        return update

    run.__name__ = name
    return run


def _asker(name: str, ask: Asker, deps_of: Callable[[RunState], Deps] | None) -> _Runner:
    def run(state: RunState, *, runtime: Runtime[Deps]) -> RunState:
        deps = runtime.context if deps_of is None else deps_of(state)
        deps.heed()
        question = ask(state, deps)
        if question is None:
            return {"run_id": state["run_id"]}
        put(deps.folder, question)
        return take(interrupt(question.id), state, deps)

    run.__name__ = name
    return run


def _after_confirm(state: RunState) -> str:
    return "report" if state.get("status") == "refused" else "approve"


def _after_check(state: RunState) -> str:
    return "generate" if state.get("failures") else "explain"


def build_graph(alone: Standalone | None = None) -> StateGraph[Any, Deps, Any, Any]:
    """Wire the nodes.

    Parameters
    ----------
    alone : Standalone, optional
        How the graph makes its own run folder; by default what the nodes need is the context that it is invoked with.

    Returns
    -------
    StateGraph
        permit -> parse -> confirm -> approve -> plan -> act -> research -> generate -> assess -> simulate -> check ->
        explain -> verify -> report, with a loop from check back to generate; permit, confirm and approve may pause for
        a person's answer. One after the other: RDKit's molecules may not be read by two threads at once.
    """
    if alone is None:
        graph: StateGraph[Any, Deps, Any, Any] = StateGraph(RunState, context_schema=Deps)
        graph.add_edge(START, "permit")
        graph.add_edge("report", END)
    else:
        graph = StateGraph(alone.schema, input_schema=alone.input_schema, output_schema=alone.output_schema)
        graph.add_node("begin", alone.begin)
        graph.add_node("end", alone.end)
        graph.add_edge(START, "begin")
        graph.add_edge("begin", "permit")
        graph.add_edge("report", "end")
        graph.add_edge("end", END)
    for name, node in NODES.items():
        graph.add_node(name, _runner(name, node, alone.deps_of if alone else None))
    for name, asker in ASKERS.items():
        graph.add_node(name, _asker(name, asker, alone.deps_of if alone else None))
    graph.add_edge("permit", "parse")
    graph.add_edge("parse", "confirm")
    graph.add_conditional_edges("confirm", _after_confirm, ["approve", "report"])
    graph.add_edge("approve", "plan")
    graph.add_edge("plan", "act")
    graph.add_edge("act", "research")
    graph.add_edge("research", "generate")
    graph.add_edge("generate", "assess")
    graph.add_edge("assess", "simulate")
    graph.add_edge("simulate", "check")
    graph.add_conditional_edges("check", _after_check, ["generate", "explain"])
    graph.add_edge("explain", "verify")
    graph.add_edge("verify", "report")
    return graph


class Saver(SqliteSaver):
    """Keeps the last checkpoint of a run alone, for no run goes back further; one file, which any file system can hold.

    The saver's own ``prune`` is not implemented for SQLite.
    """

    def setup(self) -> None:
        """Make the tables, and leave the journal that needs shared memory."""
        if not self.is_setup:
            self.conn.execute(f"PRAGMA page_size={_PAGE}")
            super().setup()
            self.conn.execute("PRAGMA journal_mode=DELETE")

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, then forget those before it."""
        made = super().put(config, checkpoint, metadata, new_versions)
        place = made["configurable"]
        older = (place["thread_id"], place["checkpoint_ns"], place["checkpoint_id"])
        with self.cursor() as cursor:
            for table in ("checkpoints", "writes"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE thread_id = ? AND checkpoint_ns = ? AND checkpoint_id < ?",  # noqa: S608
                    older,
                )
        return made


class Plain(JsonPlusSerializer):
    """Reads plain data alone: no class is rebuilt from a checkpoint, and no other form is accepted."""

    def __init__(self) -> None:
        super().__init__(pickle_fallback=False, allowed_msgpack_modules=None)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """Read one piece of a checkpoint."""
        if data[0] not in {"null", "bytes", "bytearray", "json", "msgpack"}:
            raise StateError(f"A checkpoint holds {data[0]!r}, which is not read.", hint="Begin the run anew.")
        return super().loads_typed(data)


@contextmanager
def _checkpoints(deps: Deps) -> Iterator[Saver]:
    path = deps.folder.path / "checkpoints.sqlite"
    connection = None
    try:
        connection = sqlite3.connect(path, check_same_thread=False)
        yield Saver(connection, serde=Plain())
    except sqlite3.Error as error:
        raise StateError(f"The checkpoints of run {deps.folder.id} cannot be kept: {error}.", hint=SPACE) from error
    finally:
        if connection is not None:
            connection.close()


def run_graph(deps: Deps, callbacks: Sequence[Any] = (), *, answer: str = "") -> RunState:
    """Run a design to its end, from the start or from where it was stopped.

    Parameters
    ----------
    deps : Deps
        Settings, run folder and retriever; the caller holds the folder's lock.
    callbacks : sequence of BaseCallbackHandler
        LangChain's callback handlers.
    answer : {"", "ok", "spec"}
        An accepted answer to the question at which the run waits.

    Returns
    -------
    RunState
        The final state.

    Raises
    ------
    StateError
        If the run folder cannot be used, or an answer comes that no question waits for.
    BudgetError
        If the graph takes more steps than allowed.
    Paused
        If the run asks something.
    Stopped
        If it was told to stop.
    """
    config: Any = {"configurable": {"thread_id": deps.folder.id}, "recursion_limit": deps.settings.max_steps}
    if callbacks:
        config["callbacks"] = list(callbacks)
    with _checkpoints(deps) as saver:
        graph: CompiledStateGraph[RunState, Deps, RunState, RunState] = build_graph().compile(checkpointer=saver)
        snapshot = graph.get_state(config)
        if answer and not snapshot.interrupts:
            raise StateError(f"Run {deps.folder.id} is not waiting for an answer.", hint="It was answered before.")
        if not snapshot.values or snapshot.next:
            first: RunState | None = None if snapshot.values else {"run_id": deps.folder.id, "round": 0}
            start: RunState | Command[str] | None = Command(resume=answer) if answer else first
            try:
                graph.invoke(start, config, context=deps, durability="sync")
            except GraphRecursionError as error:
                raise BudgetError(
                    f"The run took more than {deps.settings.max_steps} steps.", hint="Raise max_steps or lower rounds."
                ) from error
            snapshot = graph.get_state(config)
        question = open_question(deps.folder)
        if snapshot.next and question is not None:
            raise pause(deps.folder, question)
        return _as_state(snapshot.values)


def _as_state(values: dict[str, Any]) -> RunState:
    state: RunState = {}
    state.update(values)  # type: ignore[typeddict-item]  # values come from RunState channels
    return state
