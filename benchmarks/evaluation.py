"""Polymers per CPU-second of a whole evaluation, step by step.

``python benchmarks/evaluation.py --data DATA_DIR [--number 4000] [--json]``. Enumerated candidates carry their
monomers; each step gets new polymers, so that only what candidates share (pieces, monomers) is known from the warm-up.
"whole" makes each polymer's key from its pieces, reads its features, asks every property model and judges feasibility;
"stale" counts candidates among them whose monomers and rule no longer give the polymer, which costs a search.
The repeat units of PN2S are known by structure alone: their keys are read from SMILES, and their feasibility needs a
search for routes, which is measured on the first hundred.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.core.word import canonical_word
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource
from tools.design.evaluate import Evaluation, evaluate, route_of
from tools.properties.predict import predict_table
from tools.synthesis.feasibility import assess, factors

_SEARCHED = 100
_UNITS = 1500


def _rate(work: Callable[[], Any], count: int) -> float:
    started = time.process_time()
    work()
    return round(count / (time.process_time() - started), 1)


def _judge(candidates: Sequence[Candidate]) -> None:
    for candidate in candidates:
        factors(candidate.polymer, route_of(candidate))


def _anew(candidate: Candidate) -> Candidate:
    """Make a candidate again from its pieces, begun at another one, so that its key is worked out."""
    word = candidate.polymer.word
    return replace(candidate, polymer=Polymer("|".join(canonical_word(word[1:] + word[:1]))))


def enumerated(number: int) -> dict[str, float]:
    """Measure on candidates of the virtual library: a quarter of them warms up, the others are measured in steps."""
    started = time.process_time()
    candidates = list(EnumerationSource().candidates(DesignSpec(brief="any"), 4 * number, 0))
    made = round(len(candidates) / (time.process_time() - started), 1)
    random.Random(0).shuffle(candidates)
    warm, models, routes, whole = (candidates[i::4] for i in range(4))
    evaluate(warm)
    polymers = [candidate.polymer for candidate in models]
    judged: list[Evaluation] = []
    found = {
        "candidates_with_keys": made,
        "key_from_smiles": _keys([candidate.polymer.smiles for candidate in warm[:500]]),
        "key_from_pieces": _rate(lambda: [_anew(candidate) for candidate in routes], len(routes)),
        "features_and_models": _rate(lambda: predict_table(polymers), len(polymers)),
        "feasibility": _rate(lambda: _judge(routes), len(routes)),
        "whole": _rate(lambda: judged.append(evaluate([_anew(candidate) for candidate in whole])), len(whole)),
    }
    return {**found, "stale": float(judged[0].stale.sum())}


def _keys(texts: Sequence[str]) -> float:
    return _rate(lambda: [Polymer.from_smiles(text) for text in texts], len(texts))


def published(path: Path) -> dict[str, float]:
    """Measure on repeat units of PN2S, which come without monomers."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    texts = list(dict.fromkeys(row["smiles"] for row in rows))
    random.Random(0).shuffle(texts)
    texts = texts[:_UNITS]
    polymers: list[Polymer] = []
    started = time.process_time()
    for text in texts:
        try:
            polymers.append(Polymer.from_smiles(text))
        except PolysmithError:  # counted by what is left
            continue
    spent = time.process_time() - started
    predict_table(polymers[:50])
    return {
        "units": float(len(polymers)),
        "key_from_smiles": round(len(texts) / spent, 1),
        "features_and_models_cold": _rate(lambda: predict_table(polymers), len(polymers)),
        "features_and_models": _rate(lambda: predict_table(polymers), len(polymers)),
        "feasibility_with_search": _rate(lambda: [assess(p) for p in polymers[:_SEARCHED]], _SEARCHED),
    }


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--number", type=int, default=4000)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    found = {"enumerated": enumerated(chosen.number)}
    if chosen.data is not None:
        found["PN2S"] = published(chosen.data / "polymerisation_pn2s.csv.gz")
    if chosen.json:
        print(json.dumps(found, indent=1))
        return
    for name, rates in found.items():
        for step, rate in rates.items():
            print(f"{name:12s} {step:28s} {rate:12,.1f}")


if __name__ == "__main__":
    main()
