"""Train on one table and answer another: ``polysmith finetune properties --train A.csv --test B.csv --property Tg``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.properties import metrics, splits
from finetune.properties.fit import Structures, fit_property
from finetune.properties.tables import Labels, clean
from finetune.properties.train import Progress, build_structures
from tools.core.cards import Card
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.features import featurise
from tools.properties.model import Estimate, Model, Processes
from tools.properties.predict import join

_CHUNK = 256
_LEAST = 30


def train_one_table(
    train_csv: Path,
    test_csv: Path,
    property: str,  # noqa: A002 - the word that every value and constraint uses
    *,
    seed: int = 0,
    log: bool | None = None,
    clusters: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train on A alone and report how well B is predicted.

    Parameters
    ----------
    train_csv, test_csv : Path
        Tables with columns ``smiles`` and ``value`` (canonical unit of the property).
    property : str
        Property id or name.
    seed : int
        Random seed.
    log : bool, optional
        Work on log10 of the values; the registry says when left out.
    clusters : int
        Clusters of A held out to teach the intervals about distance; 0 leaves that out.
    progress : callable, optional
        Told one line per step.

    Returns
    -------
    dict
        "metrics" on B (with mean and nearest-neighbour baselines, in model space and where that is log10 so named),
        "coverage" of 90 % intervals on B and per similarity tercile, "held_out" numbers of A, "dropped" rows of both,
        "predictions" (unit, value, predicted, lower, upper, in_domain per polymer of B) and "cpu_seconds".

    Raises
    ------
    InputError
        If a table cannot be read, a polymer is in both, or A has fewer than 30 polymers.
    UnknownNameError
        If the property is unknown.
    """
    tell = progress or (lambda line: None)
    started = time.process_time()
    found = get_property(property)
    logarithmic = found.log if log is None else log
    train, test = (_read(path, found.id, logarithmic) for path in (train_csv, test_csv))
    splits.check_leakage(train.units, test.units)
    if len(train) < _LEAST:
        raise InputError(f"{train_csv.name} has {len(train)} usable polymers.", hint=f"Give at least {_LEAST}.")
    structures = build_structures(set(train.units), tell)
    card = Card(
        id="one-table", title=found.name, files={}, data=[], split="", metrics={}, command="", versions={}, seed=seed
    )
    tell(f"{found.id}: {len(train)} polymers")
    trained = fit_property(
        train, structures, card, clusters=clusters, seed=seed, label_kind="measured", note="", conditions={}
    )
    answer = _answer(trained.model, test, structures)
    mean = answer.mean
    half = trained.model.calibration.half_width(answer.scale)
    covered = np.abs(test.values - mean) <= half
    frame = pd.DataFrame(
        {
            "unit": test.units,
            "value": _shown(test.values, logarithmic),
            "predicted": _shown(mean, logarithmic),
            "lower": _shown(mean - half, logarithmic),
            "upper": _shown(mean + half, logarithmic),
            "in_domain": answer.in_domain,
        }
    )
    return {
        "property": found.id,
        "space": "log10" if logarithmic else found.unit,
        "metrics": metrics.rounded(
            {
                "n_train": len(train),
                "n_test": len(test),
                "blend": metrics.scores(test.values, mean),
                "mean_predictor": metrics.scores(test.values, np.full(len(test), train.values.mean())),
                "nearest_neighbour": metrics.scores(test.values, _nearest(train, test, structures)),
            }
        ),
        "coverage": metrics.rounded(
            {"nominal": 0.9, "test": float(covered.mean()), **metrics.by_tercile(covered, answer.best)}
        ),
        "held_out": trained.metrics,
        "dropped": {"train": train.dropped, "test": test.dropped},
        "predictions": frame.to_dict("records"),
        "cpu_seconds": round(time.process_time() - started, 1),
    }


def _answer(model: Model, test: Labels, structures: Structures) -> Estimate:
    process = Processes.of([model], len(structures.reference))
    parts, polymers = [], [Polymer.from_smiles(unit) for unit in test.units]
    for start in range(0, len(test), _CHUNK):
        features = featurise(polymers[start : start + _CHUNK])
        kernels = structures.reference.parts(features)
        parts.append(model.accurate(features, process(kernels)[:, 0], kernels[0]))
    return join(parts)


def _shown(numbers: NDArray[np.float64], log: bool) -> NDArray[np.float64]:
    return np.asarray(10.0**numbers) if log else numbers


def _nearest(train: Labels, test: Labels, structures: Structures) -> NDArray[np.float64]:
    rows = structures.rows(train.units)
    found, polymers = [], [Polymer.from_smiles(unit) for unit in test.units]
    for start in range(0, len(test), _CHUNK):
        features = featurise(polymers[start : start + _CHUNK])
        found.append(train.values[np.argmax(structures.reference.min_max("cycle", features, rows), axis=1)])
    return np.concatenate(found)


def _read(path: Path, name: str, log: bool) -> Labels:
    if not path.is_file():
        raise InputError(f"{path} does not exist.")
    broken: list[list[str]] = []
    try:
        table = pd.read_csv(path, engine="python", on_bad_lines=broken.append, encoding_errors="replace")
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path.name} cannot be read as a table: {error}", hint="Give a CSV with a header.") from error
    missing = {"smiles", "value"} - set(table.columns)
    if missing:
        raise InputError(
            f"{path.name} lacks {', '.join(sorted(missing))}.", hint="Columns smiles and value are needed."
        )
    numbers = pd.to_numeric(table["value"], errors="coerce").to_numpy(dtype=float)
    return clean(name, table["smiles"].astype(str).tolist(), numbers, log=log, dropped={"broken line": len(broken)})
