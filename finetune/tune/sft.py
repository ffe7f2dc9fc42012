"""Supervised tuning of an adapter on conversations, with the loss on what the assistant says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune.records.record import Record
from finetune.torches import library
from finetune.tune.encoding import dataset_of, rows_of
from finetune.tune.models import load_model, load_tokenizer, with_adapter
from finetune.tune.recipe import Recipe
from finetune.tune.training import Progress, arguments, callbacks, run_trainer
from tools.core.errors import InputError


def train_sft(
    recipe: Recipe,
    records: Sequence[Record],
    held_out: Sequence[Record],
    folder: Path,
    *,
    base: Path | None = None,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Train an adapter, or go on where a killed training stood.

    Parameters
    ----------
    recipe : Recipe
        Settings: ``model``, ``lora``, ``sft`` and ``seed``.
    records, held_out : sequence of Record
        Conversations to learn from, and those on which the loss is measured.
    folder : Path
        Gets the adapter, checkpoints and logs. The same folder and settings go on to the same weights, bit for bit,
        on one device.
    base : Path, optional
        Folder of the model where the recipe names no path.
    progress : callable
        Told step, loss, throughput and time left.

    Returns
    -------
    dict
        What ``run_trainer`` gives, with ``rows``, ``left_out`` (too long) and ``trainable`` (weights that learn).

    Raises
    ------
    InputError
        If no conversation fits.
    SetupError
        If model, tokenizer or template cannot be used.
    BackendMissing
        If a library of the extra ``train`` is missing.
    """
    trl = library("trl")
    settings = recipe.sft
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = load_tokenizer(recipe.model, base)
    table, left_out = dataset_of(rows_of(records, tokenizer), settings.length)
    if not len(table):
        raise InputError(f"No conversation fits into {settings.length} tokens.", hint="Raise sft.length.")
    checks, _ = dataset_of(rows_of(held_out, tokenizer), settings.length)
    library("transformers").set_seed(recipe.seed)
    model = with_adapter(load_model(recipe.model, base, train=True), recipe.lora, None)
    config = trl.SFTConfig(
        **arguments(settings, folder, seed=recipe.seed, evaluated=len(checks) > 0),
        max_length=settings.length,
        packing=settings.packing,
        eval_packing=False,
    )
    trainer = trl.SFTTrainer(
        model=model,
        args=config,
        train_dataset=table,
        eval_dataset=checks if len(checks) else None,
        processing_class=tokenizer,
        callbacks=callbacks(settings, progress, evaluated=len(checks) > 0),
    )
    result = run_trainer(trainer, folder)
    trainable = sum(item.numel() for item in trainer.model.parameters() if item.requires_grad)
    return {**result, "rows": len(table), "left_out": left_out, "trainable": trainable}
