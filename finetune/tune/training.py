"""What all tuning has in common: arguments, checkpoints that survive a kill, progress."""

from __future__ import annotations

import json
import math
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from finetune.torches import library, torch, transformers
from finetune.tune.models import on_gpu
from finetune.tune.settings import Training
from tools.core.errors import SetupError

CHECKPOINTS, LOGS, COMPLETE, HISTORY = "checkpoints", "logs", "COMPLETE", "history.json"
Progress = Callable[[str], None]


def arguments(settings: Training, folder: Path, *, seed: int, evaluated: bool) -> dict[str, Any]:
    """Translate the settings for a trainer of trl.

    Parameters
    ----------
    settings : Training
        Settings.
    folder : Path
        Folder of the stage: gets ``checkpoints`` and ``logs`` (TensorBoard).
    seed : int
        Seed.
    evaluated : bool
        Whether there are conversations held out.

    Returns
    -------
    dict
        Arguments.
    """
    os.environ["TENSORBOARD_LOGGING_DIR"] = str(folder / LOGS)
    library_ = torch()
    half = on_gpu() and library_.cuda.is_bf16_supported()
    often = bool(settings.eval_every and evaluated)
    return {
        "output_dir": str(folder / CHECKPOINTS),
        "per_device_train_batch_size": settings.batch,
        "per_device_eval_batch_size": settings.batch,
        "gradient_accumulation_steps": settings.accumulate,
        "learning_rate": settings.rate,
        "lr_scheduler_type": "cosine",
        "warmup_steps": settings.warmup,  # below 1: a share of the steps
        "weight_decay": settings.weight_decay,
        "num_train_epochs": settings.epochs,
        "max_steps": settings.steps or -1,
        "eval_strategy": "steps" if often else "no",
        "eval_steps": settings.eval_every if often else None,
        "save_strategy": "steps",
        "save_steps": settings.save_every,
        "save_total_limit": 2,
        "load_best_model_at_end": often and settings.patience > 0,
        "metric_for_best_model": "eval_loss" if often else None,
        "greater_is_better": False if often else None,
        "logging_steps": settings.log_every,
        "report_to": ["tensorboard"],
        "gradient_checkpointing": settings.checkpointing,
        "gradient_checkpointing_kwargs": {"use_reentrant": False} if settings.checkpointing else None,
        "seed": seed,
        "data_seed": seed,
        "use_cpu": not on_gpu(),
        "bf16": half,
        "fp16": on_gpu() and not half,
        "disable_tqdm": True,
        "dataloader_pin_memory": on_gpu(),
    }


def callbacks(settings: Training, progress: Progress, *, evaluated: bool) -> list[Any]:
    """Make what a trainer calls while it runs.

    Parameters
    ----------
    settings : Training
        Settings.
    progress : callable
        Told step, loss, throughput and time left.
    evaluated : bool
        Whether there are conversations held out.

    Returns
    -------
    list of transformers.TrainerCallback
        Progress, marks of complete checkpoints, and the end when nothing gets better.
    """
    base = transformers().TrainerCallback

    class Watch(base):  # type: ignore[misc, valid-type]  # a class of a library that is imported late
        """Tells how far it is, and marks checkpoints whose files are all on disk."""

        def __init__(self) -> None:
            self.begun, self.first, self.tokens = time.monotonic(), 0, 0.0

        def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            self.begun, self.first = time.monotonic(), state.global_step
            self.tokens = float(state.num_input_tokens_seen or 0)

        def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
            if not state.is_world_process_zero or not logs or not {"loss", "eval_loss"} & logs.keys():
                return
            seconds = max(time.monotonic() - self.begun, 1e-9)
            done = max(1, state.global_step - self.first)
            left = (state.max_steps - state.global_step) * seconds / done
            seen = float(logs.get("num_tokens") or state.num_input_tokens_seen or 0) - self.tokens
            speed = f", {max(0.0, seen) / seconds:.0f} tokens/s" if seen > 0 else ""
            name = "loss" if "loss" in logs else "eval_loss"
            progress(
                f"step {state.global_step} of {state.max_steps}, {name.replace('_', ' ')} {float(logs[name]):.4f}"
                f"{speed}, {left / 60:.1f} min left"
            )

        def on_save(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.is_world_process_zero:
                _mark(Path(args.output_dir) / f"checkpoint-{state.global_step}")

    made = [Watch()]
    if settings.patience and evaluated:
        made.append(transformers().EarlyStoppingCallback(early_stopping_patience=settings.patience))
    return made


def _mark(folder: Path) -> None:
    """Note that a checkpoint is whole, once its files are on disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as handle:
                os.fsync(handle.fileno())
    with (folder / COMPLETE).open("wb") as handle:
        os.fsync(handle.fileno())


def last_checkpoint(folder: Path) -> Path | None:
    """Find the newest whole checkpoint, and remove those that a kill tore.

    Parameters
    ----------
    folder : Path
        Folder of the stage.

    Returns
    -------
    Path or None
        The checkpoint.
    """
    found: list[tuple[int, Path]] = []
    for path in (folder / CHECKPOINTS).glob("checkpoint-*"):
        number = path.name.rpartition("-")[2]
        if number.isdigit() and (path / COMPLETE).is_file():
            found.append((int(number), path))
        elif path.is_dir() and _first_process():
            shutil.rmtree(path)
    return max(found)[1] if found else None


def _first_process() -> bool:
    return os.environ.get("RANK", "0") == "0"


def run_trainer(trainer: Any, folder: Path) -> dict[str, Any]:
    """Train to the end, from the last whole checkpoint if there is one, and write the adapter.

    Parameters
    ----------
    trainer : transformers.Trainer
        The trainer.
    folder : Path
        Folder of the stage; gets the adapter's files and ``history.json``.

    Returns
    -------
    dict
        ``steps``, ``epochs``, ``loss`` (last logged), ``eval_loss`` (None without held-out conversations), ``curve``
        (logged step, loss and evaluations), ``resumed_from`` (step, 0 if not).

    Raises
    ------
    SetupError
        If the loss is no number any more.
    """
    _in_float32(trainer)
    trainer.remove_callback(transformers().PrinterCallback)
    checkpoint = last_checkpoint(folder)
    trainer.accelerator.wait_for_everyone()
    trainer.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
    evaluation = trainer.evaluate() if trainer.eval_dataset is not None and len(trainer.eval_dataset) else {}
    curve = _curve(trainer.state.log_history)
    losses = [point["loss"] for point in curve if "loss" in point]
    result = {
        "steps": trainer.state.global_step,
        "epochs": trainer.state.epoch,
        "loss": losses[-1] if losses else None,
        "eval_loss": evaluation.get("eval_loss"),
        "resumed_from": int(checkpoint.name.rpartition("-")[2]) if checkpoint else 0,
        "curve": curve,
    }
    if losses and not math.isfinite(losses[-1]):
        raise SetupError("The loss is no number any more.", hint="Lower the rate of the stage.")
    trainer.save_model(str(folder))
    if trainer.is_world_process_zero():
        for name in ("training_args.bin", "README.md"):  # a pickle, and a stub that says nothing
            (folder / name).unlink(missing_ok=True)
        shutil.rmtree(folder / "ref", ignore_errors=True)  # the reference of preferences, which is another artefact
        (folder / HISTORY).write_text(json.dumps(curve, indent=1) + "\n", encoding="utf-8")
    return result


def _in_float32(trainer: Any) -> None:
    """Keep the adapter in float32 in one process: in bfloat16, to which trl casts it, small steps round to nothing."""
    if trainer.accelerator.distributed_type == library("accelerate").DistributedType.FSDP:
        return  # there, weights that are sharded together have one format
    for parameter in trainer.model.parameters():
        if parameter.requires_grad:
            parameter.data = parameter.data.float()


def _curve(history: list[dict[str, Any]]) -> list[dict[str, float]]:
    """Keep step and numbers of every line of the log, without timings, which no two runs share."""
    kept = (
        "step",
        "loss",
        "eval_loss",
        "learning_rate",
        "grad_norm",
        "reward",
        "rewards/accuracies",
        "rewards/margins",
    )
    found = []
    for line in history:
        point = {name: float(line[name]) for name in kept if isinstance(line.get(name), int | float)}
        if len(point) > 1:
            found.append(point)
    return found
