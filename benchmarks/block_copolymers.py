"""How well group contributions tell whether the blocks of a diblock mix.

Run ``python benchmarks/block_copolymers.py --json`` (POLYSMITH_DATA set). Data: measured phases of diblock copolymers
with molar mass, composition and temperature (BCDB, CC-BY; sheet 1 of ``bcdb/BCPs.xlsx``). Ordered phases against
disordered samples by chi N over the mean-field spinodal, as ``tools.properties.blocks`` estimates it; beside it chain
volume alone. Blocks whose structure the table leaves open, or that lack a group contribution, are left out and counted.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from tools.core.errors import NotCoveredError
from tools.core.polymer import Polymer
from tools.properties.blocks import chi_n, spinodal
from tools.properties.dyads import Composition
from tools.properties.predict import predict

#: Repeat units of the names in the table.
UNITS = {
    "PS": "*CC(*)c1ccccc1", "PVCH": "*CC(*)C1CCCCC1", "PEO": "*CCO*", "PI": "*CC=C(C)C*", "PEP": "*CCC(C)C*",
    "14PB": "*CC=CC*", "PEE": "*CC(*)CC", "PE": "*CC*", "PEE/PE": "*CCCC(CC)*", "POB": "*CC(CC)O*",
    "PLA": "*OC(C)C(*)=O", "P2VP": "*CC(*)c1ncccc1", "P4VP": "*CC(*)c1ccncc1", "PMMA": "*CC(*)(C)C(=O)OC",
    "POP": "*CC(C)O*", "PBMA": "*CC(*)(C)C(=O)OCCCC", "PtBA": "*CC(*)C(=O)OC(C)(C)C", "PPC": "*CC(C)OC(=O)O*",
    "PEHMA": "*CC(*)(C)C(=O)OCC(CC)CCCC", "POEGMA": "*CC(*)(C)C(=O)OCCOC", "PDMS": "*[Si](C)(C)O*",
    "4-hydroxystyrene": "*CC(*)c1ccc(O)cc1", "alphamethylstyrene": "*CC(*)(C)c1ccccc1",
}  # fmt: skip
_SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_EDGES = (-9.0, -1.0, -0.5, 0.0, 0.5, 1.0, 9.0)


def table(path: Path) -> list[dict[str, str]]:
    """Read the first sheet; the second row names the columns."""
    with zipfile.ZipFile(path) as book:
        texts = [
            "".join(part.text or "" for part in item.iter(f"{_SPACE}t"))
            for item in ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
        ]
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    rows = []
    for row in sheet.iter(f"{_SPACE}row"):
        cells = {}
        for cell in row:
            value = cell.find(f"{_SPACE}v")
            if value is not None and value.text:
                column = re.sub(r"\d", "", cell.attrib["r"])
                cells[column] = texts[int(value.text)] if cell.attrib.get("t") == "s" else value.text
        rows.append(cells)
    names = rows[1]
    return [{names[column]: text for column, text in row.items() if column in names} for row in rows[2:]]


def samples(rows: list[dict[str, str]]) -> tuple[list[tuple[float, float, bool]], dict[str, int]]:
    """Return log10 of (chi N / spinodal), chain mass and whether the sample is ordered; and what was left out."""
    polymers = {name: Polymer.from_smiles(unit) for name, unit in UNITS.items()}
    density = {
        name: row["density"].value
        for name, row in zip(polymers, predict(list(polymers.values()), ["density"]), strict=True)
    }
    found, out = [], {"incomplete": 0, "unknown block": 0, "no group contribution": 0}
    for row in rows:
        phase = row.get("phase1", "").strip()
        try:
            kelvin, mass, share = float(row["T"]) + 273.15, float(row["Mn"]) / 1000, float(row["f1"])
        except (KeyError, ValueError):
            out["incomplete"] += 1
            continue
        names = (row.get("name1", ""), row.get("name2", ""))
        if not phase or not 0.03 < share < 0.97:
            out["incomplete"] += 1
        elif not all(name in polymers for name in names) or names[0] == names[1]:
            out["unknown block"] += 1
        else:
            weights = (share * density[names[0]], (1 - share) * density[names[1]])
            made = Composition.of([(polymers[n], w) for n, w in zip(names, weights, strict=True)], "mass")
            own = {polymers[name]: density[name] for name in names}
            try:
                size = chi_n(made, [own[item] for item in made.polymers], mass, kelvin)
            except NotCoveredError:
                out["no group contribution"] += 1
                continue
            found.append((math.log10(max(size / spinodal(round(share, 3)), 1e-4)), mass, phase != "disordered"))
    return found, out


def auc(score: np.ndarray, ordered: np.ndarray) -> float:
    """Return the chance that an ordered sample scores above a disordered one."""
    high, low = score[ordered], score[~ordered]
    return round(float(np.mean([(high > item).mean() + 0.5 * (high == item).mean() for item in low])), 3)


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON")
    folder = os.environ.get("POLYSMITH_DATA")
    arguments = parser.parse_args()
    if not folder:
        sys.stderr.write("Set POLYSMITH_DATA to the folder with bcdb.\n")
        return 2
    rows, left = samples(table(Path(folder) / "bcdb" / "BCPs.xlsx"))
    score, mass, ordered = (np.array(column) for column in zip(*rows, strict=True))
    found: dict[str, Any] = {
        "samples": len(rows), "disordered": int((~ordered).sum()), "left out": left,
        "AUC of chi N over spinodal": auc(score, ordered), "AUC of chain mass": auc(mass, ordered),
        "share ordered by log10(chi N / spinodal)": {
            f"{low:g} to {high:g}": [int(inside.sum()), round(float(ordered[inside].mean()), 3)]
            for low, high in pairwise(_EDGES)
            if (inside := (score >= low) & (score < high)).any()
        },
    }  # fmt: skip
    print(json.dumps(found, indent=1) if arguments.json else "\n".join(f"{k}: {v}" for k, v in found.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
