"""A real server: vLLM with a tiny random model made here. ``make test-llm``; skipped without .venv-serve.

A random model answers nonsense, so what passes here is held by the server and the client, not by the model's wits.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from agent.llm.budget import Budget, Limits
from agent.llm.client import Client
from agent.llm.endpoint import Endpoint
from agent.llm.messages import Message, result, system, user
from agent.llm.probe import probe
from agent.llm.profile import Profile
from polysmith.doctor import examine_model
from polysmith.serving_llm import Serving, find_vllm
from polysmith.serving_process import ServedModel
from tools.core.errors import BackendMissing, ModelError, SetupError
from tools.core.registry import tool

pytestmark = pytest.mark.llm
KEY = "canary-0123456789-abcdef"
ASK = [system("You design polymers."), user("What is the glass transition of polystyrene?")]


class Film(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=20)
    tacticity: Literal["isotactic", "atactic"]
    tg: int = Field(ge=100, le=900)
    clear: bool


def melting_point(polymer: Literal["polyethylene", "polypropylene"], pressure: Literal[1, 2, 5] = 1) -> float:
    """Look up the melting point of a polymer.

    Parameters
    ----------
    polymer : {"polyethylene", "polypropylene"}
        Which polymer.
    pressure : {1, 2, 5}
        Pressure, bar.

    Returns
    -------
    float
        Melting point, K.
    """
    return {"polyethylene": 410.0, "polypropylene": 449.0}[polymer] + 0.02 * pressure


LOOKUP = tool(melting_point)


@pytest.fixture(scope="module")
def vllm():
    try:
        return find_vllm()
    except BackendMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def served(vllm, tmp_path_factory):
    """A served model and its adapter, behind a key."""
    folder = tmp_path_factory.mktemp("tiny")
    maker = Path(__file__).with_name("make_tiny_model.py")
    subprocess.run([vllm.with_name("python"), maker, folder], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    serving = Serving(
        str(folder / "model"),
        adapters={"polymer": str(folder / "adapter")},
        name="tiny",
        port=port,
        max_length=2048,
        cpu_cache=1,
        extra=("--max-num-seqs", "8", "--enforce-eager"),  # nothing compiled: it starts in half the time
    )
    before = os.environ.get("VLLM_API_KEY")
    os.environ["VLLM_API_KEY"] = KEY
    try:
        with ServedModel(serving, vllm, folder / "serve.log") as server:
            server.wait_until_healthy(900)
            yield server
    finally:
        os.environ.pop("VLLM_API_KEY")
        if before is not None:
            os.environ["VLLM_API_KEY"] = before
    assert KEY not in (folder / "serve.log").read_text(errors="replace")


@pytest.fixture
def client(served, model_calls, monkeypatch):
    monkeypatch.setenv("POLYSMITH_LLM_KEY", KEY)

    def make(model="tiny", profile=None, limits=None, **fields):
        endpoint = Endpoint(url=served.serving.url, model=model, timeout=300, **fields)
        return Client(endpoint, profile=profile, budget=Budget(limits))

    return make


def text_of(model, tokens=24):
    """What a random model writes has no end: the client says so, and a stream gives it piece by piece."""
    written = ""
    try:
        for piece in model.stream(ASK, max_tokens=tokens):
            written += piece
    except ModelError as error:
        assert error.code in {"truncated", "empty"}
    return written


def test_the_base_model_and_the_adapter_are_served_by_name(client):
    assert {item["id"] for item in client().models()} == {"tiny", "polymer"}
    base, again, adapted = text_of(client()), text_of(client()), text_of(client("polymer"))
    assert base and base == again
    assert adapted != base
    with pytest.raises(SetupError, match="LLM_MODEL"):
        text_of(client("absent"))


def test_a_cut_reply_is_known_as_such_and_counted(client):
    model = client()
    with pytest.raises(ModelError) as caught:
        model.chat(ASK, max_tokens=16)
    assert caught.value.code == "truncated"
    spent = model.budget.spent
    assert spent.completion_tokens == 16 and spent.prompt_tokens > 10 and not spent.estimated


def test_a_stream_comes_in_pieces_and_without_blocking(client):
    async def collect(model):
        pieces = []
        try:
            async for piece in model.astream(ASK, max_tokens=24):
                pieces.append(piece)
        except ModelError as error:
            assert error.code == "truncated"
        return pieces

    model = client()
    pieces = asyncio.run(collect(model))
    assert len(pieces) > 3 and model.budget.spent.completion_tokens == 24
    assert "".join(pieces) == text_of(client())


@pytest.mark.parametrize("name", ["tiny", "polymer"])
def test_objects_keep_to_the_schema_even_of_a_random_model(client, name):
    for seed in range(4):
        found = client(name, temperature=1.0, seed=seed).structured(ASK, Film, max_tokens=200)
        assert isinstance(found, Film)
    assert isinstance(asyncio.run(client(name).astructured(ASK, Film, max_tokens=200)), Film)


@pytest.mark.parametrize("choice", ["required", "melting_point"])
def test_calls_keep_to_the_schema_even_of_a_random_model(client, choice):
    answered = 0
    for seed in range(4):
        model = client(temperature=1.0, seed=seed)
        try:
            turn = model.tools(ASK, [LOOKUP], choice=choice, max_tokens=200)
        except ModelError as error:
            assert error.code == "truncated", error  # nothing but the limit of tokens stops a random model
            continue
        answered += 1
        assert all(call.run() > 400 for call in turn.calls) and turn.calls
        talk = [*ASK, turn.message(), *(result(item.call, str(item.run())) for item in turn.calls)]
        with pytest.raises(ModelError) as caught:
            model.chat(talk, max_tokens=8)
        assert caught.value.code == "truncated"  # the conversation was taken
    assert answered


def test_free_choice_gives_text_or_a_checked_call_or_a_typed_error(client):
    for native in (True, False):
        try:
            turn = client(profile=Profile(tools=native)).tools(ASK, [LOOKUP], max_tokens=32)
        except ModelError as error:
            assert error.code in {"truncated", "unknown_tool", "bad_arguments", "empty"}
        else:
            assert turn.text or turn.calls


def test_what_the_server_refuses_is_told(client, monkeypatch):
    with pytest.raises(ModelError) as caught:
        client().chat([user("word " * 5000)])
    assert caught.value.code == "rejected" and "2048" in str(caught.value)
    with pytest.raises(Exception, match="budget of 0 calls"):
        client(limits=Limits(calls=0)).chat(ASK)
    monkeypatch.setenv("POLYSMITH_LLM_KEY", "canary-wrong-wrong-wrong")
    with pytest.raises(SetupError, match="refused the key") as refused:
        client().chat(ASK)
    assert "canary" not in str(refused.value)


def test_the_doctor_finds_everything_in_order(client, monkeypatch):
    profile, checks = probe(client())
    assert [item.ok for item in checks] == [True] * 5, checks
    assert (profile.tools, profile.json_schema, profile.streaming, profile.context) == (True, True, True, 2048)
    monkeypatch.setenv("POLYSMITH_LLM_URL", client().endpoint.url)
    monkeypatch.setenv("POLYSMITH_LLM_MODEL", "polymer")
    assert {item.state for item in examine_model()} == {"ok"}


def test_many_at_once(client):
    async def all_of_them():
        models = [client(temperature=1.0, seed=seed) for seed in range(8)]
        return await asyncio.gather(*(model.astructured(ASK, Film, max_tokens=200) for model in models))

    assert all(isinstance(item, Film) for item in asyncio.run(all_of_them()))


def test_every_parser_of_the_table_is_one_of_this_vllm(vllm):
    listed = next(vllm.parents[1].glob("lib/python3*/site-packages/vllm/tool_parsers/__init__.py"))
    known = set(re.findall(r'^    "([\w-]+)": \(', listed.read_text(), re.MULTILINE))  # importing vLLM takes a minute
    table = json.loads((Path(__file__).parents[3] / "agent/llm/serving/families.json").read_text())
    assert len(known) > 30
    assert {item["parser"] for part in ("templates", "names") for item in table[part]} <= known


def test_messages_of_every_role_are_taken(client):
    talk = [*ASK, Message(role="assistant", content="It is 373 K."), user("Are you sure?")]
    with pytest.raises(ModelError) as caught:
        client().chat(talk, max_tokens=8)
    assert caught.value.code == "truncated"
