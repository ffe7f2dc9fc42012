"""The whole comparison from one recipe: labels, encoders, phases, tables and a card, each kept and gone on from."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import yaml  # type: ignore[import-untyped]  # PyYAML ships no types
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from finetune.cards import versions
from finetune.generator.corpus import VIRTUAL
from finetune.two_phase import cohesion, fire
from finetune.two_phase.encoder import EncoderSettings, encoder
from finetune.two_phase.measured import COPOLYMERS, SUMMARY, Test, not_ignited, parts, read_tests
from finetune.two_phase.phases import PhaseSettings
from finetune.two_phase.statistics import Answer, table
from finetune.two_phase.synthetic import MANIFEST, ROWS, Label, Plan, hypothetical, make_labels
from finetune.two_phase.vectors import Array, Encode
from tools.core.cards import Card, DataSource, file_sha256, write_card
from tools.core.errors import InputError, SetupError
from tools.core.polymer import Polymer

RECIPES = Path(__file__).parents[1] / "recipes"
SETTINGS, TABLES = "settings.json", "tables.json"
_STRICT = ConfigDict(frozen=True, extra="forbid")


class Labels(BaseModel):
    """How many synthetic labels, and under which conditions; see ``synthetic.Plan``."""

    model_config = _STRICT

    polymers: int = Field(default=3000, ge=3)
    per_class: int = Field(default=600, ge=1)
    flux: tuple[float, float] = (25.0, 75.0)
    thickness: tuple[float, float] = (1.5, 10.0)
    longest: float = Field(default=1500.0, ge=60.0)
    parts: int = Field(default=3, ge=1)


class Settings(BaseModel):
    """A recipe of the comparison.

    Attributes
    ----------
    name : str
        Names the card.
    application : {"fire", "cohesion"}
        Burning, or cohesive energy density.
    sizes : tuple of int
        For cohesion: measured polymers to learn from, 0 for all.
    labels : Labels
        Phase 1; flux, thickness and parts are those of fire.
    encoders : tuple of EncoderSettings
        Each is compared by itself.
    small : dict
        Fields of ``small_encoder.Shape`` for the encoder that is trained here.
    phases : PhaseSettings
        How both phases learn.
    hold_out : tuple of {"polymer", "family"}
        What is left out together; one table each.
    seeds : int
        Of weights and order.
    seed : int
        Of the hypothetical polymers and their conditions.
    """

    model_config = _STRICT

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    application: Literal["fire", "cohesion"] = "fire"
    sizes: tuple[int, ...] = (20, 0)
    labels: Labels = Labels()
    encoders: tuple[EncoderSettings, ...] = (EncoderSettings(),)
    small: dict[str, int | float] = {}
    phases: PhaseSettings = PhaseSettings()
    hold_out: tuple[Literal["polymer", "family"], ...] = ("polymer",)
    seeds: int = Field(default=5, ge=1)
    seed: int = 0


def read_settings(path: Path) -> Settings:
    """Read a recipe.

    Parameters
    ----------
    path : Path
        YAML file, or the name of a shipped recipe such as ``two_phase_fire``.

    Raises
    ------
    InputError
        If it cannot be read or a field makes no sense.
    """
    place = path if path.is_file() else RECIPES / f"{path.stem}.yaml"
    try:
        return Settings.model_validate(yaml.safe_load(place.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"The recipe {path} cannot be read.", hint="Shipped: two_phase_fire.") from error
    except yaml.YAMLError as error:
        raise InputError(f"{place.name} is no YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"{place.name}: {where}: {first['msg']}") from error


def run_two_phase(
    settings: Settings,
    data: Path,
    out: Path,
    *,
    resume: bool = False,
    command: str = "",
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run a recipe, or go on where it was stopped.

    Parameters
    ----------
    settings : Settings
        The recipe.
    data : Path
        Folder with the virtual polymers and ``fire/``.
    out : Path
        Gets labels, answers, tables and the card.
    resume : bool
        Go on in a folder that holds a run of the same settings.
    command : str
        What runs it again, for the card.
    progress : callable
        Told what is being done.

    Returns
    -------
    dict
        Tables by what was held out and encoder, counts of labels, tests that did not ignite.

    Raises
    ------
    SetupError
        If the folder holds another run, or the data are missing.
    """
    _claim(settings, out, resume=resume)
    if settings.application == "cohesion":
        found = _run_cohesion(settings, data, out, progress)
        write_card(out, _cohesion_card(settings, data, out, found, command))
        return found
    return _run_fire(settings, data, out, command, progress)


def _run_fire(
    settings: Settings, data: Path, out: Path, command: str, progress: Callable[[str], None]
) -> dict[str, Any]:
    tests = read_tests(data)
    measured = list({test.polymer.key: test.polymer for test in tests}.values())
    plan = Plan(
        settings.labels.polymers, settings.labels.per_class, settings.labels.flux, settings.labels.thickness,
        settings.labels.longest, parts(tests, settings.labels.parts), settings.seed,
    )  # fmt: skip
    labels = make_labels(data, out, plan, measured, progress=partial(_count, progress, "labels"))
    found: dict[str, Any] = {"labels": label_counts(labels), "not_ignited": not_ignited(data), "tables": {}}
    for kind in settings.encoders:
        if kind.kind == "small":
            _make_small(settings, data, out / (kind.name or "encoder"), measured, command, progress)
        encode = _once(encoder(kind, home=out), out / f"vectors-{kind.kind}.npz")
        for hold_out in settings.hold_out:
            name = f"{kind.kind}-{hold_out}"
            comparison = fire.Comparison(tests, labels, encode, settings.phases, hold_out, settings.labels.parts)
            answers = comparison.run(
                settings.seeds, out / f"answers-{name}.jsonl",
                partial(_count, progress, name),
            )  # fmt: skip
            plain = _plain(tests, hold_out, settings.labels.longest, out / f"plain-{hold_out}.jsonl")
            found["tables"][name] = tables_of([*plain, *answers], tests)
    (out / TABLES).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    write_card(out, _card(settings, data, out, found, len(tests), len(labels), command))
    return found


def _run_cohesion(settings: Settings, data: Path, out: Path, progress: Callable[[str], None]) -> dict[str, Any]:
    measured, left_out = cohesion.read_measured(data)
    plan = Plan(number=settings.labels.polymers, per_class=settings.labels.per_class, seed=settings.seed)
    taught, labels = cohesion.teach(hypothetical(data, plan, [m.polymer for m in measured]))
    found: dict[str, Any] = {
        "labels": {"rows": len(taught)}, "measured": len(measured), "left_out": left_out, "tables": {},
    }  # fmt: skip
    for kind in settings.encoders:
        if kind.kind == "small":
            _make_small(settings, data, out / (kind.name or "encoder"), [m.polymer for m in measured], "", progress)
        encode = _once(encoder(kind, home=out), out / f"vectors-{kind.kind}.npz")
        found["tables"][kind.kind] = cohesion.compare(
            measured, taught, labels, encode, settings.phases, out / f"answers-{kind.kind}.jsonl",
            sizes=settings.sizes, seeds=settings.seeds, progress=partial(_count, progress, kind.kind),
        )  # fmt: skip
    (out / TABLES).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return found


def _cohesion_card(settings: Settings, data: Path, out: Path, found: dict[str, Any], command: str) -> Card:
    licence = "GTRC non-commercial: for comparison, nothing learnt from it is kept"
    rows = DataSource(
        name=cohesion.TABLE, sha256=file_sha256(data / cohesion.TABLE), rows=found["measured"], licence=licence
    )
    return Card(
        id=settings.name, title="Two phases for the cohesive energy density: group contribution, then measurements",
        files={name: file_sha256(out / name) for name in (TABLES, SETTINGS)},
        data=[_virtual(data, found["labels"]["rows"]), rows], split="five folds by key",
        metrics={k: {size: t[fire.NONE]["reduction"] for size, t in v.items()} for k, v in found["tables"].items()},
        command=command, versions=versions(("numpy", "rdkit", "torch")), seed=settings.seed,
        limits="A comparison of methods, no model.",
    )  # fmt: skip


def tables_of(answers: list[Answer], tests: tuple[Test, ...]) -> dict[str, Any]:
    """Sum up answers, for all polymers and without the copolymers that stand as alternating chains.

    Parameters
    ----------
    answers : list of Answer
        Of every arm.
    tests : tuple of Test
        The measured tests.
    """
    plain = {f"{t.material} at {t.flux:g} kW/m2" for t in tests if t.material not in COPOLYMERS}
    return {
        "all": table(answers, base=fire.NONE, against=fire.BOTH),
        "homopolymers": table([a for a in answers if a.row in plain], base=fire.NONE, against=fire.BOTH),
        "against the mean": table(answers, base=fire.PLAIN[0], against=fire.BOTH),
        "against physics": table(answers, base=fire.PLAIN[2], against=fire.BOTH),
        "against scaled physics": table(answers, base=fire.PLAIN[3], against=fire.BOTH),
        "against phase 1": table(answers, base=fire.FIRST, against=fire.BOTH),
    }


def label_counts(labels: tuple[Label, ...]) -> dict[str, Any]:
    """Count labels and say why there are none.

    Parameters
    ----------
    labels : tuple of Label
        The labels.
    """
    reasons: dict[str, int] = {}
    for row in labels:
        if row.failure:
            reason = row.failure.split(" has no contribution")[0] if "contribution" in row.failure else row.failure
            reasons[reason] = reasons.get(reason, 0) + 1
    lit = [row for row in labels if row.ignition is not None]
    return {
        "rows": len(labels), "ignited": len(lit), "polymers": len({row.key for row in lit}),
        "failures": dict(sorted(reasons.items(), key=lambda item: -item[1])),
    }  # fmt: skip


def _count(progress: Callable[[str], None], what: str, done: int, total: int) -> None:
    progress(f"{what}: {done} of {total}")


def _once(encode: Encode, path: Path) -> Encode:
    """Encode every chain once, however often it is asked for and started again."""
    rows: dict[str, Any] = {}
    if path.is_file():
        with np.load(path) as kept:
            rows.update(zip(kept["keys"].tolist(), kept["rows"], strict=True))

    def encoded(polymers: Sequence[Polymer]) -> Array:
        missing = list({p.key: p for p in polymers if p.key not in rows}.values())
        if missing:
            rows.update(zip((p.key for p in missing), encode(missing), strict=True))
            part = path.with_suffix(".part.npz")
            np.savez(part, keys=np.array(list(rows)), rows=np.stack(list(rows.values())))
            part.replace(path)
        return np.stack([rows[p.key] for p in polymers])

    return encoded


def _make_small(
    settings: Settings, data: Path, folder: Path, measured: list[Polymer], command: str,
    progress: Callable[[str], None],
) -> None:  # fmt: skip
    from finetune.two_phase.small_encoder import Shape, train_encoder

    shape = Shape(**{"seed": settings.seed, **settings.small})  # type: ignore[arg-type]  # checked by the dataclass's use
    if (folder / "card.json").is_file():
        return
    plan = Plan(number=shape.polymers, per_class=max(600, shape.polymers // 2), seed=settings.seed + 1)
    polymers = hypothetical(data, plan, measured)
    source = _virtual(data, len(polymers))
    train_encoder(polymers, folder, shape, [source], command=command, progress=progress)


def _virtual(data: Path, rows: int) -> DataSource:
    return DataSource(
        name=f"{VIRTUAL} (SMiPoly)", sha256=file_sha256(data / VIRTUAL), rows=rows, licence="BSD-3-Clause"
    )


def _plain(tests: tuple[Test, ...], hold_out: fire.HoldOut, longest: float, path: Path) -> list[Answer]:
    if path.is_file():
        return [Answer(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
    answers = fire.plain_answers(tests, hold_out, longest)
    part = path.with_suffix(".part")
    part.write_text("".join(json.dumps(asdict(a)) + "\n" for a in answers), encoding="utf-8")
    part.replace(path)
    return answers


def _claim(settings: Settings, out: Path, *, resume: bool) -> None:
    out.mkdir(parents=True, exist_ok=True)
    path, own = out / SETTINGS, json.loads(settings.model_dump_json())
    if path.is_file():
        if not resume:
            raise SetupError(f"{out} holds a run.", hint="Go on with --resume, or name another folder.")
        if json.loads(path.read_text(encoding="utf-8")) != own:
            raise SetupError(f"{out} holds a run of another recipe.", hint="Name another folder.")
        return
    path.write_text(json.dumps(own, indent=1) + "\n", encoding="utf-8")


def _card(
    settings: Settings, data: Path, out: Path, found: Mapping[str, Any], tests: int, labels: int, command: str
) -> Card:
    files = [ROWS, MANIFEST, TABLES, SETTINGS, *(p.name for p in sorted(out.glob("answers-*.jsonl")))]
    gains = {
        name: {target: table_["all"][target]["reduction"] for target in fire.TARGETS}
        for name, table_ in found["tables"].items()
    }
    return Card(
        id=settings.name, title="Two phases for the burning of polymers: labels of the cone solver, then cone tests",
        description="Synthetic labels, answers to polymers left out, and the tables that follow from them.",
        files={name: file_sha256(out / name) for name in files},
        data=[
            _virtual(data, labels),
            DataSource(name=SUMMARY, sha256=file_sha256(data / SUMMARY), rows=tests,
                       licence="FSRI Materials and Products Database, cite McKinnon et al."),
        ],
        split="every polymer (or family) left out in turn; its key is left out of every fit behind its labels too",
        metrics=gains, command=command, versions=versions(("numpy", "rdkit", "numba", "torch")), seed=settings.seed,
        limits="Ten polymers. What dripped or warped in the tests does not do so in the solver.",
    )  # fmt: skip
