"""What GFN2-xTB gaps of oligomers say about chain gaps of density functional theory, alone and beside a learnt model.

Run ``python benchmarks/quantum.py --keep ROWS.jsonl --count COUNT`` (POLYSMITH_DATA set, extra ``qc`` installed): a
random sample of polymers of up to 22 atoms a unit, hydrogens included, from the labels of the family that the shipped
``band_gap`` model learnt from. Oligomers of 1 to 3 units, the third only up to 52 atoms. Rows that the file already
holds are not computed again. ``--learn PREDICTIONS.json`` trains the model on all polymers but the sample (70 s of CPU
time) and keeps its predictions; ``--write FILE`` writes the calibration that ships.

1. ``gap``: correlation and errors of the extrapolated gap, raw and after linear calibrations, each polymer predicted by
   a calibration that did not see it (leave one out).
2. ``model``: the learnt model alone, recalibrated, and stacked with the gap (ridge, leave one out); mean change of the
   absolute error with a bootstrap interval over polymers, for all and for the third least like the training set.
3. ``few labels``: trees on descriptors of the sample alone, five folds, without and with the gap: what it adds where no
   thousands of labels are at hand.
4. ``polarisability``: GFN2-xTB over Crippen's molar refraction (which was fitted to measured ones).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rdkit import Chem
from rdkit.Chem import Crippen
from scipy.stats import spearmanr

from tools.chemistry.oligomer import oligomer
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.simulation.quantum.calibration import REFRACTION_TO_POLARISABILITY, columns
from tools.simulation.quantum.chains import conjugated, series
from tools.simulation.quantum.conformer import stretched
from tools.simulation.quantum.engine import polarisability, tblite_version
from tools.simulation.quantum.extrapolation import gap_limit
from tools.simulation.quantum.geometry import relax

LARGEST_UNIT, UNITS, LARGEST, RIDGE, DRAWS = 22, 3, 52, 1.0, 4000


def sample(data: Path, count: int) -> pd.DataFrame:
    """Return smiles and gap of a random sample, the same for the same count."""
    table = pd.read_csv(data / "simulated.csv", low_memory=False)
    table = table[(table["property"] == "Egc") & (table["source"] == "khazana")]
    table = table.groupby("unit_key").agg(value=("value", "median"), smiles=("smiles", "first")).reset_index()
    table = table.iloc[np.random.default_rng(0).permutation(len(table))]
    mols = [Chem.MolFromSmiles(text) for text in table["smiles"]]
    small = [mol is not None and Chem.AddHs(mol).GetNumAtoms() - 2 <= LARGEST_UNIT for mol in mols]
    return table[small][:count]


def compute(smiles: str, gap: float) -> dict[str, Any]:
    """Compute the oligomers of a polymer."""
    started = time.process_time()
    row: dict[str, Any] = {"smiles": smiles, "egc": gap, "n": [], "gap": [], "alpha": [], "atoms": [], "converged": []}
    try:
        polymer = Polymer.from_smiles(smiles)
        row["conj"] = conjugated(polymer)
        row["crippen"], row["crippen2"] = (Crippen.MolMR(oligomer(polymer, n)) for n in (1, 2))
        for chain in series(polymer, UNITS):
            if chain.units > 2 and chain.mol.GetNumAtoms() > LARGEST:
                break
            start = stretched(chain)
            found = relax(start)
            row["n"].append(chain.units)
            row["gap"].append(found.electronic.gap)
            row["atoms"].append(len(start.numbers))
            row["converged"].append(found.converged)
            if chain.units <= 2:
                row["alpha"].append(polarisability(start.numbers, found.positions))
    except PolysmithError as error:
        row["error"] = str(error)
    row["total"] = time.process_time() - started
    return row


def gather(wanted: pd.DataFrame, keep: Path) -> list[dict[str, Any]]:
    """Compute what the file does not hold yet."""
    lines = keep.read_text(encoding="utf-8").splitlines() if keep.exists() else []
    known = {row["smiles"]: row for row in map(json.loads, lines)}
    with keep.open("a", encoding="utf-8") as stream:
        for smiles, gap in zip(wanted["smiles"], wanted["value"], strict=True):
            if smiles not in known:
                known[smiles] = compute(smiles, float(gap))
                stream.write(json.dumps(known[smiles]) + "\n")
                stream.flush()
    return [known[smiles] for smiles in wanted["smiles"]]


def learn(data: Path, wanted: pd.DataFrame, keep: Path) -> dict[str, dict[str, float]]:
    """Predict the sample by a model trained on all other polymers; keyed by smiles."""
    from finetune.properties.cross_validation import take
    from finetune.properties.one_table import learn_and_answer
    from finetune.properties.recipes import recipe
    from finetune.properties.tables import load_labels
    from tools.properties.features import flat_unit

    if keep.exists():
        found: dict[str, dict[str, float]] = json.loads(keep.read_text(encoding="utf-8"))
        return found
    labels = load_labels(data, recipe("band_gap"))
    units = {}
    for smiles in wanted["smiles"]:
        unit = flat_unit(Polymer.from_smiles(smiles))
        if unit in labels.units:
            units[smiles] = unit
    held = np.array([unit in set(units.values()) for unit in labels.units])
    answers = learn_and_answer(take(labels, ~held), tuple(dict.fromkeys(units.values())), auxiliary=False)
    place = {unit: row for row, unit in enumerate(dict.fromkeys(units.values()))}
    found = {
        smiles: {"mean": float(answers.mean[place[unit]]), "similarity": float(answers.best[place[unit]])}
        for smiles, unit in units.items()
    }
    keep.write_text(json.dumps(found), encoding="utf-8")
    return found


def left_out(inputs: Any, y: Any, ridge: float = 0.0) -> Any:
    """Predict each row by least squares on the others; an intercept is added and not shrunk."""
    centred = np.c_[(inputs - inputs.mean(0)) / inputs.std(0), np.ones(len(y))]
    shrink = ridge * np.diag([1.0] * inputs.shape[1] + [0.0])
    hat = centred @ np.linalg.solve(centred.T @ centred + shrink, centred.T)
    return y - (y - hat @ y) / (1 - np.diag(hat))


def errors(y: Any, predicted: Any) -> dict[str, float]:
    """Return mean absolute error, RMSE, R2 and correlation."""
    off = predicted - y
    return {
        "mae": round(float(np.abs(off).mean()), 3), "rmse": round(float(np.sqrt((off**2).mean())), 3),
        "r2": round(float(1 - (off**2).sum() / ((y - y.mean()) ** 2).sum()), 3),
        "r": round(float(np.corrcoef(predicted, y)[0, 1]), 3),
    }  # fmt: skip


def change(y: Any, before: Any, after: Any) -> list[float]:
    """Return the mean change of the absolute error and its 95 % bootstrap interval over polymers."""
    gained = np.abs(after - y) - np.abs(before - y)
    rng = np.random.default_rng(0)
    means = gained[rng.integers(0, len(gained), (DRAWS, len(gained)))].mean(axis=1)
    return [round(float(v), 3) for v in (gained.mean(), *np.quantile(means, [0.025, 0.975]))]


def report(rows: list[dict[str, Any]], learnt: dict[str, dict[str, float]]) -> dict[str, Any]:
    """Measure everything."""
    good = [row for row in rows if "error" not in row]
    y = np.array([row["egc"] for row in good])
    limits = [gap_limit(row["n"], row["gap"], along=row["conj"]) for row in good]
    raw = np.array([limit.value for limit in limits])
    inputs = np.array(
        [columns(limit.value, Polymer.from_smiles(row["smiles"])) for limit, row in zip(limits, good, strict=True)]
    )
    fitted = left_out(inputs, y)
    pairs = [row for row in good if len(row["alpha"]) > 1]
    added = np.array([np.diff(row["alpha"])[0] / (row["crippen2"] - row["crippen"]) for row in pairs])
    numbers: dict[str, Any] = {
        "polymers": len(good), "failed": [[row["smiles"], row["error"]] for row in rows if "error" in row],
        "cpu_seconds": round(sum(row["total"] for row in rows)),
        "not_converged": sum(not all(row["converged"]) for row in good),
        "gap": {
            "raw": errors(y, raw), "rank correlation": round(float(spearmanr(raw, y)[0]), 3),
            "linear": errors(y, left_out(raw[:, None], y)), "logarithm": errors(y, left_out(inputs[:, :1], y)),
            "classes without the gap": errors(y, left_out(inputs[:, 1:], y)), "shipped": errors(y, fitted),
            "mean_predictor": errors(y, (y.sum() - y) / (len(y) - 1)),
        },
        "added polarisability over refraction, 10th, 50th, 90th percentile": [
            round(float(v), 3) for v in np.quantile(added / REFRACTION_TO_POLARISABILITY, [0.1, 0.5, 0.9])
        ],
    }  # fmt: skip
    numbers["few labels"] = few(good, inputs, y)
    if learnt:
        numbers["model"] = beside(good, learnt, inputs, y)
    return numbers


def few(good: list[dict[str, Any]], inputs: Any, y: Any) -> dict[str, Any]:
    """Cross-validate trees on descriptors, without and with the gap, where the sample is all that is known."""
    from sklearn.ensemble import ExtraTreesRegressor
    from sklearn.model_selection import KFold, cross_val_predict

    from tools.properties.features import featurise

    dense = np.asarray(featurise([Polymer.from_smiles(row["smiles"]) for row in good]).dense)
    folds = KFold(5, shuffle=True, random_state=0)
    trees = ExtraTreesRegressor(500, max_features=0.3, min_samples_leaf=2, random_state=0)
    alone, joined = (cross_val_predict(trees, table, y, cv=folds) for table in (dense, np.c_[dense, inputs[:, :1]]))
    return {"structure": errors(y, alone), "structure and gap": errors(y, joined), "change": change(y, alone, joined)}


def beside(good: list[dict[str, Any]], learnt: dict[str, dict[str, float]], inputs: Any, y: Any) -> dict[str, Any]:
    """Stack the gap with the learnt model."""
    both = np.array([row["smiles"] in learnt for row in good])
    chosen = [row for row in good if row["smiles"] in learnt]
    model = np.array([learnt[row["smiles"]]["mean"] for row in chosen])
    similarity = np.array([learnt[row["smiles"]]["similarity"] for row in chosen])
    y, inputs = y[both], inputs[both]
    scaled = left_out(model[:, None], y, RIDGE)
    stacked = left_out(np.c_[model, inputs], y, RIDGE)
    far = similarity <= np.quantile(similarity, 1 / 3)
    return {
        "polymers": int(both.sum()), "alone": errors(y, model), "recalibrated": errors(y, scaled),
        "stacked with the gap": errors(y, stacked), "change of the absolute error": change(y, model, stacked),
        "change against recalibrated": change(y, scaled, stacked),
        "least similar third": {
            "alone": errors(y[far], model[far]), "stacked": errors(y[far], stacked[far]),
            "gap alone": errors(y[far], left_out(inputs, y)[far]), "change": change(y[far], model[far], stacked[far]),
        },
    }  # fmt: skip


def calibration(rows: list[dict[str, Any]], data: Path) -> dict[str, Any]:
    """Fit what ships: least squares on all polymers, the error from leaving each out."""
    good = [row for row in rows if "error" not in row]
    y = np.array([row["egc"] for row in good])
    raw = np.array([gap_limit(row["n"], row["gap"], along=row["conj"]).value for row in good])
    inputs = np.array(
        [columns(value, Polymer.from_smiles(row["smiles"])) for value, row in zip(raw, good, strict=True)]
    )
    weights = np.linalg.lstsq(np.c_[inputs, np.ones(len(y))], y, rcond=None)[0]
    off = np.abs(left_out(inputs, y) - y)
    return {
        "property": "band_gap", "reference": "chain gap of density functional theory (khazana family)",
        "weights": [round(float(v), 5) for v in weights[:-1]], "intercept": round(float(weights[-1]), 5),
        "polymers": len(y), "mae": round(float(off.mean()), 3), "half_width_90": round(float(np.quantile(off, 0.9)), 3),
        "lowest": round(float(np.quantile(raw, 0.025)), 3), "highest": round(float(np.quantile(raw, 0.975)), 3),
        "tblite": tblite_version(), "seed": 0, "command": "python benchmarks/quantum.py --write",
        "data": hashlib.sha256((data / "simulated.csv").read_bytes()).hexdigest(),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--count", type=int, default=160)
    parser.add_argument("--learn", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    folder = os.environ.get("POLYSMITH_DATA")
    if not folder:
        sys.stderr.write("Set POLYSMITH_DATA to the folder with simulated.csv.\n")
        raise SystemExit(2)
    wanted = sample(Path(folder), given.count)
    rows = gather(wanted, given.keep)
    learnt = learn(Path(folder), wanted, given.learn) if given.learn else {}
    print(json.dumps(report(rows, learnt), indent=1))
    if given.write:
        given.write.write_text(json.dumps(calibration(rows, Path(folder)), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
