"""What runs in a worker for one shard of a screening: make or read candidates, score them, write what passes.

A shard leaves two files: the polymers that pass, and then its receipt, each put in place whole. A shard with a receipt
is done; a worker that dies before that leaves nothing that counts, so doing a shard again never doubles anything.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from polysmith.batch_output import csv_line, safe_cell
from polysmith.batch_worker import read
from tools.core.files import replace_file
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.screen import BATCH, Scored, Screen

HEAD: Final = (
    "place", "given", "smiles", "key", "chance", "score", "in_domain", "rule", "polymerisations", "monomers", "note",
)  # fmt: skip
Placed = tuple[int, str, Candidate]  # position or row, text of the row, candidate
_Entry = tuple[tuple[Any, ...], Placed, Scored]  # rank, then what is ranked


@lru_cache(maxsize=2)
def _screen(spec: str) -> Screen:
    """Make a screen whose scales, set by the first batch, are those of the handbook's polymers in every worker."""
    from tools.design.sources import HandbookSource

    made = Screen(DesignSpec.model_validate_json(spec))
    made.score(list(HandbookSource().candidates(made.spec, BATCH, 0)))
    return made


def run_shard(task: Mapping[str, Any], shard: Mapping[str, Any]) -> dict[str, Any]:
    """Screen one shard and write its two files.

    Parameters
    ----------
    task : mapping
        Keys "spec" (JSON), "source" ("library" or "table"), "periodic", "chance", "top", "properties", "folder".
    shard : mapping
        Keys "number", "start", "stop", "most" (candidates at most, or None), and for a table "rows", the pairs of row
        and text, and "bad", error codes by row that are known already.

    Returns
    -------
    dict
        The receipt: keys "number", "start", "stop", "most", "candidates", "admitted", "passed", "failed" (rows by error
        code), "best" (rank and cells, best first), "bytes" of the file, "cpu_seconds".
    """
    begun = time.process_time()
    screen = _screen(task["spec"])
    failed: dict[str, int] = {}
    counts = dict.fromkeys(("candidates", "admitted", "passed"), 0)
    best: list[_Entry] = []
    lines: list[str] = []
    placed = _library(task, shard) if task["source"] == "library" else _table(shard, failed)
    for chunk in _chunks(placed):
        counts["candidates"] += len(chunk)
        admitted = [item for item in chunk if screen.admits(item[2])]
        counts["admitted"] += len(admitted)
        scores = screen.score([candidate for _, _, candidate in admitted])
        rows = list(zip(admitted, scores, strict=True))
        best = _better([*best, *(((*s.rank, s.polymer.key, item[0]), item, s) for item, s in rows)], task["top"])
        passing = [(item, scored) for item, scored in rows if scored.joint >= task["chance"]]
        counts["passed"] += len(passing)
        lines += [csv_line(_cells(item, scored, task["properties"])) for item, scored in passing]
    data = "".join(lines).encode("utf-8")
    receipt = {
        **{name: shard[name] for name in ("number", "start", "stop", "most")},
        **counts,
        "failed": failed,
        "best": [(rank, _cells(item, scored, task["properties"])) for rank, item, scored in best],
        "bytes": len(data),
        "cpu_seconds": round(time.process_time() - begun, 3),
    }
    table, journal = paths(Path(task["folder"]), shard["number"])
    replace_file(table, data)
    replace_file(journal, json.dumps(receipt).encode("utf-8"))
    return receipt


def _better(entries: list[_Entry], most: int) -> list[_Entry]:
    """Return the best entries, each polymer once."""
    found: dict[str, _Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry[0]):
        if len(found) == most:
            break
        found.setdefault(entry[2].polymer.key, entry)
    return list(found.values())


def paths(folder: Path, number: int) -> tuple[Path, Path]:
    """Return where a shard's passing polymers and its receipt are.

    Parameters
    ----------
    folder : Path
        Folder of the screening.
    number : int
        The shard.
    """
    return folder / "shards" / f"{number:06d}.csv", folder / "journal" / f"{number:06d}.json"


def _library(task: Mapping[str, Any], shard: Mapping[str, Any]) -> Iterator[Placed]:
    from tools.design.library import library

    most = shard["most"]
    for taken, (position, candidate) in enumerate(
        library(periodic=task["periodic"]).read(shard["start"], shard["stop"])
    ):
        if most is not None and taken >= most:
            return
        yield position, "", candidate


def _table(shard: Mapping[str, Any], failed: dict[str, int]) -> Iterator[Placed]:
    bad = {int(row): code for row, code in shard["bad"].items()}
    for row, text in shard["rows"]:
        found = ("error", "", bad[row]) if row in bad else read(text)
        if isinstance(found, Polymer):
            yield row, text, Candidate(found, "table", text)
        else:
            failed[found[2]] = failed.get(found[2], 0) + 1


def _chunks(placed: Iterator[Placed]) -> Iterator[list[Placed]]:
    chunk: list[Placed] = []
    for item in placed:
        chunk.append(item)
        if len(chunk) == BATCH:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _cells(item: Placed, scored: Scored, properties: Sequence[str]) -> list[Any]:
    place, given, candidate = item
    means = dict(scored.predictions)
    return [
        place,
        safe_cell(given),
        candidate.polymer.smiles,
        candidate.polymer.key,
        round(scored.joint, 6),
        round(scored.score, 6),
        scored.in_domain,
        candidate.rule,
        " ".join(candidate.polymerisations),
        " + ".join(candidate.monomers),
        candidate.note,
        *(means[name] for name in properties),
    ]
