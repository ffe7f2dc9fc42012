"""Measure how polymer names are read, on names of real polymers with known repeat units (PN2S).

Run ``python benchmarks/names.py --json`` with ``POLYSMITH_DATA`` set. Units are split in halves by a hash of their
key; rules were written against the half "dev", and the half "test" is what is reported. Stereo marks are removed on
both sides, as the records hold none. A name is *right* if its key is that of the record, *turned* if it differs from
the record only in the direction of a monomer that the name leaves open, *wrong* if it is another chain, and *declined*
if it is asked back, unknown or a copolymer. Names that the file gives to several units are left out.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import re
import sys
import time
from collections import Counter, defaultdict
from csv import DictReader
from pathlib import Path
from typing import Any

from rdkit import RDLogger

from tools.chemistry import names
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.naming import opsin
from tools.naming.resolution import Resolution
from tools.naming.resolve import identify_all

SAMPLE = 1000  # names per polymerisation type
BATCH = 500


def key_of(smiles: str) -> str | None:
    """Return the stereo-free key of a unit, or None where it is no linear chain."""
    try:
        return Polymer.from_smiles(re.sub(r"[/\\]", "", smiles.replace("@", ""))).key
    except PolysmithError:
        return None


def load(path: Path, half: str) -> list[dict[str, str]]:
    """Read the names of one half, a sample of each type."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        rows = list(DictReader(stream))
    units: dict[str, set[str]] = defaultdict(set)
    kept: dict[str, list[dict[str, str]]] = defaultdict(list)
    random.Random(0).shuffle(rows)
    for row in rows:
        units[row["name"]].add(row["smiles"])
    for row in rows:
        if len(units[row["name"]]) > 1 or len(kept[row["polymerisation_type"]]) >= SAMPLE:
            continue
        key = key_of(row["smiles"])
        if key is None:
            continue
        even = int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2 == 0
        if even == (half == "dev"):
            kept[row["polymerisation_type"]].append({**row, "key": key})
    return [row for group in kept.values() for row in group]


def verdict(found: Resolution | Polymer | PolysmithError, row: dict[str, str]) -> str:
    """Compare a reading with the record."""
    if isinstance(found, PolysmithError):
        return "declined"
    polymer = found.polymer if isinstance(found, Resolution) else found
    if key_of(polymer.smiles) == row["key"]:
        return "right"
    open_way = isinstance(found, Resolution) and any("which way round" in note for note in found.notes)
    return "turned" if open_way and _turned(found, row) else "wrong"


def _turned(found: Resolution, row: dict[str, str]) -> bool:
    """Say whether the other direction of the same monomers is the record."""
    from tools.synthesis.forward import react

    products = react(*(monomer.smiles for monomer in found.monomers)).products
    return any(key_of(item.polymer.smiles) == row["key"] for item in products)


def before(text: str) -> Polymer | PolysmithError:
    """Read a name as the handbook alone does."""
    try:
        return names.resolve(text, suggest=False)
    except PolysmithError as error:
        return error


def measure(rows: list[dict[str, str]], how: str, show: int) -> dict[str, Any]:
    """Count verdicts by type of polymerisation."""
    start, counts = time.process_time(), defaultdict(Counter)
    for at in range(0, len(rows), BATCH):
        batch = rows[at : at + BATCH]
        texts = [row["name"] for row in batch]
        if how == "handbook":
            found: list[Any] = [before(text) for text in texts]
        else:
            found = identify_all(texts, suggest=False, systematic=how == "with_opsin")
        for row, item in zip(batch, found, strict=True):
            result = verdict(item, row)
            counts[row["polymerisation_type"]][result] += 1
            if show and result == "wrong":
                print(f"{row['name']} | {row['smiles']} | {item}", file=sys.stderr)
            if show > 1 and result == "declined":
                print(f"declined {row['polymerisation_type']} {row['name']} | {item}"[:300], file=sys.stderr)
    seconds = time.process_time() - start
    every = sum(counts.values(), Counter())
    table = {name: _shares(counter) for name, counter in sorted(counts.items())}
    return {"all": _shares(every), **table, "names_per_cpu_second": round(len(rows) / seconds, 1)}


def _shares(counter: Counter[str]) -> dict[str, float]:
    total = sum(counter.values())
    return {"n": total, **{k: round(counter[k] / total, 4) for k in ("right", "turned", "wrong", "declined")}}


def main() -> None:
    """Print the table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--half", choices=("dev", "test"), default="test")
    parser.add_argument("--show", type=int, default=0, help="1: print wrong readings; 2: declined ones too")
    parser.add_argument("--only", choices=("handbook", "without_opsin", "with_opsin"))
    options = parser.parse_args()
    RDLogger.DisableLog("rdApp.*")
    rows = load(Path(os.environ["POLYSMITH_DATA"]) / "polymerisation_pn2s.csv.gz", options.half)
    ways = [options.only] if options.only else ["handbook", "without_opsin", "with_opsin"]
    ways = [way for way in ways if way != "with_opsin" or opsin.available()]
    result = {"half": options.half, **{way: measure(rows, way, options.show) for way in ways}}
    if options.json:
        print(json.dumps(result, indent=2))
        return
    for way in ways:
        print(way)
        for name, shares in result[way].items():
            print(f"  {name:20} {shares}")


if __name__ == "__main__":
    main()
