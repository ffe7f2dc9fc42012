"""Teach the fast tier of a folder of models, and put its held-out numbers on every card."""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.properties import metrics
from finetune.properties.first_stage import FirstStage
from finetune.properties.fit import Structures
from finetune.properties.network import Recipe
from finetune.properties.student import Judged, Lesson, train_screening
from finetune.properties.tables import Labels
from tools.core.cards import Card, DataSource, file_sha256, load_card, write_card
from tools.core.polymer import Polymer
from tools.properties.artefacts import SCREENING
from tools.properties.auxiliary import Helper
from tools.properties.environments import count
from tools.properties.screening import SCREENING_JSON, SCREENING_NPZ

_LIMITS = (
    "For ranking and ruling out many candidates. Linear homopolymers and alternating chains without stereochemistry, "
    "additives, molar mass or processing history. Outside the domain flag the interval is a guess."
)


def write_screening(
    out: Path,
    labels: dict[str, Labels],
    structures: Structures,
    seed: int,
    tell: Callable[[str], None],
    recipe: Recipe | None = None,
) -> dict[str, Judged]:
    """Train the networks of the fast tier, write them, and complete the cards of the properties.

    Parameters
    ----------
    out : Path
        Artefact folder, with the model of every property.
    labels : dict of str to Labels
        By property id; all their polymers are among the structures.
    structures : Structures
        All polymers; their first stage, if there is one, teaches, and the networks learn from all of them.
    seed : int
        Random seed.
    tell : callable
        Told one line per step.
    recipe : Recipe, optional
        Size and length of training.

    Returns
    -------
    dict of str to Judged
        Held-out numbers by property id.
    """
    started = time.process_time()
    folder = out / SCREENING
    for name in (SCREENING_JSON, SCREENING_NPZ, "card.json"):
        (folder / name).unlink(missing_ok=True)
    found, _ = train_screening(folder, lesson_of(labels, structures, seed, tell), seed, tell, recipe)
    data = [source for name in sorted(labels) for source in load_card(out / name).data]
    write_screening_card(folder, found, data, seed, time.process_time() - started)
    complete_cards(out, found)
    return found


def lesson_of(labels: dict[str, Labels], structures: Structures, seed: int, tell: Callable[[str], None]) -> Lesson:
    """Put together what the networks learn from.

    Parameters
    ----------
    labels : dict of str to Labels
        By property id.
    structures : Structures
        All polymers with their first stage.
    seed : int
        Random seed.
    tell : callable
        Told one line per teacher that the first stage lacks.

    Returns
    -------
    Lesson
        Properties in ascending order; the teachers of each, then those of further properties.
    """
    names = sorted(labels)
    stages = [structures.first] if isinstance(structures.first, FirstStage) else []
    taught = {helper.name for stage in stages for helper in stage.helpers}
    lacking = {name: (Helper(name, name, "screening"), table) for name, table in labels.items() if name not in taught}
    if lacking:
        stages.append(FirstStage(structures.reference, structures.units, lacking, seed, tell))
    teachers = [helper.name for stage in stages for helper in stage.helpers]
    order = [teachers.index(name) for name in names]
    order += [place for place, name in enumerate(teachers) if name not in names]

    def teacher(fold: int) -> NDArray[np.float64]:
        return np.hstack([stage.forgetting(fold) for stage in stages])[:, order].astype(np.float64)

    counts = count([Polymer.from_smiles(unit) for unit in structures.units])
    rows = {name: structures.rows(labels[name].units) for name in names}
    return Lesson(counts, {name: labels[name] for name in names}, rows, stages[0].folds, teacher)


def write_screening_card(
    folder: Path, found: dict[str, Judged], data: list[DataSource], seed: int, seconds: float
) -> None:
    """Write the card of the networks.

    Parameters
    ----------
    folder : Path
        Folder with their files.
    found : dict of str to Judged
        Held-out numbers by property id.
    data : list of DataSource
        What they were trained on.
    seed : int
        Random seed.
    seconds : float
        CPU-seconds of training.
    """
    numbers: dict[str, Any] = {name: item.scores for name, item in found.items()}
    shares = {name: item.coverage for name, item in found.items()}
    card = Card(
        id="screening-1",
        title="All properties at once, for screening",
        description=(
            "Two averaged networks with two hidden layers on environment counts, taught by labels and by Gaussian "
            "processes that answer for every training polymer."
        ),
        files={name: file_sha256(folder / name) for name in (SCREENING_JSON, SCREENING_NPZ)},
        data=data,
        split=(
            "5 random folds over all polymers of all properties, grouped by polymer; neither networks nor teachers "
            "know a label of the held-out fold, of any property. A few kernel weights of the teachers are set once for "
            "all folds."
        ),
        metrics={**metrics.rounded(numbers), "cpu_seconds": round(seconds, 1)},
        coverage={"nominal": 0.9, **metrics.rounded(shares)},
        command="polysmith finetune properties",
        versions={name: version(name) for name in ("numpy", "scipy", "rdkit")},
        seed=seed,
        licence="Weights Apache-2.0; labels as named under data.",
        limits=_LIMITS,
    )
    write_card(folder, card)


def complete_cards(out: Path, found: dict[str, Judged]) -> None:
    """Put the held-out numbers of the fast tier on the cards of the properties.

    Parameters
    ----------
    out : Path
        Artefact folder.
    found : dict of str to Judged
        Held-out numbers by property id.
    """
    for name, item in found.items():
        card = load_card(out / name)
        split = {**card.metrics["random_5_fold"], "fast": metrics.rounded(item.scores)}
        coverage = {**card.coverage, "fast_random": metrics.rounded({"share": item.coverage})["share"]}
        changed = {"metrics": {**card.metrics, "random_5_fold": split}, "coverage": coverage}
        write_card(out / name, card.model_copy(update=changed))
