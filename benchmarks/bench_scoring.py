"""How long scoring takes: ``python benchmarks/bench_scoring.py [--tasks 100000]``.

Tasks of all types are made from rule-generated repeat units ($POLYSMITH_DATA/virtual_smipoly_2star.csv.gz, or chains of
methylene and ether units where there is none); the answers are random, half of them right. CPU seconds of this process
and of its workers are measured, and wall-clock time beside them.
"""

from __future__ import annotations

import argparse
import gzip
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from polybench.jsonl import read_predictions, read_tasks, write_jsonl
from polybench.prediction import Prediction
from polybench.scorecard import score
from polybench.task import Task
from tools.core import sandbox

MIX = {
    "mcq": 25,
    "boolean": 8,
    "label": 7,
    "numeric": 25,
    "ranking": 10,
    "set": 5,
    "smiles": 10,
    "design": 7,
    "text": 3,
}
CATEGORY = {
    "mcq": "conceptual_knowledge", "boolean": "structural_understanding", "label": "structural_understanding",
    "numeric": "property_prediction", "ranking": "comparison_ranking", "set": "structural_understanding",
    "smiles": "synthesis_design", "design": "synthesis_design", "text": "advanced_property_reasoning",
}  # fmt: skip
ESTER = "[CX3](=O)[OX2][#6]"


def units(count: int) -> list[str]:
    """Return repeat units."""
    path = Path(os.environ.get("POLYSMITH_DATA", "")) / "virtual_smipoly_2star.csv.gz"
    if not path.is_file():
        return [f"*{'C' * (1 + i % 40)}O{'C' * (1 + i // 40)}*" for i in range(min(count, 1600))]
    with gzip.open(path, "rt", encoding="utf-8") as handle:
        head = handle.readline().strip().split(",")
        place = next(i for i, name in enumerate(head) if "smi" in name.casefold() or "polym" in name.casefold())
        found = [line.split(",")[place].strip('"') for line in handle]
    step = max(1, len(found) // count)
    return found[::step][:count]


def made(number: int, kind: str, unit: str, other: str, rng: np.random.Generator) -> tuple[Task, Prediction]:
    """Make a task and an answer."""
    right = bool(rng.random() < 0.5)
    fields: dict[str, Any] = {}
    said: str
    if kind == "mcq":
        fields, said = (
            {"choices": ["a1", "b2", "c3", "d4"], "answer": "B"},
            f"I compare them.\n\nAnswer: {'B' if right else 'C'}",
        )
    elif kind == "boolean":
        fields, said = {"answer": True}, f"<answer>{'yes' if right else 'no'}</answer>"
    elif kind == "label":
        fields, said = {"answer": "polyester"}, f"<answer>{'Polyester' if right else 'polyamide'}</answer>"
    elif kind == "numeric":
        value = float(rng.normal(400, 60))
        given = value + float(rng.normal(0, 30))
        fields = {"answer": value, "unit": "K", "property": "Tg"}
        said = f"Stiff rings raise it.\nAnswer: {given - 273.15:.1f} °C ({given - 300:.0f} to {given - 240:.0f} °C)"
    elif kind == "ranking":
        order = [str(item) for item in rng.permutation(list("pqrs"))]
        fields, said = {"answer": order}, "<answer>" + " > ".join(order if right else order[::-1]) + "</answer>"
    elif kind == "set":
        fields, said = {"answer": ["ester", "ether"]}, f"<answer>ester, {'ether' if right else 'amide'}</answer>"
    elif kind == "smiles":
        fields, said = {"answer": unit}, f"<answer>{unit if right else other}</answer>"
    elif kind == "design":
        constraints = [
            {"kind": "smarts", "smarts": ESTER, "min": 1},
            {"kind": "descriptor", "name": "heavy_atoms", "max": 60},
            {"kind": "element", "name": "F", "value": 0},
            {"kind": "property", "name": "Tg", "min": 350},
        ]
        fields = {"constraints": constraints[: 3 if number % 3 else 4], "n_candidates": 2}
        said = f"<answer>\n{unit}\n{other}\n</answer>"
    else:
        fields = {"keypoints": ["stiff chains raise Tg", {"text": "Tg", "number": 373, "unit": "K"}]}
        said = "The rings make the chain stiff, and so Tg is near 100 °C. " * 5
    name = f"t{number}"
    base = {
        "id": name,
        "split": "test",
        "category": CATEGORY[kind],
        "subtask": kind,
        "question": "?",
        "answer_type": kind,
    }
    task = Task.model_validate({**base, "polymer_keys": [unit], "level": 1 + number % 3, **fields})
    return task, Prediction(id=name, model="random", response=said)


def seconds() -> float:
    """Return CPU seconds of this process and of workers that ended."""
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in both)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=100_000)
    count = parser.parse_args().tasks
    rng = np.random.default_rng(0)
    pool = units(max(20, count // 5))
    kinds = rng.choice(list(MIX), size=count, p=np.array(list(MIX.values())) / sum(MIX.values()))
    pairs = [
        made(i, str(kind), pool[i % len(pool)], pool[(7 * i + 1) % len(pool)], rng) for i, kind in enumerate(kinds)
    ]
    with tempfile.TemporaryDirectory() as folder:
        tasks, predictions = Path(folder) / "tasks.jsonl", Path(folder) / "predictions.jsonl"
        write_jsonl((task for task, _ in pairs), tasks)
        write_jsonl((item for _, item in pairs), predictions)
        begun, wall = seconds(), time.perf_counter()
        read = list(read_tasks(tasks))
        given = read_predictions(predictions).predictions
        read_at = seconds()
        card, _ = score(read, given)
        wall = time.perf_counter() - wall
        sandbox.shutdown()  # so that the time of the workers is counted
        done = seconds()
    print(f"{count} predictions, {len(pool)} polymers: macro {card.macro.score if card.macro else 0:.3f}")
    print(
        f"reading {read_at - begun:.1f} CPU s, scoring {done - read_at:.1f} CPU s (workers included), wall {wall:.1f} s"
    )


if __name__ == "__main__":
    main()
