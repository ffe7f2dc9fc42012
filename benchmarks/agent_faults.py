"""Let the model's server fail in every way while the agent works, and count what goes wrong.

Run ``python benchmarks/agent_faults.py --json``. A local OpenAI-compatible server shows every fault of
``agent.llm.fake_server.faults`` for ever, from the second request on, and mixed; and it lies: objects that meet the
schema and calls that meet the tool, full of invented numbers, words copied from the prompt and orders. Against each,
``polysmith.design`` and ``polysmith.ask`` are run as a user runs them, with the endpoint in the settings file.

Counted per run: whether it finished or ended in a typed error; numbers that no value, quote or brief stands behind
(claims checked again against the ledger, and the invented numbers searched for in all of the report); whether the
numbers are those of the rules alone (for faults; a liar may have candidates looked at, whose numbers are the tools');
requests; seconds; and how much the memory of the process has grown.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polysmith
from agent.evidence import Claim
from agent.llm import tries
from agent.llm.fake_server import FakeServer, Served, calls, faults, text
from agent.llm.filling import LIE_NUMBERS, answer
from agent.llm.messages import ToolCall
from agent.quantities import given_numbers
from agent.report.compare import differences
from agent.report.model import Report
from agent.verify import verify_claims
from tools.core.errors import PolysmithError

BRIEF = "Tg above 150 °C, density below 1.25 g/cm3, no fluorine; it should feel warm to the touch"
QUESTIONS = ("What is the Tg of polystyrene?", "Why do fluorinated polymers have a low dielectric constant?")
SMALL = {"pool": 100, "evaluations": 0, "rounds": 1, "candidates": 1}
LONGEST = 240  # seconds of one run
MIXED, LYING = 6, 4  # seeds
Script = Callable[[dict[str, Any]], Served]


class _Hung(BaseException):
    """A run that does not end."""


def good(body: dict[str, Any], lie: random.Random | None = None) -> Served:
    """Answer in the form that is asked for."""
    said, name, arguments = answer(body, lie=lie)
    return calls(ToolCall(id="call_1", name=name, arguments=arguments)) if name else text(said)


def after(first: int, fault: Served) -> Script:
    """Answer well so many times, then show the fault."""
    seen = iter(range(1_000_000))
    return lambda body: good(body) if next(seen) < first else fault


def mixed(seed: int, known: dict[str, Served]) -> Script:
    """Show a fault, a good answer or a lie at random."""
    rng = random.Random(seed)

    def choose(body: dict[str, Any]) -> Served:
        kind = rng.random()
        return good(body) if kind < 0.3 else good(body, rng) if kind < 0.5 else rng.choice(list(known.values()))

    return choose


def scripts(quick: bool) -> dict[str, Script]:
    """List every way in which the server behaves."""
    known = faults()
    made: dict[str, Script] = {}
    for name, fault in known.items():
        made[f"{name}, always"] = after(0, fault)
        if not quick:
            made[f"{name}, from the second request"] = after(1, fault)
    for seed in range(1 if quick else MIXED):
        made[f"mixed {seed}"] = mixed(seed, known)
    for seed in range(1 if quick else LYING):
        rng = random.Random(1000 + seed)
        made[f"lies {seed}"] = lambda body, rng=rng: good(body, rng)  # type: ignore[misc]  # bound now
    made["good"] = good
    return made


def claims_of(report: Report) -> list[Claim]:
    """Collect every claim of a report."""
    found = [*report.summary, *(claim for part in report.answers for claim in part.claims)]
    for item in report.finalists:
        found += [*item.findings, *item.uncertain]
    found += [item.claim for item in report.rejected] + [item.reason for item in report.experiments]
    return found


def invented(shown: str) -> int:
    """Count the liar's numbers in what is shown."""
    return sum(shown.count(f"{abs(number):g}") for number in LIE_NUMBERS)


def design(_: str) -> tuple[Any, int]:
    """Run a design; return the report and how many of its numbers nothing stands behind."""
    report = polysmith.design(BRIEF, **SMALL)
    verdicts = verify_claims(claims_of(report), report.ledger, given_numbers(report.spec))
    shown = report.model_dump_json(exclude={"model", "settings"})
    return report, sum(not item.ok for item in verdicts) + invented(shown)


def ask(question: str) -> tuple[Any, int]:
    """Ask a question; return the reply and how many of its claims nothing stands behind."""
    reply = polysmith.ask(question)
    verdicts = verify_claims(reply.claims, reply.ledger)
    return reply, sum(not item.ok for item in verdicts) + invented(" ".join(claim.text for claim in reply.claims))


def same(found: Any, rules: Any) -> bool:
    """Say whether the numbers are those of the rules alone."""
    if isinstance(found, Report):
        return not differences(rules, found)
    mine, theirs = ([(claim.text, claim.quotes) for claim in item.claims] for item in (found, rules))
    return mine == theirs


def configure(home: Path, server: FakeServer | None) -> None:
    """Write the settings file that names the server, or remove it."""
    path = home / "llm.toml"
    if server is None:
        path.unlink(missing_ok=True)
    else:
        path.write_text(f'url = "{server.url}"\nmodel = "fake"\ntimeout = 1.0\nretries = 1\n', encoding="utf-8")


def run(name: str, script: Script, way: str, work: Callable[[str], tuple[Any, int]], given: str, home: Path,
        rules: Any) -> dict[str, Any]:  # fmt: skip
    """Run one case."""
    row: dict[str, Any] = {"fault": name, "way": way, "fabricated": 0, "same": None}
    wall, cpu, memory = time.monotonic(), time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with FakeServer(script) as server:
        configure(home, server)
        signal.alarm(LONGEST)
        try:
            found, row["fabricated"] = work(given)
            row["outcome"], row["same"] = "finished", same(found, rules)
        except PolysmithError as error:
            row["outcome"] = f"typed: {type(error).__name__}"
        except _Hung:
            row["outcome"] = "hung"
        except Exception as error:  # noqa: BLE001  # what must not happen is what is counted
            row["outcome"] = f"UNTYPED: {type(error).__name__}: {error}"[:200]
        finally:
            signal.alarm(0)
            configure(home, None)
        row["requests"] = len(server.requests)
    row["seconds"], row["cpu"] = round(time.monotonic() - wall, 2), round(time.process_time() - cpu, 2)
    row["grown_mb"] = round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024, 1)
    return row


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum the rows up."""
    plain = [row for row in rows if not row["fault"].startswith(("mixed", "lies"))]
    ended = [row for row in rows if row["outcome"] == "finished" or row["outcome"].startswith("typed")]
    return {
        "runs": len(rows),
        "finished": sum(row["outcome"] == "finished" for row in rows) / len(rows),
        "finished_or_typed": len(ended) / len(rows),
        "fabricated": sum(row["fabricated"] for row in rows),
        "numbers_of_the_rules_under_faults": sum(row["same"] is True for row in plain) / len(plain),
        "most_requests": max(row["requests"] for row in rows),
        "longest_seconds": max(row["seconds"] for row in rows),
        "most_grown_mb": max(row["grown_mb"] for row in rows),
    }


def measure(*, quick: bool, only: str) -> dict[str, Any]:
    """Run everything."""
    tries.FIRST_PAUSE = 0.01
    with tempfile.TemporaryDirectory() as folder, environment(Path(folder)) as home:
        ways: list[tuple[str, Callable[[str], tuple[Any, int]], str]] = [("design", design, BRIEF)]
        ways += [(f"ask {order}", ask, question) for order, question in enumerate(QUESTIONS, 1)]
        rows = []
        for way, work, given in ways:
            rules, bad = work(given)
            if bad:
                raise SystemExit(f"{way}: the rules alone show {bad} numbers that nothing stands behind")
            for name, script in scripts(quick).items():
                if only in name:
                    rows.append(run(name, script, way, work, given, home, rules))
                    sys.stderr.write(json.dumps(rows[-1]) + "\n")
    return {"summary": summary(rows), "rows": rows}


@contextmanager
def environment(home: Path) -> Iterator[Path]:
    """Give a state folder of its own, and an alarm that stops what hangs."""
    for name in [key for key in os.environ if key.startswith("POLYSMITH_LLM") or key == "POLYSMITH_OFFLINE"]:
        del os.environ[name]
    os.environ["POLYSMITH_HOME"] = str(home)

    def hang(*_: object) -> None:
        raise _Hung

    signal.signal(signal.SIGALRM, hang)
    try:
        yield home
    finally:
        signal.alarm(0)


def main() -> None:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="faults that are there from the start only, one seed each")
    parser.add_argument("--only", default="", help="faults whose name holds this text")
    given = parser.parse_args()
    found = measure(quick=given.quick, only=given.only)
    if given.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
        return
    for row in found["rows"]:
        sys.stdout.write(
            f"{row['way']:8} {row['fault']:46} {row['outcome']:24} {row['fabricated']} {row['requests']}\n"
        )
    sys.stdout.write(json.dumps(found["summary"], indent=1) + "\n")


if __name__ == "__main__":
    main()
