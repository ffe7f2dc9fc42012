"""The graph: the one place that imports LangGraph."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.errors import GraphRecursionError
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from agent.deps import Deps
from agent.nodes.assess import assess
from agent.nodes.check import check
from agent.nodes.generate import generate
from agent.nodes.parse import parse
from agent.nodes.plan import plan
from agent.nodes.report import report
from agent.nodes.research import research
from agent.nodes.simulate import simulate
from agent.nodes.verify import verify
from agent.state import RunState
from tools.core.errors import BudgetError, StateError

Node = Callable[[RunState, Deps], RunState]
NODES: dict[str, Node] = {
    "parse": parse,
    "plan": plan,
    "research": research,
    "generate": generate,
    "assess": assess,
    "simulate": simulate,
    "check": check,
    "verify": verify,
    "report": report,
}


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
        started = time.monotonic()
        folder.event("node", name=name, phase="start", round=state.get("round", 0))
        update = node(state, deps)
        folder.event("node", name=name, phase="end", seconds=round(time.monotonic() - started, 3))
        return update

    run.__name__ = name
    return run


def _after_parse(state: RunState) -> str:
    return "report" if state.get("status") == "refused" else "plan"


def _after_check(state: RunState) -> str:
    return "generate" if state.get("failures") else "verify"


def build_graph(alone: Standalone | None = None) -> StateGraph[Any, Deps, Any, Any]:
    """Wire the nodes.

    Parameters
    ----------
    alone : Standalone, optional
        How the graph makes its own run folder; by default what the nodes need is the context that it is invoked with.

    Returns
    -------
    StateGraph
        parse -> plan -> research -> generate -> assess -> simulate -> check -> verify -> report, with a loop from
        check back to generate. One after the other: RDKit's molecules may not be read by two threads at once.
    """
    if alone is None:
        graph: StateGraph[Any, Deps, Any, Any] = StateGraph(RunState, context_schema=Deps)
        graph.add_edge(START, "parse")
        graph.add_edge("report", END)
    else:
        graph = StateGraph(alone.schema, input_schema=alone.input_schema, output_schema=alone.output_schema)
        graph.add_node("begin", alone.begin)
        graph.add_node("end", alone.end)
        graph.add_edge(START, "begin")
        graph.add_edge("begin", "parse")
        graph.add_edge("report", "end")
        graph.add_edge("end", END)
    for name, node in NODES.items():
        graph.add_node(name, _runner(name, node, alone.deps_of if alone else None))
    graph.add_conditional_edges("parse", _after_parse, ["plan", "report"])
    graph.add_edge("plan", "research")
    graph.add_edge("research", "generate")
    graph.add_edge("generate", "assess")
    graph.add_edge("assess", "simulate")
    graph.add_edge("simulate", "check")
    graph.add_conditional_edges("check", _after_check, ["generate", "verify"])
    graph.add_edge("verify", "report")
    return graph


@contextmanager
def _checkpoints(deps: Deps) -> Iterator[SqliteSaver]:
    path = deps.folder.path / "checkpoints.sqlite"
    try:
        connection = sqlite3.connect(path, check_same_thread=False)
    except sqlite3.Error as error:
        raise StateError(f"Cannot open {path}: {error}.") from error
    try:
        # The state is plain JSON types: no class may be rebuilt from a checkpoint.
        yield SqliteSaver(connection, serde=JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None))
    finally:
        connection.close()


def run_graph(deps: Deps, callbacks: Sequence[Any] = ()) -> RunState:
    """Run a design to its end, from the start or from where it was stopped.

    Parameters
    ----------
    deps : Deps
        Settings, run folder and retriever.
    callbacks : sequence of BaseCallbackHandler
        LangChain's callback handlers.

    Returns
    -------
    RunState
        The final state.

    Raises
    ------
    StateError
        If the run is being worked on elsewhere or its folder cannot be used.
    BudgetError
        If the graph takes more steps than allowed.
    """
    config: Any = {"configurable": {"thread_id": deps.folder.id}, "recursion_limit": deps.settings.max_steps}
    if callbacks:
        config["callbacks"] = list(callbacks)
    with deps.folder.locked(), _checkpoints(deps) as saver:
        graph: CompiledStateGraph[RunState, Deps, RunState, RunState] = build_graph().compile(checkpointer=saver)
        try:
            snapshot = graph.get_state(config)
            if snapshot.values and not snapshot.next:
                return _as_state(snapshot.values)
            start: RunState | None = None if snapshot.values else {"run_id": deps.folder.id, "round": 0}
            final = graph.invoke(start, config, context=deps, durability="sync")
        except GraphRecursionError as error:
            raise BudgetError(
                f"The run took more than {deps.settings.max_steps} steps.", hint="Raise max_steps or lower rounds."
            ) from error
        except sqlite3.Error as error:
            raise StateError(f"The checkpoints of run {deps.folder.id} cannot be written: {error}.") from error
        return _as_state(final)


def _as_state(values: dict[str, Any]) -> RunState:
    state: RunState = {}
    state.update(values)  # type: ignore[typeddict-item]  # values come from RunState channels
    return state
