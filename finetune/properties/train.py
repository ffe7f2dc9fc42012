"""Train every property model and write the artefacts with their cards: ``polysmith finetune properties``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from finetune.properties.fast_tier import write_screening
from finetune.properties.first_stage import FirstStage, stage_labels, stage_units
from finetune.properties.fit import Structures, Trained, fit_property
from finetune.properties.recipes import RECIPES, Recipe
from finetune.properties.relations import write_relations
from finetune.properties.siblings import write_siblings
from finetune.properties.tables import Labels, load_labels
from finetune.properties.transport import TRANSPORT
from tools.core.cards import Card, DataSource, file_sha256, write_card
from tools.core.errors import InputError, UnknownNameError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import FIRST, SHARED, STRUCTURES, STRUCTURES_NPZ, pack_block
from tools.properties.auxiliary import FIRST_JSON, FIRST_NPZ, Helper
from tools.properties.features import BLOCKS, FEATURE_VERSION, featurise
from tools.properties.intervals import pack
from tools.properties.kernels import PARTS, Reference
from tools.properties.model import MODEL_JSON, MODEL_NPZ, Model
from tools.properties.trees import Trees

Progress = Callable[[str], None]
COMMAND = "polysmith finetune properties"
_CLUSTERS = {"Tg": 10}
_FEWER_CLUSTERS = 5
_STEP = 500
_RELEASE = "1"
_LICENCE_RULE = (
    " Rows under a non-commercial licence only are left out; a row merged from such a source and another is kept where "
    "both agree, so that the other alone gives the number."
)
_LIMITS = (
    "Linear homopolymers and alternating chains without stereochemistry, additives, molar mass or processing history. "
    "Outside the domain flag the interval is a guess."
)


def train_all(
    data_dir: Path,
    out: Path,
    properties: Sequence[str] | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    *,
    non_commercial: bool = False,
    auxiliary: bool = True,
) -> dict[str, dict[str, Any]]:
    """Train the models of all (or some) properties and write them with cards.

    Parameters
    ----------
    data_dir : Path
        Folder with ``experimental.csv`` and ``simulated.csv``.
    out : Path
        Folder for the artefacts; what it holds under the same names is replaced.
    properties : sequence of str, optional
        Property ids; all recipes when left out.
    seed : int
        Random seed.
    progress : callable, optional
        Told one line per step.
    non_commercial : bool
        Also learn from rows that may not be used commercially. Do not ship such models.
    auxiliary : bool
        Train the first stage, whose predictions of related properties help all models, with what the folder holds.

    Returns
    -------
    dict of str to dict
        Metrics and coverage by property id.

    Raises
    ------
    InputError
        If the data are missing, or ``out`` holds models of properties that are not trained now: all models of a folder
        share its reference structures.
    UnknownNameError
        If a property has no recipe.
    """
    tell = progress or (lambda line: None)
    chosen = _chosen(properties, non_commercial=non_commercial)
    _refuse_others(out, {item.property for item in chosen})
    labels = {item.property: load_labels(data_dir, item, non_commercial=non_commercial) for item in chosen}
    out.mkdir(parents=True, exist_ok=True)
    stage = stage_labels(data_dir, non_commercial=non_commercial) if auxiliary else {}
    units = {unit for item in labels.values() for unit in item.units} | stage_units(stage)
    structures = build_structures(units, tell)
    _write_structures(out / STRUCTURES, structures, list(labels.values()), seed)
    structures = _with_first_stage(out, structures, stage, seed, tell)
    trained: dict[str, Trained] = {}
    for item in chosen:
        started = time.process_time()
        table = labels[item.property]
        tell(f"{item.property}: {len(table)} polymers")
        fitted = fit_property(
            table,
            structures,
            _first_card(item, table, seed),
            clusters=_CLUSTERS.get(item.property, _FEWER_CLUSTERS),
            seed=seed,
            quick=False,
            label_kind=item.label_kind(),
            note=item.note,
            conditions=item.conditions,
        )
        seconds = time.process_time() - started
        save_model(out / item.property, fitted, seconds)
        trained[item.property] = fitted
        tell(f"{item.property}: {_headline(fitted)} in {seconds:.0f} CPU-s")
    write_relations(out, trained, structures, seed)
    write_siblings(out, trained, structures, seed)
    quick = write_screening(out, labels, structures, seed, tell)
    tell(f"screening networks: {len(quick)} properties")
    return {name: {"metrics": item.metrics, "coverage": item.coverage} for name, item in trained.items()}


def _with_first_stage(
    out: Path, structures: Structures, stage: dict[str, tuple[Helper, Labels]], seed: int, tell: Progress
) -> Structures:
    """Train and write the first stage; an older one goes."""
    folder = out / FIRST
    for name in (FIRST_JSON, FIRST_NPZ, "card.json"):
        (folder / name).unlink(missing_ok=True)
    if not stage:
        return structures
    started = time.process_time()
    first = FirstStage(structures.reference, structures.units, stage, seed, tell)
    files = first.finished().save(folder)
    card = Card(
        id=f"first-stage-{_RELEASE}",
        title="Predictions of related properties that help the property models",
        description="Gaussian processes on the kernels of the models: " + "; ".join(stage) + ".",
        files={path.name: file_sha256(path) for path in files},
        data=[_source(table) for _, table in stage.values()],
        split="answers for its own polymers are held out in 5 random folds by polymer",
        metrics={"helpers": len(stage), "cpu_seconds": round(time.process_time() - started, 1)},
        command=COMMAND,
        versions=_versions(),
        seed=seed,
        licence="Weights Apache-2.0; labels as named under data.",
        limits="Not for use by itself.",
    )
    write_card(folder, card)
    return replace(structures, first=first)


def _refuse_others(out: Path, chosen: set[str]) -> None:
    present = {path.parent.name for path in out.glob("*/card.json")} - SHARED
    if present - chosen:
        others = ", ".join(sorted(present - chosen))
        raise InputError(f"{out} holds models of {others}.", hint="Train all properties, or give another folder.")


def _chosen(properties: Sequence[str] | None, *, non_commercial: bool) -> list[Recipe]:
    by_name = {item.property: item for item in (*RECIPES, *(TRANSPORT if non_commercial else ()))}
    names = list(by_name) if properties is None else [get_property(name).id for name in properties]
    for name in names:
        if name not in by_name:
            raise UnknownNameError(f"There is no recipe for {name!r}.", hint=f"Recipes: {', '.join(by_name)}.")
    if not names:
        raise InputError("No property to train.", hint="Name at least one, or leave the list out.")
    return [by_name[name] for name in names]


def build_structures(units: set[str], tell: Progress) -> Structures:
    """Compute the features of units in both tiers and their kernels.

    Parameters
    ----------
    units : set of str
        Canonical units.
    tell : callable
        Told one line now and then.

    Returns
    -------
    Structures
        In ascending order of unit.
    """
    ordered = tuple(sorted(units))
    tell(f"features of {len(ordered)} polymers")
    polymers = [Polymer.from_smiles(unit) for unit in ordered]
    accurate, fast = featurise(polymers, "accurate"), featurise(polymers, "fast")
    return Structures(ordered, accurate, fast, Reference.of(accurate))


def _write_structures(folder: Path, structures: Structures, labels: list[Labels], seed: int) -> None:
    folder.mkdir(exist_ok=True)
    scale = structures.reference.scale
    arrays: dict[str, Any] = {
        "units": np.frombuffer("\n".join(structures.units).encode(), dtype=np.uint8),
        "version": np.frombuffer(FEATURE_VERSION.encode(), dtype=np.uint8),
        "grid": scale.grid,
        "used": scale.used.astype(np.int32),
        "places": scale.places(structures.accurate.dense),
    }
    for name in BLOCKS["accurate"]:
        arrays |= pack_block(structures.accurate.blocks[name], name)
    np.savez_compressed(folder / STRUCTURES_NPZ, **arrays)
    card = Card(
        id=f"polymer-structures-{_RELEASE}",
        title="Reference structures of the property models",
        description="Repeat units, fingerprints and descriptor ranks that new polymers are compared with.",
        files={STRUCTURES_NPZ: file_sha256(folder / STRUCTURES_NPZ)},
        data=[_source(item) for item in labels],
        split="not applicable",
        metrics={"polymers": len(structures.units)},
        command=COMMAND,
        versions=_versions(),
        seed=seed,
        licence="Structures are facts from the named tables.",
        limits=_LIMITS,
    )
    write_card(folder, card)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("numpy", "scipy", "scikit-learn", "lightgbm", "rdkit")}


def _source(labels: Labels) -> DataSource:
    return DataSource(
        name=f"{labels.property} from {labels.file}",
        sha256=labels.sha256,
        rows=len(labels),
        licence="; ".join(labels.licences) or "as given by the user",
    )


def _first_card(item: Recipe, labels: Labels, seed: int) -> Card:
    found = get_property(item.property)
    rule = _LICENCE_RULE if labels.dropped.get("licence") else ""
    dropped = ", ".join(f"{rule}: {count}" for rule, count in labels.dropped.items() if count)
    return Card(
        id=f"{item.property.lower()}-blend-{_RELEASE}",
        title=f"{found.name[0].upper()}{found.name[1:]} from the repeat unit",
        description=(
            f"Gaussian process on min-max and Gaussian kernels, averaged with boosted trees; {item.label_kind()} "
            f"labels. {item.note} Rows left out: {dropped or 'none'}.{rule}"
        ),
        files={},
        data=[_source(labels)],
        split=(
            "grouped by polymer (canonical unit without stereochemistry), 5 random folds pooled; cluster_out: k-means "
            "clusters of fingerprints held out. A few kernel weights are set once on 500 polymers of all folds."
        ),
        metrics={},
        command=COMMAND,
        versions=_versions(),
        seed=seed,
        licence="Weights Apache-2.0; labels as named under data.",
        limits=_LIMITS,
    )


def save_model(folder: Path, trained: Trained, seconds: float) -> Model:
    """Write the model of one property with its card.

    Parameters
    ----------
    folder : Path
        Artefact folder of the property.
    trained : Trained
        What to write.
    seconds : float
        CPU-seconds of training, for the card.

    Returns
    -------
    Model
        The model with its full card.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = trained.model
    names = sorted(set(model.sources))
    arrays: dict[str, Any] = {
        "rows": model.rows.astype(np.int32),
        "labels": model.labels.astype(np.float32),
        "residuals": model.residuals.astype(np.float32),
        "source": np.array([names.index(source) for source in model.sources], dtype=np.uint16),
        "weights": model.weights,
        "aid_weights": model.aid_weights,
        "alpha": model.alpha,
        "seen": np.packbits(model.seen),
    }
    ensembles: dict[str, Trees] = {"trees": model.trees}
    if model.quick is not None:
        ensembles |= {"screen": model.quick.trees, "screen_error": model.quick.error}
    for name, trees in ensembles.items():
        arrays[f"{name}.text"] = np.frombuffer(trees.text.encode("ascii"), dtype=np.uint8)
        arrays |= {f"{name}.{block}": bins.astype(np.uint16) for block, bins in trees.columns.items()}
    np.savez_compressed(folder / MODEL_NPZ, **arrays)
    fields = ("property", "label_kind", "log", "note", "conditions", "offset", "share", "unit")
    data = {name: getattr(model, name) for name in fields} | {
        "features": FEATURE_VERSION,
        "parts": list(PARTS),
        "sources": names,
        "domain_limits": model.domain_limits,
        "tree_offsets": {name: trees.offset for name, trees in ensembles.items()},
        "calibration": pack(model.calibration),
    }
    if model.quick is not None:
        data |= {"screen_unit": model.quick.unit, "screen_calibration": pack(model.quick.calibration)}
        data["domain_limits"] = {**model.domain_limits, "unseen_fast": model.quick.limit}
    (folder / MODEL_JSON).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    card = model.card.model_copy(
        update={
            "files": {name: file_sha256(folder / name) for name in (MODEL_JSON, MODEL_NPZ)},
            "metrics": {
                **trained.metrics,
                "space": "log10" if model.log else "value",
                "cpu_seconds": round(seconds, 1),
            },
            "coverage": trained.coverage,
        }
    )
    write_card(folder, card)
    return model


def _headline(trained: Trained) -> str:
    blend = trained.metrics["random_5_fold"]["blend"]
    numbers = f"RMSE {blend['rmse']:.4g}, MAE {blend['mae']:.4g}, R2 {blend['r2']:.3f}"
    return f"{numbers}, coverage {trained.coverage['random']:.3f}"
