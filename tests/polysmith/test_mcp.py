"""The server of the Model Context Protocol, through the SDK's own client: in memory, as a process, and by HTTP."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time

import anyio
import httpx
import pytest

pytest.importorskip("mcp", reason="extra mcp is not installed")

from mcp import ClientSession, McpError, StdioServerParameters, types
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.memory import create_connected_server_and_client_session as connected
from typer.testing import CliRunner

from polysmith.cli.app import app
from polysmith.mcp import files, serving
from polysmith.mcp.offers import offers
from polysmith.mcp.server import LIMIT, make_server
from tools.catalogue import catalogue
from tools.core.errors import BackendMissing, InputError, UnknownNameError

KEY = "a-key-of-sixteen"
MAIN = ("-c", "from polysmith.cli import main; main()")
REFUSED = {"brief": "Tg above 300 °C and Tg below 200 °C", "rules": True}


@pytest.fixture(scope="module")
def server():
    made = make_server()
    yield made
    made.close_rooms()


def _with_client(server, work):
    async def run():
        async with connected(server) as client:
            return await work(client)

    return anyio.run(run)


def test_every_tool_is_offered_with_titles_hints_and_schemas(server):
    async def work(client):
        return (await client.list_tools()).tools

    found = {item.name: item for item in _with_client(server, work)}
    assert set(catalogue()) | {"search_literature", "design_polymers", "resume_run", "ask_question", "read_brief",
                               "run_status", "list_runs"} == set(found)  # fmt: skip
    for item in found.values():
        assert item.title
        assert item.description
        assert item.inputSchema["type"] == item.outputSchema["type"] == "object"
        assert item.annotations.destructiveHint is False
        assert None not in (item.annotations.readOnlyHint, item.annotations.idempotentHint)
        for name, field in item.inputSchema.get("properties", {}).items():
            assert field["description"], (item.name, name)
    assert found["predict_properties"].annotations.readOnlyHint is True
    assert found["predict_properties"].annotations.openWorldHint is False
    assert found["design_polymers"].annotations.readOnlyHint is False
    assert found["design_polymers"].annotations.openWorldHint is True


def test_tools_answer_with_structures_and_wrong_calls_with_a_hint(server):
    async def work(client):
        good = await client.call_tool("identify_polymer", {"text": "PMMA"})
        listed = await client.call_tool("known_polymers", {"property_name": "Tg", "lower": 600})
        bad = [
            await client.call_tool(name, arguments)
            for name, arguments in (
                ("identify_polymer", {"text": "C1CC"}),
                ("identify_polymer", {"txt": "PMMA"}),
                ("predict_properties", {"polymers": ["PS"], "properties": ["charm"]}),
                ("design_polymers", {"brief": "hello"}),
                ("run_status", {"run_id": "../../etc"}),
                ("list_runs", {"limit": 10**9}),
                ("no_such_tool", {}),
            )
        ]
        return good, listed, bad

    good, listed, bad = _with_client(server, work)
    assert good.structuredContent["result"]["smiles"] == "*CC(*)(C)C(=O)OC"
    assert json.loads(good.content[0].text) == good.structuredContent["result"]
    assert isinstance(listed.structuredContent["result"], list)
    for item in bad:
        assert item.isError
        assert item.structuredContent is None
        assert "Error" in item.content[0].text or "no tool" in item.content[0].text
        assert "Traceback" not in item.content[0].text
    assert "It takes: text" in bad[1].content[0].text


def test_several_calls_at_once_are_answered(server):
    async def work(client):
        found = {}

        async def one(name):
            found[name] = (await client.call_tool("identify_polymer", {"text": name})).structuredContent["result"]

        async with anyio.create_task_group() as group:
            for name in ("PS", "PMMA", "PE", "PVC"):
                group.start_soon(one, name)
        return found

    assert {item["smiles"] for item in _with_client(server, work).values()} == {
        "*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC", "*CC*", "*CC(*)Cl"}  # fmt: skip


def test_what_is_large_becomes_a_file_that_can_be_read(server):
    async def work(client):
        found = await client.call_tool("known_polymers", {"property_name": "Tg"})
        text = (await client.read_resource(found.structuredContent["file"]["uri"])).contents[0].text
        return found, text

    found, text = _with_client(server, work)
    assert len(text.encode()) == found.structuredContent["file"]["bytes"] > LIMIT
    assert len(json.loads(text)) > 50
    link = next(item for item in found.content if isinstance(item, types.ResourceLink))
    assert str(link.uri) == found.structuredContent["file"]["uri"]
    assert len(found.content[0].text) < 500


def test_a_design_tells_its_progress_and_leaves_files(server):
    told = []

    async def heard(progress, total, message):
        told.append((progress, message))

    async def work(client):
        found = await client.call_tool("design_polymers", REFUSED, progress_callback=heard)
        status = await client.call_tool("run_status", {"run_id": found.structuredContent["result"]["run_id"]})
        listed = [str(item.uri) for item in (await client.list_resources()).resources]
        links = [str(item.uri) for item in found.content if isinstance(item, types.ResourceLink)]
        report = await client.read_resource(links[0])
        again = await client.call_tool("resume_run", {"run_id": found.structuredContent["result"]["run_id"]})
        return found, status, listed, links, report, again

    found, status, listed, links, report, again = _with_client(server, work)
    assert found.structuredContent["result"]["verdict"] == "refused"
    assert [message for _, message in told][1:] == ["reading the brief", "writing the report"]
    assert [number for number, _ in told] == sorted({number for number, _ in told})
    assert status.structuredContent["result"]["state"] == "finished"
    assert set(links) <= set(listed)
    assert report.contents[0].mimeType == "text/markdown"
    assert again.structuredContent == found.structuredContent


def test_a_cancelled_call_stops_its_run(server):
    async def work(client):
        begun, ends = anyio.Event(), []

        async def heard(progress, total, message):
            if message.startswith("reading"):
                begun.set()

        async def design():
            try:
                await client.call_tool("design_polymers", {"brief": "Tg above 150 °C"}, progress_callback=heard)
            except McpError as error:
                ends.append(str(error))

        async with anyio.create_task_group() as group:
            group.start_soon(design)
            await begun.wait()
            cancelled = types.CancelledNotificationParams(requestId=client._request_id - 1)
            await client.send_notification(types.ClientNotification(types.CancelledNotification(params=cancelled)))
        with anyio.fail_after(20):
            state = "running"
            while state == "running":
                await anyio.sleep(0.1)
                state = (await client.call_tool("run_status", {})).structuredContent["result"]["state"]
        return ends, state

    ends, state = _with_client(server, work)
    assert ends == ["Request cancelled"]
    assert state in {"interrupted", "stopped"}


@pytest.mark.parametrize(
    "uri",
    [
        "polysmith://results/../../../etc/passwd",
        "polysmith://runs/../x/run.json",
        "polysmith://runs/last/run.json",
        "polysmith://runs/20200101-000000-abcdef/run.json",
        "file:///etc/passwd",
        "polysmith://results/",
    ],
)
def test_no_address_leads_elsewhere(server, uri):
    with pytest.raises(UnknownNameError):
        files.read(uri)

    async def work(client):
        with pytest.raises(McpError):
            await client.read_resource(uri)

    _with_client(server, work)


def test_only_so_many_results_are_kept(monkeypatch):
    monkeypatch.setattr(files, "KEPT", 3)
    made = [files.keep(f'"{number}"') for number in range(6)]
    assert len([item for item in made if item.path.exists()]) == 3
    assert files.keep('"5"').uri == made[-1].uri
    assert files.read(made[-1].uri) == ('"5"', "application/json")


def test_every_catalogue_tool_makes_a_job_with_limits():
    for name, offer in offers().items():
        if name in catalogue():
            job = offer.job({"x": 1})
            assert job.seconds <= 1800
            assert job.memory_mb <= 8192


def _environment():
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "default"}


def test_over_standard_input_and_output_as_a_process():
    async def run():
        command = StdioServerParameters(command=sys.executable, args=[*MAIN, "mcp"], env=_environment())
        async with stdio_client(command) as (reading, writing), ClientSession(reading, writing) as client:
            told = await client.initialize()
            tools = await client.list_tools()
            found = await client.call_tool("read_brief", {"brief": "Tg above 200 °C"})
            return told, tools, found

    told, tools, found = anyio.run(run)
    assert told.serverInfo.name == "polysmith"
    assert len(tools.tools) == len(offers())
    assert found.structuredContent["result"]["constraints"][0]["property"] == "Tg"


@pytest.mark.slow
def test_nothing_but_the_protocol_is_on_standard_output():
    asked = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
    ]  # fmt: skip
    with subprocess.Popen(
        [sys.executable, *MAIN, "mcp"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=_environment(),
    ) as process:  # fmt: skip
        process.stdin.write("not json\n" + "".join(json.dumps(item) + "\n" for item in asked))
        process.stdin.flush()
        lines = []
        while not any(item.get("id") == 2 for item in lines):
            lines.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stdout.read() == ""
        assert "Traceback" not in process.stderr.read()


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, *MAIN, "mcp", "--http", "--port", str(number)],
        env={**_environment(), serving.KEY_VARIABLE: KEY, "POLYSMITH_HOME": str(tmp_path_factory.mktemp("home"))},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", number), 1).close()
            break
        except OSError:
            time.sleep(0.1)
    yield number
    process.terminate()
    process.wait(20)


def test_by_http_with_the_key(port):
    async def run():
        async with (
            httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, timeout=60) as http,
            streamable_http_client(f"http://127.0.0.1:{port}/mcp", http_client=http) as (reading, writing, _),
            ClientSession(reading, writing) as client,
        ):
            await client.initialize()
            return await client.call_tool("read_brief", {"brief": "no fluorine"})

    assert anyio.run(run).structuredContent["result"]["structure"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Authorization": "Bearer wrong"}, 401),
        ({}, 401),
        ({"Authorization": f"Bearer {KEY}", "Host": "evil.example"}, 421),
        ({"Authorization": f"Bearer {KEY}", "Origin": "https://evil.example"}, 403),
    ],
)
def test_by_http_who_has_no_business_there_is_refused(port, headers, status):
    answer = httpx.post(
        f"http://127.0.0.1:{port}/mcp",
        headers={"Accept": "application/json, text/event-stream", **headers},
        json={"jsonrpc": "2.0", "id": 1, "method": "ping"},
    )
    assert answer.status_code == status
    assert KEY not in answer.text


def test_without_the_sdk_the_command_that_installs_it_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "mcp.server.lowlevel", None)
    with pytest.raises(BackendMissing, match="pip install") as caught:
        serving.serve_stdio()
    assert "mcp" in caught.value.install
    assert CliRunner().invoke(app, ["mcp"]).exit_code == 5


@pytest.mark.parametrize("command", [["mcp", "--http"], ["serve-agent"]])
def test_the_commands_refuse_other_machines_without_a_key(command, monkeypatch):
    for name in (serving.KEY_VARIABLE, "POLYSMITH_SERVER_KEY"):
        monkeypatch.delenv(name, raising=False)
    told = CliRunner().invoke(app, [*command, "--host", "0.0.0.0"])
    assert told.exit_code == 2
    assert "POLYSMITH_" in told.output


def test_other_machines_need_a_key_of_some_length():
    for host, key in (("0.0.0.0", ""), ("192.168.1.2", ""), ("127.0.0.1", "short")):
        with pytest.raises(InputError):
            serving.check_address(host, key)
    serving.check_address("0.0.0.0", KEY)
