"""Our models for LangChain, LangChain's models for us, the catalogue as its tools, and what its callbacks are told."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext

import pytest
from langchain_core.callbacks import BaseCallbackHandler, get_usage_metadata_callback
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.runnables import RunnableLambda
from langchain_core.tools import tool as langchain_tool
from pydantic import BaseModel

import polysmith
from agent.langchain_tools import langchain_tools
from agent.llm.langchain_adapter import LangChainChatModel, from_langchain
from agent.llm.langchain_model import LangChainModel
from agent.llm.messages import Reply, Usage, user
from agent.llm.profile import Profile
from agent.llm.scripted import FunctionModel, ScriptedModel, call
from agent.tracing import Traced, tool_run
from tools.catalogue import catalogue, get_tool
from tools.core.errors import ModelError, SetupError


class Colour(BaseModel):
    name: str


@langchain_tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def _chat(*answers, **fields):
    return LangChainChatModel(model=ScriptedModel(answers, **fields))


def test_a_scripted_model_chats_with_its_usage_and_is_told_of_by_callbacks():
    chat = _chat(Reply(text="Hello.", usage=Usage(prompt_tokens=5, completion_tokens=2)))
    with get_usage_metadata_callback() as counted:
        found = chat.invoke([SystemMessage("Be kind."), HumanMessage("Hi")])
    assert found.content == "Hello."
    assert found.usage_metadata == {"input_tokens": 5, "output_tokens": 2, "total_tokens": 7}
    assert counted.usage_metadata == {"scripted": found.usage_metadata}


def test_tools_are_bound_to_scripted_and_function_models():
    chat = _chat(call("add", a=1, b=2))
    found = chat.bind_tools([add], tool_choice="any").invoke("1 + 2")
    assert [(item["name"], item["args"]) for item in found.tool_calls] == [("add", {"a": 1, "b": 2})]
    assert chat.model.requests[0].choice == "add"  # the only one that is required

    def answers(request):
        return "3" if request.messages[-1].role == "tool" else call("add", a=1, b=2)

    bound = LangChainChatModel(model=FunctionModel(answers)).bind_tools([add])
    first = bound.invoke("1 + 2")
    last = bound.invoke([HumanMessage("1 + 2"), first, add.invoke(first.tool_calls[0])])
    assert last.content == "3"


def test_a_wrong_call_is_repaired_once_and_counted_and_a_second_is_an_error():
    chat = _chat(call("add", a="one", b=2), call("add", a=1, b=2))
    found = chat.bind_tools([add]).invoke("1 + 2")
    assert found.tool_calls[0]["args"] == {"a": 1, "b": 2}
    assert found.usage_metadata["input_tokens"] == chat.model.budget.spent.prompt_tokens
    assert chat.model.budget.spent.calls == 2
    with pytest.raises(ModelError, match="rm"):
        _chat(call("rm", path="/"), call("rm", path="/")).bind_tools([add]).invoke("1 + 2")


def test_tools_known_by_schema_alone_and_models_that_are_asked_in_words():
    form = {"type": "function", "function": {"name": "add", "description": "Add.", "parameters": {
        "type": "object", "properties": {"a": {"type": "integer"}}}}}  # fmt: skip
    chat = _chat('{"tool": "add", "arguments": {"a": 1}}', profile=Profile(tools=False))
    assert chat.bind_tools([form]).invoke("add").tool_calls[0]["args"] == {"a": 1}
    assert '"integer"' in chat.model.requests[0].messages[0].content


def test_structured_output_streaming_stop_and_async():
    assert _chat('{"name": "red"}').with_structured_output(Colour).invoke("which?") == Colour(name="red")
    raw = _chat(call("Colour", name="red")).with_structured_output(Colour, include_raw=True).invoke("which?")
    assert raw["parsed"] == Colour(name="red")
    pieces = list(_chat("Hello there.").stream("Hi"))
    whole = sum(pieces[1:], pieces[0])
    assert whole.content == "Hello there."
    assert whole.usage_metadata["output_tokens"] > 0
    assert sum((item := list(_chat(call("add", a=1, b=2)).bind_tools([add]).stream("x")))[1:], item[0]).tool_calls
    assert _chat("one STOP two").invoke("x", stop=["STOP"]).content == "one "

    async def later():
        found = await _chat(call("add", a=1, b=2)).bind_tools([add]).ainvoke("x")
        streamed = [piece.content async for piece in _chat("Hello.").astream("Hi")]
        made = await _chat('{"name": "red"}').with_structured_output(Colour).ainvoke("x")
        return found.tool_calls[0]["name"], "".join(streamed), made

    assert asyncio.run(later()) == ("add", "Hello.", Colour(name="red"))


def test_messages_keep_calls_and_results():
    talk = [
        AIMessage("", tool_calls=[{"id": "1", "name": "add", "args": {"a": 1}}]),
        ToolMessage("2", tool_call_id="1"),
    ]
    asked, answered = from_langchain(talk)
    assert (asked.tool_calls[0].id, answered.tool_call_id, answered.role) == ("1", "1", "tool")


@pytest.mark.usefixtures("model_calls")
def test_a_model_of_langchain_works_as_ours():
    chat = GenericFakeChatModel(messages=iter([AIMessage("Hello."), AIMessage('{"name": "red"}')]))
    ours = LangChainModel(chat)
    assert ours.chat([user("Hi")]) == "Hello."
    assert ours.structured([user("which?")], Colour) == Colour(name="red")
    # this fake has no bind_tools: it is asked in words
    ours = LangChainModel(
        GenericFakeChatModel(messages=iter([AIMessage('{"tool": "check_physics", "arguments": {"polymer": "PS"}}')]))
    )
    turn = ours.tools([user("check PS")], [get_tool("check_physics")])
    assert turn.calls[0].values.polymer == "PS"
    # and back again: through both adapters
    both = LangChainModel(LangChainChatModel(model=ScriptedModel([call("check_physics", polymer="PS")])))
    assert both.tools([user("check PS")], [get_tool("check_physics")]).calls[0].values.polymer == "PS"


@pytest.mark.usefixtures("model_calls")
def test_errors_of_foreign_models_are_typed_and_say_nothing_of_their_text():
    def broken(messages):
        raise ValueError("key sk-secret was refused")

    class Broken(GenericFakeChatModel):
        def _generate(self, messages, *rest, **more):
            return broken(messages)

    with pytest.raises(ModelError) as caught:
        LangChainModel(Broken(messages=iter(()))).chat([user("Hi")])
    assert "secret" not in str(caught.value)
    assert caught.value.code == "broken"


def test_a_foreign_model_is_not_called_where_models_are_forbidden():
    with pytest.raises(SetupError, match="POLYSMITH_FORBID_MODELS"):
        LangChainModel(GenericFakeChatModel(messages=iter([AIMessage("x")]))).chat([user("Hi")])


def test_the_catalogue_is_a_list_of_langchain_tools():
    tools = {item.name: item for item in langchain_tools()}
    assert set(tools) == set(catalogue())
    assert tools["assess_feasibility"].args_schema.model_json_schema()["properties"]["polymer"]["description"]
    found = tools["assess_feasibility"].invoke({"polymer": "PS"})
    assert 0 <= found["score"] <= 1
    wrong = tools["assess_feasibility"].invoke(
        {"type": "tool_call", "id": "1", "name": "assess_feasibility", "args": {"polymer": "C1CC"}}
    )
    assert wrong.status == "error"
    assert "UnknownNameError" in wrong.content or "StructureError" in wrong.content


class Heard(BaseCallbackHandler):
    def __init__(self):
        self.told = []

    def on_chain_start(self, serialized, inputs, *, name="", run_id=None, parent_run_id=None, **more):
        self.told.append(("start", name, run_id, parent_run_id))

    def on_chain_end(self, outputs, **more):
        self.told.append(("end",))

    def on_chat_model_start(self, serialized, messages, *, run_id=None, parent_run_id=None, **more):
        self.told.append(("model", messages[0][-1].content, run_id, parent_run_id))

    def on_llm_end(self, response, *, run_id=None, **more):
        self.told.append(("model end", response.generations[0][0].message.usage_metadata, run_id))

    def on_tool_start(self, serialized, text, *, parent_run_id=None, inputs=None, **more):
        self.told.append(("tool", serialized["name"], parent_run_id))


def test_callbacks_hear_of_steps_and_of_the_model_with_its_tokens():
    heard = Heard()
    model = FunctionModel(lambda request: Reply(text="no", usage=Usage(prompt_tokens=3, completion_tokens=1)))
    report = polysmith.design("Tg above 300 °C and Tg below 200 °C", model=model, callbacks=[heard])
    steps = {item[1]: item[2] for item in heard.told if item[0] == "start"}
    assert {"parse", "report"} <= set(steps)
    assert len([item for item in heard.told if item[0] == "end"]) == len(
        [item for item in heard.told if item[0] == "start"]
    )
    asked = [item for item in heard.told if item[0] == "model"]
    assert len(asked) == len(model.requests) == report.model.spent.calls > 0
    assert {item[3] for item in asked} <= set(steps.values())
    ended = [item for item in heard.told if item[0] == "model end"]
    assert [item[1]["total_tokens"] for item in ended] == [4] * len(asked)


@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_callbacks_hear_of_tools_and_their_errors(way):
    class Told(BaseCallbackHandler):
        def __init__(self):
            self.told = []

        def on_tool_start(self, serialized, text, *, inputs=None, **more):
            self.told.append((serialized["name"], inputs))

        def on_tool_end(self, output, **more):
            self.told.append(output)

        def on_tool_error(self, error, **more):
            self.told.append(type(error))

    def step(fails):
        with tool_run("check_physics", {"polymer": "PS"}) as told:
            if fails:
                raise ModelError("no")
            told("fine")

    heard = Told()
    for fails in (False, True):
        runnable, config = RunnableLambda(step), {"callbacks": [heard]}
        with pytest.raises(ModelError) if fails else nullcontext():
            asyncio.run(runnable.ainvoke(fails, config)) if way == "ainvoke" else runnable.invoke(fails, config)
    asked = ("check_physics", {"polymer": "PS"})
    assert heard.told == [asked, "fine", asked, ModelError]
    step(False)  # nobody listens


def test_errors_of_a_model_are_told_too():
    class Told(BaseCallbackHandler):
        errors: list[BaseException] = []  # noqa: RUF012

        def on_llm_error(self, error, **more):
            self.errors.append(error)

    def step(_):
        return Traced(ScriptedModel([ModelError("late", code="timeout")])).chat([user("Hi")])

    with pytest.raises(ModelError, match="late"):
        RunnableLambda(step).invoke(0, {"callbacks": [Told()]})
    assert [error.code for error in Told.errors] == ["timeout"]
