"""Compare the project's search with pymoo's NSGA-II and with random enumeration, at the same number of evaluations.

Run ``python benchmarks/design_search.py --json`` with ``POLYSMITH_DATA`` set; ``--cases`` and ``--methods`` run a part.
The specs are those of ``design_specs``. An evaluation is one polymer that the models answer for; polymers that the
structural constraints exclude cost nothing in any method. A spec counts as met when a polymer other than the seed meets
every hard property constraint more likely than not, meets the structure, has no unstable motif and a verified route;
answers are distinct when their pairwise similarity is below 0.72 (``tools.design.diversity``). Both only grow with
evaluations, so a run of any method ends at five distinct answers or at the budget; CPU seconds are those until then.

NSGA-II is that of ``design_nsga2``. Random takes the enumeration, narrowed by the structure asked for, in its order.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from design_nsga2 import evolve_integers
from design_specs import Case, Pool, feasible_cases, infeasible_cases
from rdkit import RDLogger

from tools.chemistry.fingerprints import fingerprints, minmax_similarity
from tools.core.polymer import Polymer
from tools.core.spec import Constraint
from tools.design.conflict import words
from tools.design.diversity import SIMILAR
from tools.design.narrow import NarrowedSource
from tools.design.screen import BATCH, MET, Screen, batches, shipped_models
from tools.design.search import Budget, SearchResult, search
from tools.design.structure import describe
from tools.properties.predict import PredictionTable
from tools.synthesis.motifs import two_units, unstable_motifs
from tools.synthesis.retro import routes

WANTED = 5
ENUMERATED = 600  # polymers that the project's search tests before it evolves


class Ledger:
    """Counts what a method evaluates and keeps the distinct answers that it came across.

    Parameters
    ----------
    case : Case
        The spec.
    budget : int
        Evaluations.
    """

    def __init__(self, case: Case, budget: int) -> None:
        shipped = shipped_models()
        self._case, self._budget, self._joint, self._inner = case, budget, shipped.joint, shipped.predict
        self.models = replace(shipped, predict=self._predict)
        self.evaluated = 0
        self.first: int | None = None
        self.fifth: int | None = None
        self.answers: list[Polymer] = []
        self._hard: tuple[Constraint, ...] = Screen(case.spec, shipped).hard
        self._begin = time.process_time()
        self._cpu = 0.0

    def _predict(self, polymers: Sequence[Polymer], properties: Sequence[str]) -> PredictionTable:
        table = self._inner(polymers, properties)
        counted = min(len(polymers), self._budget - self.evaluated)
        good = np.zeros(len(polymers), dtype=bool)
        if all(c.property in properties for c in self._hard):  # else one constraint is asked for alone
            good = np.all([self._joint((c,), table) >= MET for c in self._hard], axis=0)
        for i in np.flatnonzero(good[:counted]):
            polymer = polymers[int(i)]
            if polymer.key != self._case.seed and self._new(polymer):
                place = self.evaluated + int(i) + 1
                self.first = place if self.first is None else self.first
                self.fifth = place if self.fifth is None and len(self.answers) >= WANTED else self.fifth
        self.evaluated += counted
        self._cpu = time.process_time() - self._begin
        return table

    def _new(self, polymer: Polymer) -> bool:
        """Take an answer in if it is stable, has a route and is unlike those before; True if it is an answer at all."""
        if unstable_motifs(two_units(polymer)) or not routes(polymer, 1):
            return False
        if len(self.answers) < WANTED:
            prints = fingerprints([polymer, *self.answers])
            if not self.answers or minmax_similarity(prints[:1], prints[1:]).max() < SIMILAR:
                self.answers.append(polymer)
        return True

    def done(self) -> bool:
        """Tell whether the run may end."""
        return len(self.answers) >= WANTED or self.evaluated >= self._budget

    def row(self) -> dict[str, Any]:
        """Return the numbers of a run."""
        return {
            "first": self.first,
            "fifth": self.fifth,
            "distinct": len(self.answers),
            "evaluated": self.evaluated,
            "cpu_s": round(self._cpu, 2),
            "answers": [polymer.smiles for polymer in self.answers],
        }


def own(case: Case, ledger: Ledger, budget: int, seed: int) -> SearchResult:
    """Run the project's search."""
    return search(
        case.spec,
        n=1,
        seed=seed,
        budget=Budget(enumerated=ENUMERATED, evolved=budget),
        models=ledger.models,
        should_stop=ledger.done,
        exclude=(case.seed,),
    )


def at_random(case: Case, ledger: Ledger, budget: int, seed: int) -> None:
    """Score the enumeration, narrowed by the structure asked for, as it comes."""
    screen = Screen(case.spec, ledger.models, exclude=(case.seed,))
    stream = NarrowedSource().candidates(case.spec, 20 * budget, seed)
    for batch in batches((c for c in stream if screen.admits(c)), BATCH):
        screen.score(batch)
        if ledger.done():
            return


def nsga2(case: Case, ledger: Ledger, budget: int, seed: int) -> None:
    """Run NSGA-II of pymoo."""
    screen = Screen(case.spec, ledger.models, exclude=(case.seed,))
    evolve_integers(screen, seed, lambda: ledger.evaluated, ledger.done)


METHODS: dict[str, Callable[[Case, Ledger, int, int], Any]] = {"own": own, "nsga2": nsga2, "random": at_random}


def feasible_row(case: Case, method: str, budget: int, seed: int) -> dict[str, Any]:
    """Run one method on one feasible spec."""
    ledger = Ledger(case, budget)
    METHODS[method](case, ledger, budget, seed)
    spec = [words(c) for c in case.spec.constraints] + [describe(c) for c in case.spec.structure]
    return {"case": case.name, "spec": spec, "share": case.share, "method": method, **ledger.row()}


def infeasible_row(case: Case, budget: int, seed: int) -> dict[str, Any]:
    """Run the search on an infeasible spec."""
    ledger = Ledger(case, 2 * budget)  # what explaining costs is counted as well
    limits = Budget(enumerated=min(ENUMERATED, budget // 2), evolved=budget - min(ENUMERATED, budget // 2))
    result = search(case.spec, n=1, seed=seed, budget=limits, models=ledger.models)
    conflict = result.conflict
    return {
        "case": case.name,
        "reason": case.reason,
        "recognised": not result.feasible,
        "named": list(conflict.removal) if conflict else [],
        "pairs": [list(pair) for pair in conflict.pairs] if conflict else [],
        "beyond": list(conflict.beyond) if conflict else [],
        "text": conflict.text if conflict else "",
        "evaluated": ledger.evaluated,
        "cpu_s": ledger.row()["cpu_s"],
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Sum up the feasible specs by method."""
    found: dict[str, Any] = {}
    for method in METHODS:
        mine = [row for row in rows if row["method"] == method]
        if not mine:
            continue
        medians = {key: statistics.median([row[key] or float("inf") for row in mine]) for key in ("first", "fifth")}
        found[method] = {
            "specs": len(mine),
            "met": sum(row["first"] is not None for row in mine) / len(mine),
            "five_distinct": sum(row["distinct"] >= WANTED for row in mine) / len(mine),
            **{f"median_evaluations_to_{key}": None if m == float("inf") else m for key, m in medians.items()},
            "cpu_s": round(sum(row["cpu_s"] for row in mine), 1),
            "evaluated": sum(row["evaluated"] for row in mine),
        }
    return found


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON only")
    parser.add_argument("--cases", type=int, default=36, help="feasible specs")
    parser.add_argument("--budget", type=int, default=20_000, help="evaluations")
    parser.add_argument("--infeasible-budget", type=int, default=20_000, help="evaluations of infeasible specs")
    parser.add_argument("--methods", default="own,nsga2,random")
    parser.add_argument("--seed", type=int, default=0, help="seed of specs and methods")
    parser.add_argument(
        "--rows", type=Path, help="file of JSON lines, one per finished run; runs in it are not repeated"
    )
    args = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    pool = Pool(Path(os.environ["POLYSMITH_DATA"]), 800, 0)
    ended = _ended(args.rows)
    cases = feasible_cases(pool, args.cases, args.seed)
    refused: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for method in args.methods.split(","):
        for case in cases:
            rows.append(ended.get((case.name, method)) or feasible_row(case, method, args.budget, args.seed))
            _note(rows[-1], args.rows, ended, quiet=args.json)
        for case in infeasible_cases(pool) if method == "own" and args.infeasible_budget else []:
            refused.append(ended.get((case.name, "")) or infeasible_row(case, args.infeasible_budget, args.seed))
            _note(refused[-1], args.rows, ended, quiet=args.json)
    report = {
        "budget": args.budget,
        "methods": summary(rows),
        "infeasible": {
            "specs": len(refused),
            "recognised": sum(row["recognised"] for row in refused) / max(1, len(refused)),
            "rows": refused,
        },
        "rows": rows,
    }
    sys.stdout.write(json.dumps(report, indent=None if args.json else 1) + "\n")


def _ended(file: Path | None) -> dict[tuple[str, str], dict[str, Any]]:
    """Runs that an earlier call with the same arguments has finished, by case and method."""
    if file is None or not file.exists():
        return {}
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return {(row["case"], row.get("method", "")): row for row in rows}


def _note(row: dict[str, Any], file: Path | None, ended: dict[tuple[str, str], dict[str, Any]], *, quiet: bool) -> None:
    if (row["case"], row.get("method", "")) in ended:
        return
    text = json.dumps(row)
    if file is not None:
        with file.open("a", encoding="utf-8") as out:
            out.write(text + "\n")
    if not quiet:
        sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
