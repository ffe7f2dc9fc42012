"""The open suite, built into a folder: one file per split, a manifest with counts, balance and hashes."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from polybench.builders import (
    advanced_property_reasoning,
    agentic,
    comparison_ranking,
    conceptual_knowledge,
    property_prediction,
    structural_understanding,
    synthesis_design,
)
from polybench.builders.chains import Chain
from polybench.builders.drafting import Maker, Pool
from polybench.builders.reactions import Reaction, read_reactions
from polybench.builders.sources import Licences, read_chains
from polybench.jsonl import to_line
from polybench.task import Category, Split, Task
from tools.core.cards import file_sha256

#: Share of each category in a split, and its makers.
CONTENTS: Final[tuple[tuple[Category, float, tuple[Maker, ...]], ...]] = (
    ("structural_understanding", 0.26, structural_understanding.MAKERS),
    ("conceptual_knowledge", 0.09, conceptual_knowledge.MAKERS),
    ("property_prediction", 0.18, property_prediction.MAKERS),
    ("comparison_ranking", 0.18, comparison_ranking.MAKERS),
    ("advanced_property_reasoning", 0.13, advanced_property_reasoning.MAKERS),
    ("synthesis_design", 0.13, synthesis_design.MAKERS),
    ("agentic", 0.05, agentic.MAKERS),
)
NAME: Final = "Polysmith open suite"
NOTE: Final = "Built by Polysmith in the shape of PolyBench (arXiv 2601.16312). Its scores are not PolyBench results."
_ORDER: Final[tuple[Split, ...]] = ("dev", "test", "ood", "train")
_RETIRED: Final = 300  # misses in a row after which a maker has nothing left
_FILLS: Final = ("comparison_ranking", "structural_understanding")  # take what other categories could not fill

Progress = Callable[[str, int, int], None]


def build(
    out: Path,
    *,
    data: Path | None,
    train: int = 126_000,
    held_out: int = 3_200,
    seed: int = 0,
    licences: Licences = "open",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Build the suite.

    Parameters
    ----------
    out : Path
        Folder for ``train.jsonl``, ``dev.jsonl``, ``test.jsonl``, ``ood.jsonl`` and ``manifest.json``.
    data : Path or None
        Folder of tables; None builds from the shipped handbook and rules alone.
    train, held_out : int
        Tasks of train, and of each other split, at least (composites bring their parts).
    seed : int
        The same seed, tables and versions give the same bytes.
    licences : {"open", "research"}
        Which rows of the tables may be used.
    progress : callable, optional
        Called with the split, the tasks written and the tasks wanted.

    Returns
    -------
    dict
        The manifest: counts by category, subtask, level and answer, seconds, and the hash of each file.
    """
    start, cpu = time.monotonic(), time.process_time()
    virtual = min(6000, max(300, train // 15)) if data else 0
    chains = read_chains(data, seed=seed, licences=licences, virtual=virtual)
    reactions = read_reactions(data, seed=seed, pairs=min(2000, max(200, train // 60)))
    out.mkdir(parents=True, exist_ok=True)
    splits: dict[str, Any] = {}
    for split in _ORDER:
        wanted = train if split == "train" else held_out
        path = out / f"{split}.jsonl"
        tally = Tally()
        partial = path.with_name(path.name + ".part")
        with partial.open("wb") as handle:
            for task in tasks_of(pool_of(split, chains, reactions, seed), wanted):
                handle.write(to_line(task))
                tally.add(task)
                if progress is not None and tally.total % 500 == 0:
                    progress(split, tally.total, wanted)
        partial.replace(path)
        splits[split] = {"file": path.name, "sha256": file_sha256(path), **tally.summary()}
    manifest = {
        "name": NAME, "note": NOTE, "seed": seed, "licences": licences, "polymers": len(chains),
        "polymerisations": len(reactions), "splits": splits,
    }  # fmt: skip
    (out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return {**manifest, "seconds": round(time.monotonic() - start, 1), "cpu_s": round(time.process_time() - cpu, 1)}


def pool_of(split: Split, chains: Sequence[Chain], reactions: Sequence[Reaction], seed: int) -> Pool:
    """Keep what belongs to a split."""
    mine = tuple(chain for chain in chains if chain.split == split)
    return Pool(split, seed, mine, tuple(item for item in reactions if item.chain.split == split))


def tasks_of(pool: Pool, wanted: int) -> Iterator[Task]:
    """Make the tasks of a split, category by category, each id once.

    Parameters
    ----------
    pool : Pool
        What they are built from.
    wanted : int
        How many, by the shares of ``CONTENTS``; what a category cannot fill goes to rankings and structures.

    Yields
    ------
    Task
        Sub-questions before the composite that points to them.
    """
    if not pool.chains:
        return
    seen: set[str] = set()
    generators = {
        name: _makers_in_turn(pool, makers, random.Random(f"{pool.seed}|{pool.split}|{name}"), seen)
        for name, _, makers in CONTENTS
    }
    counts: Counter[str] = Counter()
    for name, share, _ in CONTENTS:
        yield from _until(generators[name], name, round(share * wanted), counts)
    for name in _FILLS:
        missing = wanted - sum(counts.values())
        if missing > 0:
            yield from _until(generators[name], name, counts[name] + missing, counts)


def _until(generator: Iterator[Task], category: str, wanted: int, counts: Counter[str]) -> Iterator[Task]:
    while counts[category] < wanted:
        task = next(generator, None)
        if task is None:
            return
        counts[task.category] += 1
        yield task


def _makers_in_turn(pool: Pool, makers: Sequence[Maker], rng: random.Random, seen: set[str]) -> Iterator[Task]:
    misses = [0] * len(makers)
    while any(count < _RETIRED for count in misses):
        for place, maker in enumerate(makers):
            if misses[place] >= _RETIRED:
                continue
            bundle = maker(pool, rng)
            fresh = [task for task in bundle or () if task.id not in seen]
            if not bundle or bundle[-1].id in seen:
                misses[place] += 1
                continue
            misses[place] = 0
            for task in fresh:
                seen.add(task.id)
                yield task


class Tally:
    """Counts of a split as it is written."""

    def __init__(self) -> None:
        self.total = 0
        self._counts: dict[str, Counter[str]] = {
            name: Counter() for name in ("category", "subtask", "level", "answer_type", "licence", "mcq", "boolean")
        }
        self._zeros: Counter[bool] = Counter()
        self._designs: Counter[bool] = Counter()

    def add(self, task: Task) -> None:
        """Count a task."""
        self.total += 1
        for name in ("category", "subtask", "level", "answer_type", "licence"):
            self._counts[name][str(getattr(task, name))] += 1
        if task.answer_type in ("mcq", "boolean"):
            self._counts[task.answer_type][str(task.answer)] += 1
        if task.subtask in ("group_count", "element_count"):
            self._zeros[task.answer == 0] += 1
        if task.answer_type == "design":
            self._designs[task.is_infeasible()] += 1

    def summary(self) -> dict[str, Any]:
        """Return the counts, and the shares of zero counts and of infeasible designs."""
        return {
            "tasks": self.total,
            **{name: dict(sorted(counts.items())) for name, counts in self._counts.items()},
            "zero_counts": round(self._zeros[True] / max(1, self._zeros.total()), 4),
            "infeasible_designs": round(self._designs[True] / max(1, self._designs.total()), 4),
        }
