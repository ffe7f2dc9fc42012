"""The graph as LangGraph's own tools find it: through langgraph.json, with checkpoints of the platform or none."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from langgraph.checkpoint.memory import InMemorySaver

import polysmith
from agent.runs import list_runs
from agent.studio import graph
from polysmith.config import runs_folder
from tools.core.errors import BriefError, SetupError

ROOT = Path(__file__).parents[2]
REFUSED = {"brief": "Tg above 300 °C and Tg below 200 °C"}


def test_the_entry_of_langgraph_json_is_a_graph_that_answers():
    told = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    assert told["dependencies"] == ["."]
    place, _, name = told["graphs"]["polysmith"].partition(":")
    spec = importlib.util.spec_from_file_location("studio_entry", ROOT / place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found = getattr(module, name)
    assert found.checkpointer in (None, False)
    answered = found.invoke(REFUSED)
    assert set(answered) == {"run_id", "verdict", "markdown", "report"}
    assert answered["verdict"] == "refused"
    assert answered["report"]["spec"]["problems"]
    assert answered["markdown"].startswith("# Polymer design report")
    assert polysmith.show(answered["run_id"]).verdict == "refused"


def test_its_schemas_say_what_it_takes_and_gives():
    assert set(graph.get_input_jsonschema()["properties"]) == {"brief", "candidates", "seed", "settings"}
    assert "markdown" in graph.get_output_jsonschema()["properties"]
    assert {"begin", "parse", "plan", "report", "end"} <= set(graph.get_graph().nodes)


def test_every_question_of_a_thread_is_a_run_of_its_own():
    kept = graph.copy(update={"checkpointer": InMemorySaver()})
    config = {"configurable": {"thread_id": "1"}}
    before = len(list_runs(runs_folder()))
    runs = {kept.invoke(REFUSED, config)["run_id"] for _ in range(2)}
    assert len(runs) == 2
    assert len(list_runs(runs_folder())) == before + 2
    assert kept.get_state(config).values["run_id"] in runs


def test_a_brief_without_wishes_and_wrong_settings_are_typed_errors():
    with pytest.raises(BriefError):
        graph.invoke({"brief": "hello"})
    with pytest.raises(BriefError):
        graph.invoke({})
    with pytest.raises(SetupError, match="pool"):
        graph.invoke({**REFUSED, "settings": {"pool": -1}})


@pytest.mark.slow
def test_a_whole_design_gives_what_the_api_gives():
    small = {"pool": 200, "evaluations": 40, "rounds": 1}
    found = graph.invoke({"brief": "Tg above 150 °C, no fluorine", "candidates": 1, "settings": small})
    made = polysmith.design("Tg above 150 °C, no fluorine", candidates=1, model=False, **small)
    assert found["verdict"] == made.verdict
    assert [item["smiles"] for item in found["report"]["finalists"]] == [item.smiles for item in made.finalists]
