"""The folder of a tuning run: which stage is done, on what it rests, and where its artefacts lie."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from finetune.cards import combined_sha256, require_card
from finetune.tune.recipe import Recipe
from finetune.tune.settings import TRAINING, Stage
from tools.core.cards import CARD_NAME, Card
from tools.core.errors import ArtefactError, StateError

BEGUN, RESULT, MERGED, BASE = "begun.json", "result.json", "merged", "base"
_FOLDERS: dict[str, str] = {"merge": MERGED}
_PARTS: dict[str, tuple[str, ...]] = {
    "base": ("model", "seed"),
    "records": ("data", "seed"),
    "distill": ("data", "distill", "seed"),
    "sft": ("model", "lora", "sft", "seed"),
    "dpo": ("model", "lora", "data", "dpo", "seed"),
    "grpo": ("model", "lora", "data", "grpo", "seed"),
    "merge": ("model",),
    "gate": ("gate", "seed"),
    "score": ("data", "score", "seed"),
}


@dataclass(frozen=True)
class Run:
    """A recipe that is run into a folder.

    Attributes
    ----------
    recipe : Recipe
        Settings.
    source : Path
        Where the recipe was read from.
    out : Path
        Folder of the run.
    command : str
        Command that runs it, for the cards.
    progress : callable
        Told what goes on.
    """

    recipe: Recipe
    source: Path
    out: Path
    command: str = ""
    progress: Callable[[str], None] = field(default=lambda _: None)

    def folder(self, stage: str) -> Path:
        """Return the folder of a stage."""
        return self.out / _FOLDERS.get(stage, stage)

    @property
    def base(self) -> Path | None:
        """Folder of the model that was made here; None where the recipe names one."""
        return self.out / BASE if self.recipe.model.tiny is not None else None

    def before(self, stage: str) -> list[str]:
        """Return the stages that a stage rests on, in order."""
        stages: list[Stage] = list(self.recipe.stages)
        earlier = list(stages if stage == "base" else stages[: stages.index(stage)])  # type: ignore[arg-type]
        if stage == "base":
            return [name for name in earlier if name == "records"]
        if stage == "distill":
            return ["records"]
        made: list[str] = [name for name in earlier if name not in ("gate", "score")]
        return [BASE, *made] if self.base is not None and stage != "records" else made

    def adapter_before(self, stage: str) -> Path | None:
        """Return the folder of the last adapter that was trained before a stage."""
        found = [name for name in self.before(stage) if name in TRAINING]
        return self.folder(found[-1]) if found else None

    def trained(self) -> list[Path]:
        """Return the folders of the adapters, in order."""
        return [self.folder(stage) for stage in self.recipe.stages if stage in TRAINING]

    def merged(self) -> Path | None:
        """Return the folder of the merged model; None if the recipe keeps the adapter."""
        return self.out / MERGED if "merge" in self.recipe.stages else None


def inputs_of(run: Run, stage: str) -> str:
    """Hash what a stage rests on: its settings and the artefacts before it.

    Parameters
    ----------
    run : Run
        The run.
    stage : str
        The stage.

    Returns
    -------
    str
        SHA-256.
    """
    settings = run.recipe.model_dump(mode="json", include=set(_PARTS[stage]))
    earlier = {name: combined_sha256(require_card(run.folder(name)).files) for name in run.before(stage)}
    content = json.dumps({"stage": stage, "settings": settings, "earlier": earlier}, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def finished(run: Run, stage: str) -> Card | None:
    """Return the card of a stage that is done.

    Parameters
    ----------
    run : Run
        The run.
    stage : str
        The stage.

    Returns
    -------
    Card or None
        None if it is not done; then its folder is claimed for it.

    Raises
    ------
    StateError
        If the folder holds this stage of other settings or other data.
    ArtefactError
        If a file differs from its card.
    """
    folder, wanted = run.folder(stage), inputs_of(run, stage)
    begun = folder / BEGUN
    if begun.is_file():
        try:
            known = json.loads(begun.read_text(encoding="utf-8")).get("inputs")
        except (json.JSONDecodeError, AttributeError) as error:
            raise StateError(f"{begun} cannot be read.", hint=f"Remove the folder {folder}.") from error
        if known != wanted:
            raise StateError(
                f"{folder} holds the stage {stage} of other settings or data.",
                hint="Name another --out, or remove that folder and those of the stages after it.",
            )
        return require_card(folder) if (folder / CARD_NAME).is_file() else None
    if folder.is_dir() and any(folder.iterdir()):
        raise StateError(f"{folder} is not empty and not of a run.", hint="Name another --out.")
    folder.mkdir(parents=True, exist_ok=True)
    write_json(begun, {"stage": stage, "inputs": wanted})
    return None


def write_json(path: Path, content: Any) -> None:
    """Write JSON so that a kill leaves the old file or the new one.

    Parameters
    ----------
    path : Path
        File.
    content : Any
        What JSON can write.
    """
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)


def read_result(folder: Path) -> dict[str, Any]:
    """Read what a training wrote when it ended.

    Parameters
    ----------
    folder : Path
        Folder of the stage.

    Returns
    -------
    dict
        Its result.

    Raises
    ------
    ArtefactError
        If it did not end.
    """
    path = folder / RESULT
    if not path.is_file():
        raise ArtefactError(f"{folder.name} has no {RESULT}: the training did not end.")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def forget_checkpoints(folder: Path) -> None:
    """Remove checkpoints, which nobody needs once there is a card."""
    shutil.rmtree(folder / "checkpoints", ignore_errors=True)
