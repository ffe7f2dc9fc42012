"""The generator beside the other sources: what it writes, and whether it helps a search at equal evaluations.

python benchmarks/generator.py DATA_DIR [--evaluations 600] [--samples 300] [--json]
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from agent.brief import parse_brief
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.diversity import diverse
from tools.design.enumeration import EnumerationSource
from tools.design.evolve import Evolution, evolve
from tools.design.generative import GenerativeSource
from tools.design.screen import Scored, Screen, batches
from tools.properties.features import featurise
from tools.properties.kernels import Reference
from tools.synthesis.retro import routes

BRIEFS = (
    "Tg above 250 °C, density below 1.2 g/cm3",
    "Tg above 200 °C, dielectric constant below 2.8, no fluorine",
    "O2 permeability above 20 Barrer, Tg above 150 °C",
    "refractive index above 1.65, Tg below 150 °C",
    "polyimide, CO2 permeability above 100 Barrer, CO2/CH4 selectivity above 15",
    "band gap above 6 eV, Tg above 100 °C, no halogens",
    "thermal conductivity above 0.3 W/m/K, Tg above 100 °C",
    "density below 1.0 g/cm3, Tg above 120 °C",
    "Tg between 100 and 150 °C, refractive index below 1.48, density above 1.2 g/cm3",
    "Tg above 300 °C, band gap below 3.5 eV, no sulfur",
)


def real_polymers(folder: Path) -> list[Polymer]:
    """Return the polymers of the experimental table."""
    with (folder / "experimental.csv").open(encoding="utf-8", newline="") as handle:
        units = dict.fromkeys(row["smiles"] for row in csv.DictReader(handle))
    found = {}
    for unit in units:
        try:
            found[Polymer.from_smiles(unit)] = None
        except PolysmithError:
            continue
    return list(found)


def quality(polymers: list[Polymer], real: set[Polymer], reference: Reference) -> dict[str, float]:
    """Shares of new and makeable polymers, and the similarity to the nearest of a sample of real polymers."""
    nearest = reference.min_max("cycle", featurise(polymers, "accurate")).max(axis=1)
    return {
        "not_a_real_polymer": round(float(np.mean([p not in real for p in polymers])), 3),
        "nearest_real_similarity": round(float(nearest.mean()), 3),
        "routed": round(float(np.mean([bool(routes(p, 1)) for p in polymers])), 3),
    }


def scored(screen: Screen, candidates: Iterable[Candidate], most: int) -> list[Scored]:
    """Score up to ``most`` candidates that meet the structure."""
    found: list[Scored] = []
    for batch in batches(candidates, 128):
        found.extend(screen.score([c for c in batch if screen.admits(c)][: most - len(found)]))
        if len(found) >= most:
            break
    return found


def summary(found: list[Scored]) -> dict[str, float]:
    """Best score, mean of the ten best that differ, and how many meet every constraint more likely than not."""
    ranked = sorted({s.polymer: s for s in found}.values(), key=lambda s: (*s.rank, s.polymer.key))
    top = diverse(ranked, 10)
    return {
        "best": max(s.score for s in ranked),
        "ten": float(np.mean([s.score for s in top])),
        "hits": sum(s.failing == 0 for s in ranked),
    }


def compare(spec: DesignSpec, evaluations: int, seed: int) -> dict[str, dict[str, float]]:
    """Search with every source at the same number of evaluations."""
    made: dict[str, dict[str, float]] = {}
    third, endless = evaluations // 3, 10**7

    def record(name: str, start: list[Scored], evolved: int, before: float) -> None:
        began = time.process_time()
        found = start + (evolve(Evolution(Screen(spec), seed, start), evolved) if evolved and start else [])
        made[name] = {**summary(found), "evaluated": len(found), "cpu_s": before + time.process_time() - began}

    costs = []
    lists = []
    asked = GenerativeSource(endless)
    for name, stream in (
        ("enumeration", EnumerationSource().candidates(spec, endless, seed)),
        ("generator, nothing asked", asked.candidates(_unasked(spec), endless, seed)),
        ("generator", asked.candidates(spec, endless, seed)),
    ):
        began = time.process_time()
        lists.append(scored(Screen(spec), stream, evaluations))
        costs.append(time.process_time() - began)
        record(name, lists[-1], 0, costs[-1])
    listed, written = lists[0], lists[2]
    record("enumeration, then evolution", listed[:third], evaluations - third, costs[0] / 3)
    both = listed[: third // 2] + written[: third // 2]
    record("half and half, then evolution", both, evaluations - len(both), (costs[0] + costs[2]) / 6)
    return made


def _unasked(spec: DesignSpec) -> DesignSpec:
    return spec.model_copy(update={"constraints": ()})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--evaluations", type=int, default=600)
    parser.add_argument("--samples", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    rows: dict[str, list[dict[str, float]]] = {}
    for number, brief in enumerate(BRIEFS):
        for name, row in compare(parse_brief(brief), args.evaluations, number).items():
            rows.setdefault(name, []).append(row)
    searches = {
        name: {key: round(float(np.mean([row[key] for row in found])), 4) for key in found[0]}
        for name, found in rows.items()
    }
    reference = [row["ten"] for row in rows["enumeration, then evolution"]]
    for name, found in rows.items():
        searches[name]["briefs_with_better_ten"] = sum(
            row["ten"] > other + 1e-9 for row, other in zip(found, reference, strict=True)
        )
    real = real_polymers(args.data)
    sample = [real[i] for i in np.random.default_rng(0).permutation(len(real))[:2000]]
    reference_units = Reference.of(featurise(sample, "accurate"))
    empty = DesignSpec(brief="")
    written = {
        "generator": GenerativeSource(args.samples, routed=False).candidates(empty, args.samples, 0),
        "enumeration": EnumerationSource().candidates(empty, args.samples, 0),
    }
    table = {name: quality([c.polymer for c in source], set(real), reference_units) for name, source in written.items()}
    result = {"evaluations": args.evaluations, "briefs": len(BRIEFS), "searches": searches, "written": table}
    if args.json:
        print(json.dumps(result, indent=1))
        return
    rows_to_show: dict[str, Any] = {**searches, **{f"written by {name}": row for name, row in table.items()}}
    for name, row in rows_to_show.items():
        print(f"{name:44s} {row}")


if __name__ == "__main__":
    main()
