"""Property models beside published numbers, and what they cost: prints Markdown tables.

    python benchmarks/properties.py cards              # numbers on the cards of the shipped models
    python benchmarks/properties.py speed              # load time, milliseconds per polymer, memory
    python benchmarks/properties.py dft                # density-functional sets, grouped 5 folds, with and without help
    python benchmarks/properties.py neurips            # NeurIPS 2025 Open Polymer Prediction, 90/10, 5 seeds

The last two train; they need the tables (POLYSMITH_DATA). Grouped means that no polymer, however written, is on both
sides. Published numbers are those of the papers on their own splits of the same sets.
"""

from __future__ import annotations

import argparse
import os
import resource
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finetune.properties import metrics, splits
from finetune.properties.boosting import Boosting
from finetune.properties.fit import SHARE, Structures
from finetune.properties.process import fit_process
from finetune.properties.tables import clean_unit
from finetune.properties.train import build_structures
from tools.core.cards import load_card
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import SHIPPED, SIBLINGS
from tools.properties.predict import available, predict_table

# best published root mean square errors: MMPolymer, CIKM 2024 (table 2), 5 folds; Eat: PLM as quoted there
PUBLISHED_DFT = {
    "Egc": 0.431, "Egb": 0.496, "Eea": 0.286, "Ei": 0.390, "EPS": 0.511, "Nc": 0.087, "Eat": 0.050, "Xc": 16.81,
}  # fmt: skip
NEURIPS = {"Tg": "Tg", "FFV": "FFV", "TC": "Tc", "density": "Density", "Rg": "Rg"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("cards", "speed", "dft", "neurips"))
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("POLYSMITH_DATA", "../shared/data")))
    chosen = parser.parse_args()
    if chosen.what == "cards":
        cards()
    elif chosen.what == "speed":
        speed()
    elif chosen.what == "dft":
        dft(chosen.data)
    else:
        neurips(chosen.data)


def cards() -> None:
    print(
        "| property | n | RMSE | MAE | R2 | mean predictor RMSE | 1-NN RMSE | fast RMSE | cluster-out MAE (1-NN) "
        "| coverage random / least similar / cluster-out |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, card in available().items():
        found = card.metrics.get("random_5_fold")
        if found is None:
            continue
        blend, far, held = found["blend"], card.metrics.get("cluster_out"), card.coverage
        out = f"{far['blend']['mae']:.3g} ({far['nearest_neighbour']['mae']:.3g})" if far else ""
        space = " (log10)" if card.metrics["space"] == "log10" else ""
        print(
            f"| {name}{space} | {found['n']} | {blend['rmse']:.4g} | {blend['mae']:.4g} | {blend['r2']:.3f} "
            f"| {found['mean_predictor']['rmse']:.3g} | {found['nearest_neighbour']['rmse']:.3g} "
            f"| {found['fast']['rmse']:.3g} | {out} "
            f"| {held['random']:.3f} / {held['least_similar']:.3f} / {held.get('cluster_out', float('nan')):.3f} |"
        )


def speed() -> None:
    started = time.perf_counter()
    names = list(available())
    warm = Polymer.from_smiles("*CC(*)c1ccccc1")
    predict_table([warm], tier="accurate")
    loaded = time.perf_counter() - started
    rings = ("c1ccc(cc1)", "c1cccc(c1)", "c1ccc(cc1)-c1ccc(cc1)", "c1ccc(cc1)Oc1ccc(cc1)", "C1CCC(CC1)", "c1ccc(s1)")
    middles = ["C" * count for count in range(2, 12)] + [f"{'C' * count}{ring}" for count in range(3) for ring in rings]
    links = ("*N{}NC(=O){}C(*)=O", "*O{}OC(=O){}C(*)=O")
    texts = [link.format(first, second) for link in links for first in middles for second in middles]
    polymers = [Polymer.from_smiles(text) for text in texts[:1000]]
    fast = [name for name in names if not name.startswith("selectivity")][:10]
    predict_table([warm], fast)
    started = time.process_time()
    predict_table(polymers, fast)
    screened = time.process_time() - started
    started = time.process_time()
    predict_table(polymers[:100], tier="accurate")
    blended = time.process_time() - started
    size = sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file()) / 1e6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("| load, first accurate answer (s) | fast, 10 properties (polymers per CPU-s) ", end="")
    print("| accurate, all properties (ms per polymer) | artefacts (MB) | peak memory (MB) |")
    print("|---|---|---|---|---|")
    print(f"| {loaded:.2f} | {1000 / screened:.0f} | {10 * blended:.1f} | {size:.1f} | {memory:.0f} |")


def _labels(data: Path, column: str, source: str) -> tuple[tuple[str, ...], Any]:
    table = pd.read_csv(data / "simulated.csv", low_memory=False)
    table = table[(table["property"] == column) & (table["source"] == source)]
    frame = pd.DataFrame({"unit": [clean_unit(text) for text in table["smiles"]], "value": table["value"]}).dropna()
    grouped = frame.groupby("unit", sort=True)["value"].median()
    return tuple(grouped.index), grouped.to_numpy(dtype=float)


def _held_out(structures: Structures, units: tuple[str, ...], y: Any, folds: Any) -> Any:
    rows, weights = structures.rows(units), np.ones(len(y))
    process = fit_process(structures.reference, rows, y, weights, {"split": folds}).held_out["split"]
    grown = Boosting(structures.accurate.take(rows), "accurate").held_out(y, weights, folds)
    return SHARE * process + (1 - SHARE) * grown


def dft(data: Path) -> None:
    print(
        "| set | n | set alone RMSE (R2) | with first stage (shipped) | siblings known: n, RMSE (alone) "
        "| best published RMSE | mean predictor | 1-NN | CPU-s |\n|---|---|---|---|---|---|---|---|---|"
    )
    known = load_card(SHIPPED / SIBLINGS).metrics
    tables = {column: _labels(data, column, "khazana") for column in PUBLISHED_DFT}
    structures = build_structures({unit for units, _ in tables.values() for unit in units}, lambda line: None)
    for column, (units, y) in tables.items():
        started = time.process_time()
        folds = splits.random_folds(len(y), 5, 1)
        rows = structures.rows(units)
        similarity = structures.reference.min_max("cycle", rows, rows)
        ours = metrics.scores(y, _held_out(structures, units, y, folds))
        plain = metrics.scores(y, metrics.mean_baseline(y, folds))["rmse"]
        near = metrics.scores(y, metrics.neighbour_baseline(y, folds, similarity))["rmse"]
        name = get_property(column).id
        shipped = available()[name].metrics["random_5_fold"]["blend"]
        knowing = known[name]
        print(
            f"| {column} | {len(y)} | {ours['rmse']:.4g} ({ours['r2']:.3f}) | {shipped['rmse']:.4g} "
            f"({shipped['r2']:.3f}) | {knowing['n']}, {knowing['known']['rmse']:.4g} "
            f"({knowing['structure_only']['rmse']:.4g}) | {PUBLISHED_DFT[column]} | {plain:.3g} | {near:.3g} "
            f"| {time.process_time() - started:.0f} |",
            flush=True,
        )


def neurips(data: Path, seeds: int = 5) -> None:
    """Weighted mean absolute error of the competition: weights 1/range and sqrt(1/n), normalised over properties."""
    tables = {column: _labels(data, column, "opp_train") for column in NEURIPS}
    structures = build_structures({unit for units, _ in tables.values() for unit in units}, lambda line: None)
    errors: dict[str, list[float]] = {}
    tested: dict[str, list[int]] = {}
    ranges = {column: float(np.ptp(y)) for column, (_, y) in tables.items()}
    deals = [splits.random_folds(len(structures.units), 10, seed) for seed in range(seeds)]
    for column, (units, y) in tables.items():
        rows = structures.rows(units)
        for deal in deals:
            folds = np.where(deal[rows] == 0, 0, -1)
            held = folds == 0
            predicted = _held_out(structures, units, y, folds)
            errors.setdefault(column, []).append(float(np.abs(y - predicted)[held].sum()))
            tested.setdefault(column, []).append(int(held.sum()))
    print("| seed | " + " | ".join(f"MAE {name}" for name in NEURIPS.values()) + " | weighted MAE |")
    print("|---" * (len(NEURIPS) + 2) + "|")
    for seed in range(seeds):
        counts = np.array([tested[column][seed] for column in tables])
        root = np.sqrt(1 / counts)
        weights = root / root.sum() * len(tables) / np.array([ranges[column] for column in tables])
        sums = np.array([errors[column][seed] for column in tables])
        total = float((weights * sums).sum() / (deals[seed] == 0).sum())
        print(f"| {seed} | " + " | ".join(f"{value:.4g}" for value in sums / counts) + f" | {total:.4f} |", flush=True)


if __name__ == "__main__":
    main()
