"""Train on one table and answer another: ``polysmith finetune properties --train A.csv --test B.csv --property Tg``."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics, splits
from finetune.properties.borrowed import BorrowedStage, borrow, helpers_report
from finetune.properties.fit import Structures, Trained, fit_property
from finetune.properties.tables import Labels
from finetune.properties.train import Progress, build_structures
from finetune.properties.user_tables import UserTable, read_table
from tools.core.cards import Card
from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.features import featurise
from tools.properties.model import Estimate, Model, Processes
from tools.properties.predict import join

FloatArray = NDArray[np.float64]
LEAST = 30
NOMINAL = 0.9
_CHUNK = 256
_IDENTICAL = 1.0 - 1e-6  # similarities are single precision


@dataclass(frozen=True)
class Answers:
    """What a model that was trained on one set says about another, m polymers, in model space.

    Attributes
    ----------
    trained : Trained
        The model.
    mean, half : ndarray [m]
        Prediction and half the width of its 90 % interval.
    in_domain : ndarray of bool [m]
        Whether the model has seen polymers like it.
    best : ndarray [m]
        Similarity of the nearest training polymer.
    nearest : ndarray of int [m]
        Place of that polymer among the training labels.
    auxiliary : dict
        Which shipped models of other properties helped; empty for none.
    """

    trained: Trained
    mean: FloatArray
    half: FloatArray
    in_domain: NDArray[np.bool_]
    best: FloatArray
    nearest: NDArray[np.int64]
    auxiliary: dict[str, Any] = field(default_factory=dict)


def learn_and_answer(
    train: Labels,
    units: tuple[str, ...],
    *,
    clusters: int = 0,
    seed: int = 0,
    auxiliary: bool = True,
    progress: Progress | None = None,
) -> Answers:
    """Train on the labels of some polymers and predict others.

    Parameters
    ----------
    train : Labels
        What is learnt from.
    units : tuple of str
        Canonical units of the polymers to predict, m of them.
    clusters : int
        Clusters held out to teach the intervals about distance; 0 leaves that out.
    seed : int
        Random seed.
    auxiliary : bool
        Let the shipped models of other properties help (``borrowed``).
    progress : callable, optional
        Told one line per step.

    Returns
    -------
    Answers
        Predictions with intervals.

    Raises
    ------
    InputError
        If a polymer is on both sides, or there are fewer than 30 to learn from.
    """
    splits.check_leakage(train.units, units)
    if len(train) < LEAST:
        raise InputError(
            f"{train.file or 'The table'} has {len(train)} usable polymers.", hint=f"Give at least {LEAST}."
        )
    tell = progress or (lambda line: None)
    structures = build_structures(set(train.units), tell)
    lent = borrow(structures.accurate, structures.units, seed) if auxiliary else None
    structures = replace(structures, first=lent)
    card = Card(
        id="one-table", title=get_property(train.property).name, files={}, data=[], split="", metrics={}, command="",
        versions={}, seed=seed,
    )  # fmt: skip
    tell(f"{train.property}: {len(train)} polymers")
    trained = fit_property(
        train, structures, card, clusters=clusters, seed=seed, label_kind="measured", note="", conditions={}
    )
    estimate, nearest = _answer(trained.model, units, structures, train, lent)
    half = trained.model.calibration.half_width(estimate.scale)
    helped = {} if lent is None else helpers_report(lent, train.property, units)
    return Answers(trained, estimate.mean, half, estimate.in_domain, estimate.best, nearest, helped)


def train_one_table(
    train_csv: Path,
    test_csv: Path,
    property: str,  # noqa: A002 - the word that every value and constraint uses
    *,
    seed: int = 0,
    log: bool | None = None,
    clusters: int = 0,
    auxiliary: bool = True,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Train on the labels of A alone and report how well B is predicted.

    Parameters
    ----------
    train_csv, test_csv : Path
        Tables with columns ``smiles`` and ``value``, and perhaps ``unit``, ``source`` and ``weight``; the rules are
        those of ``user_tables``.
    property : str
        Property id or name.
    seed : int
        Random seed.
    log : bool, optional
        Work on log10 of the values; the registry says when left out.
    clusters : int
        Clusters of A held out to teach the intervals about distance; 0 leaves that out.
    auxiliary : bool
        Let the shipped models of other properties help; the report says which, and how many polymers of B they know
        (they give held-out answers for these). False uses nothing but A.
    progress : callable, optional
        Told one line per step.

    Returns
    -------
    dict
        "metrics" on B (with mean and nearest-neighbour baselines, in model space and where that is log10 so named),
        "coverage" of 90 % intervals on B and per similarity tercile, "held_out" numbers of A; "predictions" (unit,
        rows, value, predicted, lower, upper, in_domain per polymer of B), "unlabelled" (the same for polymers of B
        without a usable number) and "failed_rows" (every other row of B with its reason); "dropped" and "rules" of both
        tables with counts and first rows; "leakage" (near-duplicates, reported and kept) and "cpu_seconds".

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
    train = read_table(train_csv, found.id, log=logarithmic)
    test = read_table(test_csv, found.id, log=logarithmic, labelled=False)
    units = (*test.labels.units, *test.unlabelled)
    if not units:
        raise InputError(f"{test_csv} holds no polymer that can be read.", hint=f"Rules: {test.rules.totals()}.")
    answers = learn_and_answer(train.labels, units, clusters=clusters, seed=seed, auxiliary=auxiliary, progress=tell)
    count = len(test.labels)
    rows = _rows(answers, test, units, logarithmic)
    report: dict[str, Any] = finite(
        {
            "property": found.id,
            "space": "log10" if logarithmic else found.unit,
            "metrics": {"n_train": len(train.labels), "n_test": count, **compare(test.labels, answers, train.labels)},
            "coverage": coverage(test.labels.values, answers),
            "held_out": answers.trained.metrics,
            "auxiliary": answers.auxiliary,
            "leakage": near_duplicates(answers, train.labels, units),
            "dropped": {"train": train.rules.totals(), "test": test.rules.totals()},
            "rules": {"train": train.rules.report(), "test": test.rules.report()},
            "notes": {"train": train.rules.notes, "test": test.rules.notes},
            "predictions": rows[:count],
            "unlabelled": rows[count:],
            "failed_rows": [row for row in test.rules.failed if row["row"] not in _answered(test)],
            "cpu_seconds": round(time.process_time() - started, 1),
        }
    )
    return report


def compare(test: Labels, answers: Answers, train: Labels) -> dict[str, Any]:
    """Score predictions and baselines on the labelled polymers, which come first among the answers.

    Parameters
    ----------
    test : Labels
        True values, k of them.
    answers : Answers
        Predictions of at least k polymers.
    train : Labels
        What was learnt from.

    Returns
    -------
    dict
        "blend", "mean_predictor" and "nearest_neighbour"; empty without labels.
    """
    count = len(test)
    if not count:
        return {}
    predicted = {
        "blend": answers.mean[:count],
        "mean_predictor": np.full(count, train.values.mean()),
        "nearest_neighbour": train.values[answers.nearest[:count]],
    }
    return metrics.rounded({name: metrics.scores(test.values, numbers) for name, numbers in predicted.items()})


def coverage(values: FloatArray, answers: Answers) -> dict[str, Any]:
    """Return the share of true values inside the 90 % intervals, in all and per third of similarity.

    Parameters
    ----------
    values : ndarray [k]
        True values of the first k answers.
    answers : Answers
        Predictions.

    Returns
    -------
    dict of str to float
        "nominal", "test", and per third from three values on; "test" is missing without values.
    """
    count = len(values)
    covered = np.abs(values - answers.mean[:count]) <= answers.half[:count]
    shares = {"test": float(covered.mean())} if count else {}
    thirds = metrics.by_tercile(covered, answers.best[:count]) if count >= 3 else {}
    return metrics.rounded({"nominal": NOMINAL, **shares, **thirds})


def near_duplicates(answers: Answers, train: Labels, units: tuple[str, ...]) -> dict[str, Any]:
    """Report test polymers that training holds in all but the key.

    Parameters
    ----------
    answers : Answers
        Predictions.
    train : Labels
        What was learnt from.
    units : tuple of str
        Units of the polymers predicted.

    Returns
    -------
    dict
        "shared" (0: sharing is refused), "identical_fingerprint" (the ring-closed counts agree but the key
        does not) and "other_charge", each with the count and the first few.
    """
    twins = np.flatnonzero(answers.best >= _IDENTICAL)
    pairs = [{"test": units[place], "train": train.units[answers.nearest[place]]} for place in twins[:10]]
    charged = splits.charge_twins(train.units, units)
    return {
        "shared": 0,
        "identical_fingerprint": {"count": len(twins), "first": pairs},
        "other_charge": {"count": len(charged), "first": charged[:10]},
    }


def finite(data: Any) -> Any:
    """Replace numbers that JSON cannot write by None, at any depth."""
    if isinstance(data, dict):
        return {name: finite(value) for name, value in data.items()}
    if isinstance(data, list):
        return [finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def _answered(test: UserTable) -> set[int]:
    """Rows behind an answer: those of every polymer that could be read."""
    return {row for rows in test.rows.values() for row in rows}


def _rows(answers: Answers, test: UserTable, units: tuple[str, ...], log: bool) -> list[dict[str, Any]]:
    known = dict(zip(test.labels.units, _shown(test.labels.values, log).tolist(), strict=True))
    mean, half = answers.mean, answers.half
    predicted, lower, upper = (_shown(numbers, log).tolist() for numbers in (mean, mean - half, mean + half))
    return [
        {
            "unit": unit,
            "rows": test.rows[unit],
            "value": known.get(unit),
            "predicted": predicted[place],
            "lower": lower[place],
            "upper": upper[place],
            "in_domain": bool(answers.in_domain[place]),
        }
        for place, unit in enumerate(units)
    ]


def _answer(
    model: Model, units: tuple[str, ...], structures: Structures, train: Labels, lent: BorrowedStage | None
) -> tuple[Estimate, NDArray[np.int64]]:
    process = Processes.of([model], len(structures.reference))
    rows = structures.rows(train.units)
    parts, nearest, polymers = [], [], [Polymer.from_smiles(unit) for unit in units]
    for start in range(0, len(units), _CHUNK):
        features = featurise(polymers[start : start + _CHUNK])
        kernels = structures.reference.parts(features)
        aid = lent.answers(features, units[start : start + _CHUNK]) if lent else None
        parts.append(model.accurate(features, process(kernels)[:, 0], kernels[0], aid))
        nearest.append(np.argmax(kernels[0][:, rows], axis=1))
    return join(parts), np.concatenate(nearest)


def _shown(numbers: FloatArray, log: bool) -> FloatArray:
    return np.asarray(10.0**numbers) if log else numbers
