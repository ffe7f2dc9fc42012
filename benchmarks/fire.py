"""The fire solver: speed, and burning plastics beside measured cone tests. Prints JSON.

    python benchmarks/fire.py speed [--number 2000]    # milliseconds per 600 s test; hypothetical polymers per minute
    python benchmarks/fire.py published                # published parameters against the FSRI tests (POLYSMITH_DATA)
    python benchmarks/fire.py structure                # parameters from the structure, the polymer itself left out

The tests are those of ``fire/fsri_polymers_summary.csv``: means over replicates at 25, 50 and 75 kW/m2, peaks averaged
over 10 s.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from tools.core.polymer import Polymer
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.library import material, slab
from tools.simulation.cone.run import burn, burn_many
from tools.simulation.cone.uncertain import draws
from tools.simulation.cone.values import widened
from tools.simulation.flammability import estimated_material

# folder of the database: shipped material that stands for it
PUBLISHED = {
    "PMMA": "PMMA", "Black_PMMA": "PMMA", "HIPS": "HIPS", "HDPE": "HDPE", "LDPE": "HDPE", "PP": "PP", "Nylon": "PA66",
    "PET": "PET", "PC": "PC", "PVC": "PVC", "ABS": "ABS",
}  # fmt: skip
SECONDS = 1200.0


def tests() -> list[dict[str, Any]]:
    """Read the measured tests."""
    path = Path(os.environ["POLYSMITH_DATA"]) / "fire" / "fsri_polymers_summary.csv"
    with path.open(newline="", encoding="utf-8") as handle:
        return [
            {
                "name": row["material_dir"],
                "flux": float(row["heat_flux_kW_m2"]) * 1e3,
                "thickness": float(row["mean_thickness_mm"]) / 1e3,
                "ignition": float(row["mean_tti_s"] or 0) or None,
                "peak": float(row["mean_phrr_10s_kW_m2"] or 0) * 1e3,
            }
            for row in csv.DictReader(handle)
        ]


def compared(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Mean errors, bias and rank correlation of rows with "ignition", "peak", "t" and "p"."""
    lit = [r for r in rows if r["ignition"]]
    times = np.array([(r["ignition"], r["t"] or SECONDS) for r in lit])
    peaks = np.array([(r["peak"], r["p"]) for r in rows])
    return {
        "tests": len(rows),
        "ignition_error": float(np.mean(np.abs(times[:, 1] / times[:, 0] - 1))),
        "ignition_by_mean": by_mean(times[:, 0]),
        "ignition_rank": float(spearmanr(times[:, 0], times[:, 1])[0]),
        "peak_error": float(np.mean(np.abs(peaks[:, 1] / peaks[:, 0] - 1))),
        "peak_bias": float(np.mean(peaks[:, 1] / peaks[:, 0] - 1)),
        "peak_by_mean": by_mean(peaks[:, 0]),
        "peak_rank": float(spearmanr(peaks[:, 0], peaks[:, 1])[0]),
    }


def by_mean(values: np.ndarray) -> float:
    """Error of the mean of the others."""
    others = (values.sum() - values) / (len(values) - 1)
    return float(np.mean(np.abs(others / values - 1)))


def published() -> dict[str, Any]:
    """Burn the shipped materials under the conditions of the tests."""
    rows = []
    for row in tests():
        if row["name"] in PUBLISHED:
            entry = material(PUBLISHED[row["name"]])
            report = burn(
                slab(entry, row["thickness"]), Exposure(row["flux"], SECONDS, critical_hrr=entry.critical_hrr)
            )
            rows.append({**row, "t": report.ignition, "p": report.peak_hrr})
    return {"all": compared(rows), "rows": rows}


def from_structure(count: int) -> dict[str, Any]:
    """Burn what is estimated from the structure, the polymer itself left out of every fit."""
    rows = []
    for row in tests():
        name = PUBLISHED.get(row["name"], "")
        if not name or not material(name).unit:
            continue
        polymer = Polymer.from_smiles(material(name).unit)
        entry, spread = estimated_material(polymer, without={polymer.key})
        sample, test = slab(entry, row["thickness"]), Exposure(row["flux"], SECONDS)
        report = burn(sample, test)
        plain = draws(sample, test, spread, count, 0, workers=1)
        found = {**row, "t": report.ignition, "p": report.peak_hrr}
        for label, ensemble in (("parameters", plain), ("with_model", widened(plain, 0))):
            low, high = ensemble.interval("peak_hrr")
            found[f"peak_inside_{label}"] = low <= row["peak"] <= high
            low, high = ensemble.interval("ignition")
            found[f"ignition_inside_{label}"] = low <= row["ignition"] <= high if row["ignition"] else None
        rows.append(found)
    inside = {key: float(np.mean([r[key] for r in rows if r[key] is not None])) for key in rows[0] if "_inside_" in key}
    by_flux = {f"{q / 1e3:g}": compared([r for r in rows if r["flux"] == q]) for q in sorted({r["flux"] for r in rows})}
    return {"by_flux": by_flux, "inside_90_percent": inside}


def speed(number: int) -> dict[str, Any]:
    """Time 600 s of 6 mm slabs, and hypothetical polymers on all cores."""
    found: dict[str, Any] = {}
    for name in ("PMMA", "HDPE", "PC", "PEEK"):
        entry = material(name)
        jobs = [(slab(entry, 0.006), Exposure(q * 1e3, 600.0)) for q in (25, 35, 50, 60, 75)]
        burn_many(jobs[:1], workers=1)
        start = time.process_time()
        burn_many(jobs * 4, workers=1)
        found[f"{name}_ms"] = (time.process_time() - start) / 20 * 1e3
    base, spread = estimated_material(Polymer.from_smiles("*CC(*)c1ccccc1"))
    start, wall = time.process_time(), time.monotonic()
    draws(slab(base, 0.003), Exposure(50e3, 600.0), spread, number, 0)
    found["hypothetical"] = number
    found["hypothetical_per_cpu_s"] = number / (time.process_time() - start)
    found["seconds_for_10000"] = (time.monotonic() - wall) / number * 10_000
    return found


def main() -> None:
    """Run one part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=["speed", "published", "structure"])
    parser.add_argument("--number", type=int, default=2000, help="hypothetical polymers")
    parser.add_argument("--draws", type=int, default=60, help="draws for intervals")
    given = parser.parse_args()
    parts = {
        "speed": lambda: speed(given.number),
        "published": published,
        "structure": lambda: from_structure(given.draws),
    }
    print(json.dumps(parts[given.part](), indent=1))


if __name__ == "__main__":
    main()
