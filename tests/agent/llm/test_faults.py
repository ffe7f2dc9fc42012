"""Faults of a server: each ends in an answer or a typed error, in time, and never in a number nobody gave."""

from __future__ import annotations

import asyncio
import random
import time

import pytest
from pydantic import BaseModel

from agent.llm import fake_server as fake
from agent.llm.breaker import Breaker
from agent.llm.client import Client
from agent.llm.endpoint import Endpoint
from agent.llm.fake_server import FakeServer, Served
from agent.llm.messages import user
from agent.llm.transport import retry_after
from agent.llm.tries import Patience, tries
from tools.catalogue import predict_properties
from tools.core.errors import ModelError, PolysmithError, SetupError
from tools.core.registry import tool

ASK = [user("What is the Tg of PS?")]
PREDICT = tool(predict_properties)
FAULTS = fake.faults()


class Answer(BaseModel):
    name: str
    tg: float


@pytest.fixture(autouse=True)
def _may_call(model_calls, monkeypatch):
    monkeypatch.setattr("agent.llm.tries.FIRST_PAUSE", 0.01)


def client(server, **fields):
    return Client(Endpoint(url=server.url, **{"model": "fake", "timeout": 10.0, "retries": 1, **fields}))


SLOW = {"timeout", "drip"}


def limit(name, seconds):
    """Few seconds for slow faults alone: a busy machine must not make the others slow."""
    return {"timeout": seconds} if name in SLOW else {}


def asked(model, how):
    if how == "chat":
        return model.chat(ASK)
    if how == "achat":
        return asyncio.run(model.achat(ASK))
    if how == "stream":
        return "".join(model.stream(ASK))
    if how == "astream":

        async def collect():
            return "".join([piece async for piece in model.astream(ASK)])

        return asyncio.run(collect())
    if how == "structured":
        return model.structured(ASK, Answer)
    return model.tools(ASK, [PREDICT])


WAYS = ["chat", "achat", "stream", "astream", "structured", "tools"]


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_lasting_fault_ends_in_a_typed_error_or_a_plain_text(name):
    for how in WAYS:
        with FakeServer([FAULTS[name]]) as server:
            start = time.monotonic()
            try:
                found = asked(client(server, **limit(name, 0.2)), how)
            except PolysmithError as error:
                assert error.message
            else:
                # a text may be any text; nothing typed comes from a fault
                assert isinstance(found, str) or (how == "tools" and not found.calls), (name, how, found)
            assert time.monotonic() - start < 9
            assert len(server.requests) <= 6


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_a_fault_that_passes_is_overcome_or_named(name):
    good = {
        "chat": fake.text("373 K"),
        "stream": fake.text("373 K"),
        "structured": fake.text('{"name": "PS", "tg": 373}'),
        "tools": fake.calls(fake.ToolCall(id="1", name="predict_properties", arguments='{"polymers": ["PS"]}')),
    }
    final = {"bad_request", "refused", "long_output", "cut_at_length"}
    for how, answer in good.items():
        with FakeServer([FAULTS[name], answer]) as server:
            try:
                found = asked(client(server, retries=2, **limit(name, 0.6)), how)
            except ModelError as error:
                assert name in final or (how == "stream" and error.code == "truncated"), (name, how, error)
            else:
                if how == "structured":
                    assert found == Answer(name="PS", tg=373)
                elif how == "tools" and found.calls:
                    assert found.calls[0].values.polymers == ["PS"]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("error_500", "server"),
        ("error_503", "server"),
        ("error_in_200", "server"),
        ("rate_limited", "rate_limited"),
        ("timeout", "timeout"),
        ("drip", "timeout"),
        ("truncated_json", "malformed"),
        ("nan", "malformed"),
        ("deep_json", "malformed"),
        ("html", "malformed"),
        ("broken_connection", "broken"),
        ("empty_choices", "empty"),
        ("empty_text", "empty"),
        ("cut_at_length", "truncated"),
        ("long_output", "too_long"),
        ("refused", "refused"),
        ("bad_request", "rejected"),
    ],
)
def test_each_fault_has_its_code(name, code):
    with FakeServer([FAULTS[name]]) as server:
        for how in ("chat", "achat"):
            with pytest.raises(ModelError) as caught:
                asked(client(server, retries=0, **limit(name, 0.2)), how)
            assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("unknown_tool", "unknown_tool"),
        ("broken_arguments", "bad_arguments"),
        ("wrong_types", "bad_arguments"),
        ("unknown_argument", "bad_arguments"),
        ("nan_argument", "bad_arguments"),
        ("arguments_no_object", "bad_arguments"),
    ],
)
def test_a_wrong_call_is_told_what_is_wrong_and_then_refused(name, code):
    with FakeServer([FAULTS[name]]) as server:
        with pytest.raises(ModelError) as caught:
            client(server).tools(ASK, [PREDICT])
        assert caught.value.code == code and len(server.requests) == 2
        told = server.requests[1]["messages"][-1]["content"]
    assert "That was wrong" in told and "predict_properties" in told


def test_a_stream_that_breaks_off_is_no_answer():
    whole = fake.text("The glass transition of polystyrene is 373 K.")
    with FakeServer([Served(whole.body, cut=True)]) as server:
        for how in ("stream", "astream"):
            with pytest.raises(ModelError) as caught:
                asked(client(server), how)
            assert caught.value.code in {"malformed", "broken"}
    with FakeServer([fake.text("The glass", finish="length")]) as server:
        with pytest.raises(ModelError) as caught:
            list(client(server).stream(ASK))
        assert caught.value.code == "truncated"


def test_a_slow_stream_ends_at_the_time_limit():
    with FakeServer([Served(fake.text("word " * 50).body, drip=0.1)]) as server:
        for how in ("stream", "astream"):
            with pytest.raises(ModelError) as caught:
                asked(client(server, timeout=0.3), how)
            assert caught.value.code == "timeout"


def test_what_the_server_asks_to_wait_is_waited():
    limited = Served({"error": {"message": "slow"}}, 429, (("Retry-After", "0.3"),))
    with FakeServer([limited, fake.text("Now.")]) as server:
        start = time.monotonic()
        assert client(server).chat(ASK) == "Now."
        assert time.monotonic() - start >= 0.3
    assert retry_after("2") == 2.0
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    assert retry_after("soon") == retry_after("nan") == retry_after("-5") == retry_after("") == 0.0


def test_pauses_grow_with_jitter_and_stop_at_the_time_that_is_left(monkeypatch):
    monkeypatch.setattr("agent.llm.tries.FIRST_PAUSE", 0.5)
    now = [0.0]

    def pauses(seed, seconds, wait=0.0):
        now[0] = 0.0
        steps = tries(Patience(5, 10.0, seconds), Breaker(), random.Random(seed), clock=lambda: now[0])
        step, found = next(steps), []
        try:
            while True:
                step = steps.throw(ModelError("no", code="server", wait=wait))
                found.append(step.pause)
                now[0] += step.pause
        except ModelError:
            return found

    first, second = pauses(1, 600), pauses(2, 600)
    assert first != second and pauses(1, 600) == first
    for found in (first, second):
        assert len(found) == 5
        assert all(0.5 * 2**i * 0.5 <= pause <= 0.5 * 2**i for i, pause in enumerate(found))
    assert sum(pauses(1, 3)) < 3
    assert pauses(1, 600, wait=200) == pauses(1, 30, wait=40) == []  # nobody waits for an hour, or beyond the end
    assert pauses(1, 600, wait=50) == [50.0] * 5


def test_the_breaker_leaves_a_broken_server_alone_and_tries_again():
    now = [0.0]
    breaker = Breaker(faults=4, rest=10.0, clock=lambda: now[0])
    with FakeServer([FAULTS["error_500"]] * 5 + [fake.text("Back.")]) as server:
        model = Client(Endpoint(url=server.url, model="fake", retries=3), breaker=breaker)
        with pytest.raises(ModelError):
            model.chat(ASK)
        count = len(server.requests)
        with pytest.raises(ModelError) as caught:
            model.chat(ASK)
        assert (caught.value.code, caught.value.wait, len(server.requests)) == ("circuit_open", 10.0, count)
        now[0] = 11.0
        with pytest.raises(ModelError):
            model.chat(ASK)
        assert len(server.requests) == count + 1  # one request tries, and it failed
        now[0] = 22.0
        assert model.chat(ASK) == "Back."
        assert model.chat(ASK) == "Back."


def test_nothing_listening_is_said_with_what_to_do():
    with FakeServer() as server:
        url = server.url
    with pytest.raises(ModelError, match="polysmith serve") as caught:
        Client(Endpoint(url=url, model="x", retries=1)).chat(ASK)
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize("status", [301, 307, 401, 403, 404])
def test_set_up_errors_are_not_tried_again(status):
    elsewhere = (("Location", "http://127.0.0.1:9/v1/chat/completions"),)
    with FakeServer([Served({"error": {"message": "no"}}, status, elsewhere)]) as server:
        with pytest.raises(SetupError):
            client(server).chat(ASK)
        assert len(server.requests) == 1
