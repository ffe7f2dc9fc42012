"""The key: in the Authorization header of the one endpoint, and nowhere else."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import socket
import traceback
from pathlib import Path

import pytest
from pydantic import BaseModel

from agent.llm import fake_server as fake
from agent.llm.breaker import Breaker
from agent.llm.client import Client
from agent.llm.endpoint import Endpoint
from agent.llm.fake_server import FakeServer, Served
from agent.llm.messages import user
from agent.llm.probe import probe
from agent.llm.profile import load_profile, save_profile
from agent.llm.recording import Recorder, Replay
from agent.llm.scrub import Scrubber
from tools.core.errors import PolysmithError, SetupError

CANARY = "canary-3f9a/7Q+e2=b51d"
ASK = [user("Hello?")]


class Word(BaseModel):
    word: str


@pytest.fixture
def key(model_calls, monkeypatch):
    monkeypatch.setenv("POLYSMITH_LLM_KEY", CANARY)
    monkeypatch.setattr("agent.llm.tries.FIRST_PAUSE", 0.01)


def hostile(body):
    """Echo the key in whatever way a server can."""
    order = len(body["messages"][-1]["content"]) % 4
    echo = f"your key is {CANARY} and Bearer {CANARY}"
    return [
        fake.text(echo),
        Served({"error": {"message": echo}}, 500),
        Served({"error": {"message": echo}}, 400),
        Served(f"<html>{echo}</html>", 503),
    ][order]


def test_the_key_shows_up_nowhere(key, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    seen = []
    with FakeServer(hostile, key=CANARY) as server:
        endpoint = Endpoint(url=server.url, model="fake", timeout=2.0, retries=1)
        model = Client(endpoint, breaker=Breaker(faults=1000))
        recorder = Recorder(model, tmp_path / "talk.jsonl")
        for words in ("a", "ab", "abc", "abcd"):
            for ask in (
                lambda said: recorder.chat([user(said + CANARY * 4)]),
                lambda said: asyncio.run(model.achat([user(said)])),
                lambda said: "".join(model.stream([user(said)])),
                lambda said: model.structured([user(said)], Word),
            ):
                try:
                    seen.append(ask(words))
                except PolysmithError as error:
                    seen += ["".join(traceback.format_exception(error)), repr(error), str(error.hint)]
                    seen.append(pickle.dumps(error).decode("latin-1"))
        profile, checks = probe(model)
        path = save_profile(tmp_path, model.endpoint, profile)
        assert set(server.authorizations) == {f"Bearer {CANARY}"}
    seen += [repr(model), repr(model.endpoint), model.endpoint.model_dump_json(), str(vars(model)), str(checks)]
    seen += [caplog.text, path.read_text(), (tmp_path / "talk.jsonl").read_text(), str(vars(model._transport))]
    assert len(seen) > 25
    assert not [text for text in seen if CANARY in text or json.dumps(CANARY)[1:-1] in text or "canary" in text]


def test_a_key_that_is_refused_is_not_told(key, monkeypatch):
    with FakeServer(key="another-key-entirely") as server, pytest.raises(SetupError, match="LLM_KEY") as caught:
        Client(Endpoint(url=server.url, model="fake")).chat(ASK)
    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_a_key_split_over_pieces_of_a_stream_is_taken_out(key):
    words = f"A {CANARY} B {CANARY[:6]} C {CANARY}"
    with FakeServer([Served(fake.text(words).body, drip=0.01)]) as server:
        pieces = list(Client(Endpoint(url=server.url, model="fake")).stream(ASK))
    assert "".join(pieces) == f"A [key] B {CANARY[:6]} C [key]"


def test_no_key_is_sent_where_none_is_set_and_never_that_of_somebody_else(model_calls, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-somebody-elses-key-0000000000")
    with FakeServer() as server:
        Client(Endpoint(url=server.url, model="fake")).chat(ASK)
        assert server.authorizations == [""]
        with pytest.raises(SetupError, match="MY_KEY"):
            Client(Endpoint(url=server.url, model="fake", key_variable="MY_KEY")).chat(ASK)
        monkeypatch.setenv("MY_KEY", "two\nlines")
        with pytest.raises(SetupError, match="characters"):
            Client(Endpoint(url=server.url, model="fake", key_variable="MY_KEY")).chat(ASK)
        assert len(server.requests) == 1


def test_shapes_of_keys_are_taken_out_of_errors():
    scrub = Scrubber().all
    assert "abcdef1234567890" not in scrub("Incorrect API key provided: sk-abcdef1234567890abcd")
    assert scrub("Authorization: Bearer abc.def-123456") == "Authorization: Bearer [key]"
    assert scrub("the polymer sk is a polyketone") == "the polymer sk is a polyketone"


@pytest.mark.parametrize("variable", ["POLYSMITH_OFFLINE", "POLYSMITH_FORBID_MODELS"])
def test_the_switches_forbid_every_request(model_calls, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    with FakeServer() as server:
        model = Client(Endpoint(url=server.url, model=""))
        named = Client(Endpoint(url=server.url, model="fake"))

        async def collect():
            return [piece async for piece in named.astream(ASK)]

        for ask in (
            lambda: model.chat(ASK),
            lambda: named.chat(ASK),
            lambda: asyncio.run(named.achat(ASK)),
            lambda: list(named.stream(ASK)),
            lambda: asyncio.run(collect()),
            lambda: named.structured(ASK, Word),
            lambda: named.models(),
        ):
            with pytest.raises(SetupError, match=variable):
                ask()
        assert not server.requests and not server.authorizations


def test_tests_may_not_call_models_unless_they_say_so():
    with FakeServer() as server, pytest.raises(SetupError, match="FORBID_MODELS"):
        Client(Endpoint(url=server.url, model="fake")).chat(ASK)


def test_no_proxy_sees_what_goes_to_this_machine(model_calls, monkeypatch):
    with socket.socket() as proxy, FakeServer() as server:
        proxy.bind(("127.0.0.1", 0))
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert Client(Endpoint(url=server.url, model="fake")).chat(ASK) == "Hello."


def test_a_recording_is_replayed_without_the_model(model_calls, tmp_path, monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "very-secret-token")
    path = tmp_path / "talk.jsonl"
    with FakeServer([fake.text("One."), fake.text("Two.")]) as server:
        recorder = Recorder(Client(Endpoint(url=server.url, model="fake")), path)
        asked = [user("Count, very-secret-token.")]
        assert [recorder.chat(asked), asyncio.run(recorder.achat(asked))] == ["One.", "Two."]
    assert "very-secret" not in path.read_text() and path.stat().st_mode & 0o077 == 0
    replay = Replay(path)
    assert [replay.chat(asked), replay.chat(asked), replay.chat(asked)] == ["One.", "Two.", "Two."]
    with pytest.raises(PolysmithError, match="no answer to this request"):
        replay.chat(ASK)
    (tmp_path / "broken.jsonl").write_text("{}\n")
    with pytest.raises(PolysmithError, match="no recording"):
        Replay(tmp_path / "broken.jsonl")


class TestEndpoint:
    def test_nothing_is_guessed(self, tmp_path):
        assert Endpoint.load(tmp_path) is None
        assert Client.open(tmp_path) is None

    def test_the_file_the_environment_and_arguments_in_this_order(self, tmp_path, monkeypatch):
        (tmp_path / "llm.toml").write_text('url = "http://a:1"\nmodel = "m"\nmax_tokens = 99\n')
        assert Endpoint.load(tmp_path).url == "http://a:1/v1"
        monkeypatch.setenv("POLYSMITH_LLM_URL", "http://b:2/v1/chat/completions")
        assert Endpoint.load(tmp_path).url == "http://b:2/v1"
        found = Endpoint.load(tmp_path, model="n", url=None)
        assert (found.url, found.model, found.max_tokens) == ("http://b:2/v1", "n", 99)

    @pytest.mark.parametrize(
        "url",
        [
            "localhost:8000",
            "ftp://a/b",
            "http://",
            "http://user:pw@a/v1",
            "http://a/v1?key=canary",
            "/etc/passwd",
            "http://a:99999",
            "http://a b",
        ],
    )
    def test_a_wrong_url_is_refused_without_being_quoted(self, url, tmp_path):
        with pytest.raises(SetupError) as caught:
            Endpoint.load(tmp_path, url=url)
        assert "pw" not in str(caught.value).replace("pwd", "") and "canary" not in str(caught.value)

    def test_a_key_in_the_file_is_refused_and_not_quoted(self, tmp_path):
        (tmp_path / "llm.toml").write_text(f'url = "http://a"\nkey = "{CANARY}"\n')
        with pytest.raises(SetupError) as caught:
            Endpoint.load(tmp_path)
        assert "canary" not in "".join(traceback.format_exception(caught.value))
        (tmp_path / "llm.toml").write_text(f'key = "{CANARY}')
        with pytest.raises(SetupError, match="TOML") as caught:
            Endpoint.load(tmp_path)
        assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_profiles_are_kept_and_a_broken_one_is_no_harm(tmp_path):
    endpoint = Endpoint(url="http://a", model="m")
    assert load_profile(tmp_path, endpoint).tools
    profile = load_profile(tmp_path, endpoint).model_copy(update={"tools": False, "probed": "now"})
    path = save_profile(tmp_path, endpoint, profile)
    assert load_profile(tmp_path, endpoint) == profile
    assert load_profile(tmp_path, Endpoint(url="http://b", model="m")).tools
    path.write_text("{")
    assert load_profile(tmp_path, endpoint).tools
    with pytest.raises(PolysmithError, match="cannot be written"):
        save_profile(Path("/proc/none"), endpoint, profile)
