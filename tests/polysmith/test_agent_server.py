"""The agent behind /v1/chat/completions: answers, streams, errors, and who is let in."""

from __future__ import annotations

import json
import socket
import threading
import time

import httpx
import pytest

from agent.runs import list_runs
from polysmith.agent_server.conversation import understood
from polysmith.agent_server.protocol import without_paths
from polysmith.agent_server.server import MAX_BODY, AgentServer
from polysmith.config import runs_folder
from tools.core.errors import InputError

KEY = "a-key-of-sixteen"
REFUSED = "Tg above 300 °C and Tg below 200 °C"
QUICK = {"rules": True, "candidates": 1}


@pytest.fixture(scope="module")
def server():
    with AgentServer(port=0, key=KEY, at_once=1, waiting=1) as made:
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


@pytest.fixture
def client(server):
    headers = {"Authorization": f"Bearer {KEY}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers=headers, timeout=120) as made:
        yield made


def _ask(text, model="polysmith-ask", **fields):
    said = [{"role": "user", "content": item} for item in ([text] if isinstance(text, str) else text)]
    return {"model": model, "messages": [{"role": "system", "content": "Be brief."}, *said], **fields}


def _stream(client, body):
    with client.stream("POST", "/v1/chat/completions", json={**body, "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line[6:]) for line in lines[:-1]]


def test_models_and_health(client, server):
    assert [item["id"] for item in client.get("/v1/models").json()["data"]] == [
        "polysmith",
        "polysmith-design",
        "polysmith-ask",
    ]
    assert httpx.get(f"http://127.0.0.1:{server.port}/health").json() == {"status": "ok"}


def test_a_question_is_answered_with_its_sources(client):
    found = client.post("/v1/chat/completions", json=_ask("What is the Tg of PMMA?", "polysmith")).json()
    assert found["object"] == "chat.completion"
    choice = found["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert "105 °C" in choice["message"]["content"]
    assert "Sources" in choice["message"]["content"]
    assert found["usage"]["total_tokens"] == found["usage"]["prompt_tokens"] + found["usage"]["completion_tokens"] > 0
    assert found["polysmith"]["mode"] == "ask"


def test_a_brief_is_streamed_with_progress_and_the_id_of_its_run(client):
    chunks = _stream(client, _ask(REFUSED, "polysmith", polysmith=QUICK, stream_options={"include_usage": True}))
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == 1
    assert chunks[0]["choices"][0]["delta"]["role"] == "assistant"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] > 0
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks[:-1]]
    assert "> reading the brief\n" in pieces
    assert chunks[-1]["polysmith"]["run_id"] in list_runs(runs_folder())
    assert "conflict" in "".join(pieces) or "Problems" in "".join(pieces)


def test_an_addition_is_read_with_the_brief_before_and_data_can_be_had_as_json(client):
    body = _ask(
        ["Tg above 300 °C, no fluorine", "but Tg below 200 °C"],
        "polysmith-design",
        polysmith=QUICK,
        response_format={"type": "json_object"},
    )
    found = json.loads(client.post("/v1/chat/completions", json=body).json()["choices"][0]["message"]["content"])
    assert found["verdict"] == "refused"
    assert any("no element F" in row["requirement"] for row in found["requirements"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (_ask("x", "gpt-4"), 404, "model_not_found"),
        (_ask("hello", "polysmith-design"), 400, "brief_error"),
        (_ask("", "polysmith"), 400, "input_error"),
        (_ask("x", n=2), 400, "input_error"),
        (_ask("x", messages=[]), 400, "input_error"),
        (_ask("x", messages=[{"role": "system", "content": "x"}]), 400, "input_error"),
        (_ask("x", messages=[{"role": "user", "content": [{"type": "image_url"}]}]), 400, "input_error"),
        (_ask("x", polysmith={"home": "/tmp"}), 400, "input_error"),
        ([1], 400, "input_error"),
    ],
)
def test_wrong_requests_get_the_protocols_errors(client, body, status, code):
    answer = client.post("/v1/chat/completions", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"]
    assert "Traceback" not in answer.text
    assert "/" + "work" not in answer.text


def test_an_error_of_a_stream_is_an_event(client):
    chunks = _stream(client, _ask("hello", "polysmith-design"))
    assert chunks[-1]["error"]["code"] == "brief_error"


def test_bad_bodies_are_refused(client):
    post = client.post
    assert post("/v1/chat/completions", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    assert post("/v1/chat/completions", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    large = json.dumps(_ask("x" * MAX_BODY)).encode()
    assert post("/v1/chat/completions", content=large, headers={"Content-Type": "application/json"}).status_code == 413
    pieces = iter([b"{}"])
    assert post("/v1/chat/completions", content=pieces, headers={"Content-Type": "application/json"}).status_code == 411
    assert client.get("/v1/nothing").status_code == 404
    assert client.put("/v1/models").status_code == 405


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": ""}, 401),
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
    ],
)
def test_who_has_no_business_here_is_refused(client, headers, status):
    answer = client.get("/v1/models", headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert "access-control-allow-origin" not in answer.headers
    assert KEY not in answer.text


def test_two_at_once_are_answered_and_a_third_is_asked_to_come_back(client, server):
    answers: list[httpx.Response] = []

    def work():
        answers.append(httpx.post(client.base_url.join("/v1/chat/completions"), headers=client.headers, timeout=120,
                                  json=_ask(REFUSED, "polysmith-design", polysmith=QUICK)))  # fmt: skip

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(answer.status_code for answer in answers)
    assert codes.count(200) >= 2
    assert set(codes) <= {200, 429}
    assert all("Retry-After" in answer.headers for answer in answers if answer.status_code == 429)
    assert 429 in codes
    runs = [answer.json()["polysmith"]["run_id"] for answer in answers if answer.status_code == 200]
    assert len(set(runs)) == len(runs)


def test_when_a_client_leaves_its_run_is_stopped(client, server):
    body = json.dumps(_ask("Tg above 150 °C, no fluorine", "polysmith-design", stream=True)).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(head.encode() + body)
        got = b""
        while b"reading the brief" not in got:
            got += connection.recv(65536)
    deadline = time.monotonic() + 10
    while server.workers._jobs and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not server.workers._jobs
    assert client.post("/v1/chat/completions", json=_ask("hello")).status_code == 200


def test_other_machines_need_a_key_of_some_length():
    for host, key in (("0.0.0.0", ""), ("::", ""), ("127.0.0.1", "short"), ("0.0.0.0", "short")):
        with pytest.raises(InputError):
            AgentServer(host=host, port=0, key=key)
    with pytest.raises(InputError, match="cannot be used"):
        AgentServer(port=99999)


@pytest.mark.parametrize(
    ("said", "mode", "has", "lacks"),
    [
        (["Tg above 200 °C, density below 1.3 g/cm3", "without fluorine"], "design", "1.3", "?"),
        (["Tg above 200 °C, no fluorine", "make it Tg above 250 °C instead"], "design", "fluorine", "200"),
        (["Tg above 200 °C, no fluorine", "with fluorine"], "design", "200", "no fluorine"),
        (["Tg above 200 °C", "and Tg below 150 °C"], "design", "150", "?"),
        (["Tg above 200 °C", "What is the Tg of PMMA?"], "ask", "PMMA", "200"),
        (["Tg above 200 °C", "What is the Tg of PMMA?", "made by polycondensation"], "design", "200", "PMMA"),
        (["Tg above 200 °C", "new brief: density below 1.2 g/cm3"], "design", "1.2", "200"),
        (["Which polymer has a Tg above 300 °C and no fluorine?"], "design", "300", "|"),
        (["Does PEEK have a Tg above 100 °C?"], "ask", "PEEK", "|"),
        (["Can you design a film with Tg above 250 °C?"], "design", "250", "|"),
        (["hello"], "ask", "hello", "|"),
    ],
)
def test_what_a_message_is(said, mode, has, lacks):
    found = understood(said)
    assert found.mode == mode
    assert has in found.text
    assert lacks not in found.text


def test_no_path_of_this_machine_is_told():
    told = without_paths("Cannot write run.json in /home/me/.polysmith/runs/x: no space; see doi:10.1/ab and 5 J/m2.")
    assert told == "Cannot write run.json in (path): no space; see doi:10.1/ab and 5 J/m2."
