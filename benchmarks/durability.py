"""Kill runs at random points and see whether they come to the same answer, with nothing done twice.

    python benchmarks/durability.py --kills 50 [--rules 10] [--seed 0] [--json]

Every run is a design in a process of its own (forked from one that has the libraries loaded), with SIGKILL at a random
time or at a random event; every third is killed a second time while it is resumed. A scripted model answers from a
server in another process, which writes down every request. ``--rules`` of the runs have no model. After each
resumption it is checked that the report equals that of a run that was left alone, that no node was begun more often
than once per kill beyond that, that no request reached the server more often than that, that every file can be read at
once after the kill, and that no temporary file and no worker is left.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BRIEF = "Tg above 150 °C, density below 1.25 g/cm3, no fluorine, smells of roses"
SMALL: dict[str, Any] = {"candidates": 1, "pool": 30, "evaluations": 10, "rounds": 2, "seed": 3}
MARK = "POLYSMITH_DURABILITY"
UNITS = ("*CC(*)c1ccc(C(C)(C)C)cc1", "*OC(=O)c1ccc(*)cc1", "*Oc1ccc(C(=O)c2ccc(*)cc2)cc1", "not a structure")


def answer_of(body: dict[str, Any]) -> Any:
    """Fill the schema that a request asks for, in a way that depends on the request alone."""
    from agent.llm.fake_server import text

    chosen = random.Random(json.dumps(body["messages"]))
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    if schema is None:
        return text("I have nothing to add.")
    return text(json.dumps(_fill(schema, schema, chosen, "")))


def _fill(node: dict[str, Any], root: dict[str, Any], chosen: random.Random, name: str) -> Any:
    if "$ref" in node:
        return _fill(root["$defs"][node["$ref"].rsplit("/", 1)[1]], root, chosen, name)
    if "anyOf" in node:
        return _fill(node["anyOf"][0], root, chosen, name)
    if "enum" in node:
        return chosen.choice(node["enum"])
    kind = node.get("type")
    if kind == "object":
        return {key: _fill(part, root, chosen, key) for key, part in node.get("properties", {}).items()}
    if kind == "array":
        return [_fill(node.get("items", {}), root, chosen, name) for _ in range(2)]
    if kind == "string":
        return chosen.choice(UNITS) if name == "structure" else "the stiff ring raises the glass transition"
    return {"boolean": True, "null": None}.get(str(kind), node.get("minimum", 0))


def serve(log: Path) -> None:
    """Serve the scripted model until standard input closes; every request is a line of the log."""
    from agent.llm.fake_server import FakeServer, Served

    def choose(body: dict[str, Any]) -> Served:
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(body, sort_keys=True) + "\n")
        made = answer_of(body)
        return Served(made.body, delay=0.05)

    with FakeServer(choose, context=16_384) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


@dataclass
class Kill:
    """When a process is killed: after so many seconds, or at its so-manieth event."""

    seconds: float | None = None
    event: int | None = None


@dataclass
class Case:
    """One run with its kills, and what was wrong with it."""

    run_id: str = ""
    kills: int = 0
    wrong: list[str] = field(default_factory=list)


def in_child(home: Path, run_id: str, kill: Kill | None, *, model: bool) -> int:
    """Design, or resume, in a forked process; return its exit status as ``os.waitpid`` gives it."""
    child = os.fork()
    if child == 0:
        _child(home, run_id, kill, model=model)
    if kill is not None and kill.seconds is not None:
        end = time.monotonic() + kill.seconds
        while time.monotonic() < end:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return status
            time.sleep(0.005)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1]


def _child(home: Path, run_id: str, kill: Kill | None, *, model: bool) -> None:
    os.environ["POLYSMITH_HOME"] = str(home)
    os.environ[MARK] = str(os.getpid())
    import polysmith

    seen = 0

    def listen(event: dict[str, Any]) -> None:
        nonlocal seen
        seen += 1
        if kill is not None and kill.event == seen:
            os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        if run_id:
            polysmith.resume(run_id, on_event=listen)
        else:
            polysmith.design(BRIEF, on_event=listen, model=None if model else False, **SMALL)
        code = 0
    except polysmith.PolysmithError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        os._exit(code)


def plain(report: Any) -> str:
    """Return what a report says, without its id and the seconds that a server took."""
    spent = report.model.spent.model_copy(update={"seconds": 0.0})
    use = report.model.model_copy(update={"spent": spent})
    return str(report.model_copy(update={"run_id": "", "model": use}).model_dump_json())


def starts(folder: Any) -> collections.Counter[str]:
    """Count how often each node was begun."""
    return collections.Counter(e["name"] for e in folder.events() if e["kind"] == "node" and e["phase"] == "start")


def requests_of(log: Path, since: int) -> collections.Counter[str]:
    """Count the requests that reached the server."""
    return (
        collections.Counter(log.read_text(encoding="utf-8").splitlines()[since:])
        if log.is_file()
        else collections.Counter()
    )


def half_written(path: Path) -> list[str]:
    """List files that cannot be read at once after a kill."""
    found = []
    for file in (path / "runs").rglob("*.json"):
        try:
            json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            found.append(f"half-written {file.name}")
    return found


def left_behind(home: Path) -> list[str]:
    """List temporary files, journals and workers that are left after the end."""
    found = [
        f"left {file.name}" for pattern in ("*.tmp", "*-journal", "*-wal", "*-shm") for file in home.rglob(pattern)
    ]
    return [*found, *(f"worker {name} is left" for name in workers())]


def workers() -> list[str]:
    """List processes that the killed ones had started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{MARK}=".encode() in (place / "environ").read_bytes() and int(place.name) != os.getpid():
                found.append(place.name)
    return found


class Bench:
    """Runs left alone, to compare with, and runs that are killed."""

    def __init__(self, home: Path, log: Path) -> None:
        self.home, self.log = home, log
        self.alone: dict[bool, tuple[str, Any, Any, float, int]] = {}

    def leave_alone(self, *, model: bool) -> None:
        """Make the run to compare with, after one that warms up what is loaded."""
        home = self.home / f"alone-{model}"
        since = self._lines()
        begun = time.monotonic()
        if in_child(home, "", None, model=model) != 0:
            raise SystemExit("The run that was left alone failed.")
        seconds = time.monotonic() - begun
        folder = self._only_run(home)
        shown = self._show(home, folder.id)
        facts = (plain(shown), starts(folder), requests_of(self.log, since), seconds, len(folder.events()))
        self.alone[model] = facts

    def kill(self, number: int, chosen: random.Random, *, model: bool) -> Case:
        """Kill one run, once or twice, resume it and look at what became of it."""
        from agent.runs import list_runs

        same, begun, asked, seconds, events = self.alone[model]
        home = self.home / f"killed-{number}"
        since = self._lines()
        case = Case()
        for round_ in range(2 if number % 3 == 2 else 1):
            if chosen.random() < 0.5:
                kill = Kill(seconds=chosen.uniform(0.0, seconds))
            else:
                kill = Kill(event=chosen.randint(1, events))
            status = in_child(home, case.run_id, kill, model=model)
            case.kills += os.WIFSIGNALED(status)
            case.wrong += half_written(home)
            known = list_runs(home / "runs")
            case.run_id = known[-1] if known and (home / "runs" / known[-1] / "input.json").is_file() else ""
            if not case.run_id and round_ == 0:
                since = self._lines()  # nothing was begun: the next design is the run
        if in_child(home, case.run_id, None, model=model) != 0:
            case.wrong.append("the resumed run failed")
            return case
        folder = self._only_run(home)
        case.run_id = folder.id
        if plain(self._show(home, folder.id)) != same:
            case.wrong.append("the report differs")
        if (repeated := sum((starts(folder) - begun).values())) > case.kills:
            case.wrong.append(f"{repeated} nodes repeated")
        if (twice := sum((requests_of(self.log, since) - asked).values())) > case.kills:
            case.wrong.append(f"{twice} requests repeated")
        case.wrong += left_behind(home)
        return case

    def _lines(self) -> int:
        return len(self.log.read_text(encoding="utf-8").splitlines()) if self.log.is_file() else 0

    def _only_run(self, home: Path) -> Any:
        from agent.runs import list_runs, open_run

        begun = [name for name in list_runs(home / "runs") if (home / "runs" / name / "input.json").is_file()]
        return open_run(home / "runs", begun[-1])

    def _show(self, home: Path, run_id: str) -> Any:
        import polysmith

        os.environ["POLYSMITH_HOME"] = str(home)
        return polysmith.show(run_id)


def warm_up(home: Path) -> None:
    """Load libraries and models once; forked processes share them."""
    import polysmith

    os.environ["POLYSMITH_HOME"] = str(home / "warm")
    polysmith.design(BRIEF, model=False, **SMALL)
    from tools.core import sandbox

    sandbox.shutdown()


def measure(kills: int, rules: int, seed: int, home: Path) -> dict[str, Any]:
    """Kill runs and count what went wrong.

    Parameters
    ----------
    kills : int
        Runs with a model that are killed.
    rules : int
        Runs without one.
    seed : int
        Seed of the points.
    home : Path
        An empty folder.

    Returns
    -------
    dict
        Counts, and what was wrong by run.
    """
    log = home / "requests.jsonl"
    server = subprocess.Popen(
        [sys.executable, __file__, "--serve", str(log)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert server.stdin is not None and server.stdout is not None
    try:
        os.environ["POLYSMITH_LLM_URL"] = server.stdout.readline().strip()
        os.environ["POLYSMITH_LLM_MODEL"] = "fake"
        os.environ.pop("POLYSMITH_FORBID_MODELS", None)
        warm_up(home)
        bench = Bench(home, log)
        chosen = random.Random(seed)
        for model in [True] * bool(kills) + [False] * bool(rules):
            bench.leave_alone(model=model)
        cases = [bench.kill(n, chosen, model=n < kills) for n in range(kills + rules)]
    finally:
        server.stdin.close()
        server.wait(10)
    return {
        "runs": len(cases),
        "killed": sum(case.kills > 0 for case in cases),
        "kills": sum(case.kills for case in cases),
        "requests_of_a_run": sum(bench.alone[True][2].values()) if kills else 0,
        "same": sum(not case.wrong for case in cases),
        "wrong": {case.run_id: case.wrong for case in cases if case.wrong},
        "cpu_seconds": round(sum(os.times()[:4])),
    }


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--rules", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.serve)
        return
    with tempfile.TemporaryDirectory() as home:
        found = measure(chosen.kills, chosen.rules, chosen.seed, Path(home))
    if chosen.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        for name, value in found.items():
            sys.stdout.write(f"{name}: {value}\n")
    sys.exit(bool(found["wrong"]))


if __name__ == "__main__":
    main()
