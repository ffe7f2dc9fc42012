"""Workers are killed at their limits, errors keep their type, and nothing is left behind."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from tools.core import sandbox
from tools.core.errors import LimitError, StructureError, ToolError

ROOT = Path(__file__).parents[2]


def test_results_come_back_fast() -> None:
    assert sandbox.run("math:hypot", 3, 4) == 5.0
    begun = time.perf_counter()
    for _ in range(50):
        sandbox.run("math:hypot", 3, 4)
    assert (time.perf_counter() - begun) / 50 < 0.02
    assert sandbox.run("tools.core.polymer:Polymer.from_smiles", "*OCC*").smiles == "*CCO*"


def test_typed_errors_keep_their_fields() -> None:
    with pytest.raises(StructureError) as caught:
        sandbox.run("tools.core.gate:check_text", "*CC* name")
    assert caught.value.code == "whitespace"
    assert caught.value.hint
    with pytest.raises(ToolError, match="ZeroDivisionError"):
        sandbox.run("operator:truediv", 1, 0)


def test_wall_clock_limit_kills_and_the_next_call_works() -> None:
    begun = time.perf_counter()
    with pytest.raises(LimitError, match="stopped after"):
        sandbox.run("time:sleep", 30, seconds=0.3)
    assert time.perf_counter() - begun < 3
    assert sandbox.run("math:hypot", 3, 4) == 5.0


def test_memory_limit_is_a_limit_error() -> None:
    with pytest.raises(LimitError, match="needs more than"):
        sandbox.run("operator:mul", [0], 10**9, memory_mb=1024)
    with pytest.raises(LimitError):
        sandbox.run("os:abort")
    assert sandbox.run("math:hypot", 3, 4) == 5.0


def test_a_crash_and_an_unknown_function_are_tool_errors() -> None:
    with pytest.raises(ToolError, match="crashed"):
        sandbox.run("os:_exit", 3)
    with pytest.raises(ToolError, match="nowhere"):
        sandbox.run("nowhere:nothing")
    with pytest.raises(ToolError, match="positive"):
        sandbox.run("math:hypot", 3, 4, seconds=0)


def test_a_killed_item_does_not_lose_the_others() -> None:
    found = sandbox.map_each("time:sleep", [0, 20, 0, -1, 0], seconds_each=0.3)
    assert [type(item) for item in found] == [type(None), LimitError, type(None), ToolError, type(None)]
    assert sandbox.map_each("math:sqrt", range(40)) == [number**0.5 for number in range(40)]
    assert sandbox.map_each("math:sqrt", []) == []


def test_threads_share_the_workers() -> None:
    results: list[float] = []
    threads = [
        threading.Thread(target=lambda: results.extend(sandbox.run("math:hypot", 3, 4) for _ in range(10)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [5.0] * 80


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_no_worker_outlives_a_killed_parent_and_no_guard_is_needed(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent(
            f"""
            import sys, threading, time
            sys.path.insert(0, {str(ROOT)!r})
            from tools.core import sandbox
            threading.Thread(target=lambda: sandbox.run("builtins:sum", range(10**12), seconds=200), daemon=True).start()
            time.sleep(0.2)
            while not sandbox._pool.all:
                time.sleep(0.01)
            time.sleep(1.0)
            print(*[worker.process.pid for worker in sandbox._pool.all], flush=True)
            time.sleep(60)
            """
        )
    )
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [int(pid) for pid in parent.stdout.readline().split()]
        assert workers
        assert all(running(pid) for pid in workers)
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(running(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(running(pid) for pid in workers)
