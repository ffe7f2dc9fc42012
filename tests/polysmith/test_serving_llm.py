"""Serving a language model: the command, the refusals, and a process that is waited for and ended."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.llm import fake_server as fake
from agent.llm.fake_server import FakeServer
from polysmith.cli.app import app
from polysmith.doctor import examine_model
from polysmith.serving_llm import LORA_RANKS, Serving, choose_parser, command_of, environment_of, find_vllm, lora_rank
from polysmith.serving_process import ServedModel
from tools.core.errors import BackendMissing, InputError, PolysmithError, SetupError, ToolError

# A stand-in for vllm that starts a child, answers /health after a while and ends badly when asked to.
STAND_IN = """#!{python}
import http.server, subprocess, sys, time
port = int(sys.argv[sys.argv.index("--port") + 1])
if "broken" in sys.argv[2]:
    sys.exit("no such model")
child = subprocess.Popen([sys.executable, "-c", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"])
print("child", child.pid, flush=True)
time.sleep(0.3)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *_):
        pass
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "vllm"
    path.write_text(STAND_IN.format(python=sys.executable))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.fixture
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def adapter(folder, rank):
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"r": rank}))
    return str(folder)


def test_the_command_has_the_flags_that_tools_and_schemas_need(tmp_path):
    places = {"a": adapter(tmp_path / "a", 6), "b": adapter(tmp_path / "b", 20)}
    made = command_of(Serving("Qwen/Qwen2.5-7B-Instruct", adapters=places, max_length=8192, tensor_parallel=2), "vllm")
    assert made[:3] == ["vllm", "serve", "Qwen/Qwen2.5-7B-Instruct"]
    text = " ".join(made)
    assert "--host 127.0.0.1 --port 8000" in text and "--max-model-len 8192" in text
    assert "--enable-auto-tool-choice --tool-call-parser hermes --tool-strict-level parameter" in text
    assert "--enable-lora --max-lora-rank 32 --max-loras 2 --lora-modules a=" in text
    assert "--tensor-parallel-size 2" in text and "ray" not in text
    options = json.loads(made[made.index("--structured-outputs-config") + 1])
    assert options == {"backend": "xgrammar", "disable_any_whitespace": True}
    nodes = command_of(Serving("m", tensor_parallel=8, pipeline_parallel=2, ray=True, gpu_share=0.9), "vllm")
    assert "--pipeline-parallel-size 2 --distributed-executor-backend ray --gpu-memory-utilization 0.9" in " ".join(
        nodes
    )


@pytest.mark.parametrize(
    ("name", "parser"),
    [
        ("Qwen/Qwen2.5-14B-Instruct", "hermes"),
        ("Qwen/Qwen3-8B", "hermes"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3_coder"),
        ("NousResearch/Hermes-3-Llama-3.1-8B", "hermes"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama3_json"),
        ("meta-llama/Llama-4-Scout-17B-16E-Instruct", "llama4_pythonic"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral"),
        ("ibm-granite/granite-4.0-h-tiny", "granite4"),
        ("ibm-granite/granite-3.3-8b-instruct", "granite"),
        ("openai/gpt-oss-20b", "openai"),
        ("microsoft/Phi-4-mini-instruct", "phi4_mini_json"),
        ("deepseek-ai/DeepSeek-V3.1", "deepseek_v31"),
        ("deepseek-ai/DeepSeek-V3-0324", "deepseek_v3"),
        ("someone/polymer-7b", ""),
    ],
)
def test_the_parser_follows_the_family(name, parser):
    assert choose_parser(name) == parser
    assert ("--tool-call-parser" in command_of(Serving(name), "vllm")) == bool(parser)


@pytest.mark.parametrize(
    ("template", "parser"),
    [
        ("{{ '<tool_call>' }}", "hermes"),
        ("<tool_call>\n<function=name>", "qwen3_coder"),
        ("[TOOL_CALLS]", "mistral"),
        ("<|python_tag|>", "llama3_json"),
        ("no tools at all", "llama3_json"),
    ],
)
def test_the_template_of_a_folder_counts_more_than_its_name(tmp_path, template, parser):
    folder = tmp_path / "my-llama-3-merge"
    folder.mkdir()
    (folder / "tokenizer_config.json").write_text(json.dumps({"chat_template": template}))
    assert choose_parser(str(folder)) == parser
    (folder / "chat_template.jinja").write_text("[TOOL_CALLS]")
    assert choose_parser(str(folder)) == "mistral"


def test_the_rank_of_an_adapter_is_rounded_up(tmp_path):
    assert [lora_rank(adapter(tmp_path / str(rank), rank)) for rank in (1, 4, 16, 17, 512)] == [1, 8, 16, 32, 512]
    assert lora_rank("hub/name") in LORA_RANKS
    with pytest.raises(InputError, match="513"):
        lora_rank(adapter(tmp_path / "big", 513))
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="no LoRA adapter"):
        lora_rank(str(tmp_path / "none"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "myhost"])
def test_other_machines_are_let_in_only_with_a_key(host, monkeypatch):
    for weak in ("", "short"):
        monkeypatch.setenv("VLLM_API_KEY", weak)
        with pytest.raises(SetupError, match="VLLM_API_KEY"):
            command_of(Serving("m", host=host), "vllm")
    monkeypatch.setenv("VLLM_API_KEY", "canary-0123456789abcdef")
    made = command_of(Serving("m", host=host), "vllm")
    assert "canary" not in " ".join(made)  # the list of processes shows commands to everybody
    assert "canary" not in str(environment_of(Serving("m", host=host)))


@pytest.mark.parametrize(
    "wrong", [{"model": ""}, {"model": "--help"}, {"adapters": {"a b": "x"}}, {"adapters": {"m": "x"}}]
)
def test_wrong_names_are_refused(wrong):
    with pytest.raises(InputError):
        command_of(Serving(**{"model": "m", **wrong}), "vllm")


def test_nothing_is_fetched_when_everything_is_here(tmp_path, monkeypatch):
    assert "HF_HUB_OFFLINE" not in environment_of(Serving("hub/name"))
    assert environment_of(Serving(str(tmp_path), cpu_cache=2))["HF_HUB_OFFLINE"] == "1"
    assert environment_of(Serving(str(tmp_path), cpu_cache=2))["VLLM_CPU_KVCACHE_SPACE"] == "2"
    monkeypatch.setenv("POLYSMITH_OFFLINE", "1")
    assert environment_of(Serving("hub/name"))["HF_HUB_OFFLINE"] == "1"


def test_the_program_is_found_or_the_command_that_installs_it_is_told(tmp_path, monkeypatch, program):
    monkeypatch.setenv("POLYSMITH_VLLM", str(program))
    assert find_vllm() == program
    monkeypatch.setenv("POLYSMITH_VLLM", str(tmp_path / "absent"))
    with pytest.raises(SetupError, match="no file"):
        find_vllm()
    monkeypatch.delenv("POLYSMITH_VLLM")
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("polysmith.serving_llm.__file__", str(tmp_path / "a" / "b.py"))
    assert find_vllm() == program
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackendMissing, match="make serve-env"):
        find_vllm()


def test_a_server_is_waited_for_and_ended_with_its_children(tmp_path, program, port, monkeypatch):
    monkeypatch.setattr("polysmith.serving_process.GRACE", 0.5)
    log = tmp_path / "logs" / "serve.log"
    waited = []
    with ServedModel(Serving("m", port=port), program, log) as server:
        assert 0.2 < server.wait_until_healthy(20, waited.append) < 20
        child = int(re.search(r"child (\d+)", log.read_text())[1])
        assert server.running() and waited
    for pid in (server.pid, child):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0) if pid == server.pid else _gone(pid)
    assert log.read_text().startswith(f"{program} serve m")


def _gone(pid):
    """Raise as kill does once a process is gone; one that nobody has collected yet counts as gone."""
    for _ in range(50):
        state = Path(f"/proc/{pid}/stat")
        if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
            raise ProcessLookupError
        time.sleep(0.1)


def test_a_server_that_fails_shows_the_end_of_its_log(tmp_path, program, port):
    broken = Serving("broken", port=port)
    with ServedModel(broken, program, tmp_path / "log") as server, pytest.raises(ToolError, match="no such model"):
        server.wait_until_healthy(20)
    with pytest.raises(PolysmithError, match="does not start"):
        ServedModel(Serving("m"), tmp_path / "absent", tmp_path / "log")


def test_the_command_line_serves_until_it_is_asked_to_end(tmp_path, program, port):
    environment = {**os.environ, "POLYSMITH_VLLM": str(program), "POLYSMITH_HOME": str(tmp_path / "home")}
    started = subprocess.Popen(
        [sys.executable, "-c", "from polysmith.cli import main; main()", "serve", "m", "--port", str(port)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    said = ""
    while "POLYSMITH_LLM_URL" not in said:
        line = started.stderr.readline()
        assert line, said
        said += line
    assert f"http://127.0.0.1:{port}/v1" in said
    log = tmp_path / "home" / "logs" / f"serve-{port}.log"
    child = int(re.search(r"child (\d+)", log.read_text())[1])
    os.kill(child, signal.SIGKILL)
    started.send_signal(signal.SIGTERM)
    assert started.wait(20) == 128 + signal.SIGTERM
    started.stderr.close()
    with pytest.raises(ProcessLookupError):
        _gone(child)


def test_dry_run_prints_the_command_and_starts_nothing(monkeypatch):
    monkeypatch.setenv("POLYSMITH_VLLM", "")
    run = CliRunner().invoke(app, ["serve", "Qwen/Qwen3-8B", "--dry-run", "--json", "--vllm=--seed", "--vllm=1"])
    found = json.loads(run.output)
    assert found["command"][1:3] == ["serve", "Qwen/Qwen3-8B"] and found["command"][-2:] == ["--seed", "1"]
    assert found["url"] == "http://127.0.0.1:8000/v1"
    shown = CliRunner().invoke(app, ["serve", "m", "--dry-run", "--lora", "p=hub/x", "--ray"]).output
    assert "--lora-modules p=hub/x" in shown and "--distributed-executor-backend ray" in shown
    for wrong in (["--lora", "noname"], ["--lora", "a=b", "--lora", "a=c"]):
        assert CliRunner().invoke(app, ["serve", "m", "--dry-run", *wrong]).exit_code == 2
    assert CliRunner().invoke(app, ["serve", "m", "--dry-run", "--host", "0.0.0.0"]).exit_code == 4


class TestDoctor:
    @pytest.fixture(autouse=True)
    def _setting(self, model_calls, monkeypatch):
        monkeypatch.setattr("agent.llm.tries.FIRST_PAUSE", 0.01)
        self.environment = monkeypatch

    def ask(self, server):
        self.environment.setenv("POLYSMITH_LLM_URL", server.url)
        return {item.part.strip(): item for item in examine_model()}

    def test_no_endpoint_is_no_fault(self):
        assert [item.state for item in examine_model()] == ["missing"]
        run = CliRunner().invoke(app, ["doctor", "--llm", "--json"])
        assert run.exit_code == 0 and json.loads(run.output)[0]["part"] == "language model"

    def test_a_good_server_gets_a_profile_that_the_client_follows(self):
        def choose(body):
            if "tools" in body:
                return fake.calls(fake.ToolCall(id="1", name="melting_point", arguments='{"polymer": "polyethylene"}'))
            return fake.text(
                '{"tacticity": "atactic", "crystalline": false}' if "response_format" in body else "Hello!"
            )

        with FakeServer(choose, context=4321) as server:
            found = self.ask(server)
            assert {item.state for item in found.values()} == {"ok"}
            assert "4321" in found["context"].detail
            assert all(set(asdict(item)) == {"part", "state", "detail", "fix"} for item in found.values())

    def test_a_server_without_tools_and_schemas_gets_the_flags_that_mend_it(self):
        refusal = {"error": {"message": '"auto" tool choice requires --enable-auto-tool-choice'}}

        def choose(body):
            return fake.Served(refusal, 400) if "tools" in body else fake.text("Hello!")

        with FakeServer(choose) as server:
            found = self.ask(server)
            run = CliRunner().invoke(app, ["doctor", "--llm", "--json"])
        assert (found["chat"].state, found["stream"].state) == ("ok", "ok")
        assert "--enable-auto-tool-choice --tool-call-parser hermes" in found["tool call"].fix
        assert "disable_any_whitespace" in found["JSON schema"].fix and "not kept" in found["JSON schema"].detail
        assert run.exit_code == 4

    def test_an_adapter_has_the_context_of_its_base_model(self):
        listed = [{"id": "base", "max_model_len": 999}, {"id": "polymer", "parent": "base", "max_model_len": None}]
        with FakeServer() as server:
            server.models = listed
            self.environment.setenv("POLYSMITH_LLM_MODEL", "polymer")
            assert "999" in self.ask(server)["context"].detail

    def test_no_server_and_a_wrong_name_say_what_to_do(self):
        with FakeServer(models=("other",)) as server:
            self.environment.setenv("POLYSMITH_LLM_MODEL", "mine")
            found = self.ask(server)
            assert "other" in found["models"].detail and found["models"].fix
        found = self.ask(server)
        assert found["models"].state == "broken" and "polysmith serve" in found["models"].fix
