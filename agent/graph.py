"""The graph: the one place that imports LangGraph."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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


def _runner(name: str, node: Node) -> _Runner:
    def run(state: RunState, *, runtime: Runtime[Deps]) -> RunState:
        folder = runtime.context.folder
        started = time.monotonic()
        folder.event("node", name=name, phase="start", round=state.get("round", 0))
        update = node(state, runtime.context)
        folder.event("node", name=name, phase="end", seconds=round(time.monotonic() - started, 3))
        return update

    run.__name__ = name
    return run


def _after_parse(state: RunState) -> str:
    return "report" if state.get("status") == "refused" else "plan"


def _after_check(state: RunState) -> str:
    return "generate" if state.get("failures") else "verify"


def build_graph() -> StateGraph[RunState, Deps, RunState, RunState]:
    """Wire the nodes.

    Returns
    -------
    StateGraph
        parse -> plan -> research -> generate -> assess -> simulate -> check -> verify -> report, with a loop from
        check back to generate. One after the other: RDKit's molecules may not be read by two threads at once.
    """
    graph: StateGraph[RunState, Deps, RunState, RunState] = StateGraph(RunState, context_schema=Deps)
    for name, node in NODES.items():
        graph.add_node(name, _runner(name, node))
    graph.add_edge(START, "parse")
    graph.add_conditional_edges("parse", _after_parse, ["plan", "report"])
    graph.add_edge("plan", "research")
    graph.add_edge("research", "generate")
    graph.add_edge("generate", "assess")
    graph.add_edge("assess", "simulate")
    graph.add_edge("simulate", "check")
    graph.add_conditional_edges("check", _after_check, ["generate", "verify"])
    graph.add_edge("verify", "report")
    graph.add_edge("report", END)
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


def run_graph(deps: Deps) -> RunState:
    """Run a design to its end, from the start or from where it was stopped.

    Parameters
    ----------
    deps : Deps
        Settings, run folder and retriever.

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
