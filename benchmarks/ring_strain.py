"""The tables of ``tools.synthesis.strain``, and how well they predict left-out rings.

Run ``python benchmarks/ring_strain.py ROP-enthalpy-data-long.csv --json`` with the file of that name from polyVERSE
(github.com/Ramprasad-Group/polyVERSE, folder Other/ROP_enthalpy; its licence is non-commercial, so it is not shipped).
Rows marked "expt" are used; rows whose polymer holds a backbone double bond opened by metathesis count as cycloalkenes.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from tools.synthesis.strain import LARGE, ring_opening_enthalpy

Place = tuple[str, int, bool]


def rings(path: Path) -> list[tuple[Place, float]]:
    """Return class, size, whether fused, and enthalpy (kJ/mol) of each measured ring."""
    found = []
    with path.open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row["source"] != "expt":
                continue
            opened = "=[*]" in row["smiles_polymer"] or "[*]=" in row["smiles_polymer"]
            estimate = ring_opening_enthalpy(row["smiles_monomer"], "cycloalkene" if opened else "")
            if estimate is None:
                estimate = ring_opening_enthalpy(row["smiles_monomer"])
            if estimate is not None:
                place = (estimate.ring_class, min(estimate.ring_size, LARGE), estimate.fused)
                found.append((place, float(row["roe_kj/mol"])))
    return found


def left_out(rows: list[tuple[Place, float]], pull: float | None) -> dict[str, Any]:
    """Predict each ring from the others: class mean pulled towards the size mean, or the size mean alone."""
    classes, sizes = defaultdict(list), defaultdict(list)
    for place, value in rows:
        classes[place].append(value)
        sizes[place[1]].append(value)
    errors, by_class = [], defaultdict(list)
    for place, value in rows:
        mean = (sum(sizes[place[1]]) - value) / max(len(sizes[place[1]]) - 1, 1)
        rest = len(classes[place]) - 1
        own = (sum(classes[place]) - value) / rest if rest else mean
        guess = mean if pull is None else mean + rest / (rest + pull) * (own - mean)
        errors.append(guess - value)
        by_class[place[0]].append(abs(guess - value))
    return {
        "rings": len(rows),
        "mae": round(float(np.mean(np.abs(errors))), 2),
        "rmse": round(float(np.sqrt(np.mean(np.square(errors)))), 2),
        "mae by class": {name: [len(part), round(float(np.mean(part)), 1)] for name, part in sorted(by_class.items())},
    }


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="ROP-enthalpy-data-long.csv")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rows = rings(arguments.table)
    found = {"class pulled to size": left_out(rows, 1.0), "ring size alone": left_out(rows, None)}
    print(json.dumps(found, indent=1) if arguments.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
