"""The gate for any tuned model with a card, trained here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from finetune.cards import require_card, with_gate
from finetune.tune.answering import answerer
from finetune.tune.gate import ask, items_of, verdict
from finetune.tune.models import load_tokenizer, tuned
from finetune.tune.settings import Gate, Model


def gate_folder(
    folder: Path,
    base: str,
    settings: Gate,
    *,
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[bool, dict[str, Any]]:
    """Gate a tuned model against the model before tuning, and write the verdict onto its card.

    Parameters
    ----------
    folder : Path
        Whole model, or LoRA adapter of the base, with its card.
    base : str
        Folder, or name on the hub.
    settings : Gate
        Items and thresholds.
    seed : int
        Of the items.
    progress : callable
        Told how many are asked.

    Returns
    -------
    passed : bool
        Whether it may be called usable.
    found : dict
        As of ``finetune.tune.gate.verdict``.

    Raises
    ------
    ArtefactError
        If the folder has no card, or files differ from it.
    SetupError
        If a model cannot be loaded.
    """
    require_card(folder)
    items, named = items_of(settings, seed), Model(path=base)
    adapter = folder if (folder / "adapter_config.json").is_file() else None
    done = []
    for late in (False, True):
        whole = folder if late and adapter is None else None
        model = tuned(named, None, adapter if late else None, whole)
        tokenizer = load_tokenizer(named, whole)
        answer = answerer(model, tokenizer, new_tokens=settings.new_tokens, batch=settings.batch)
        done.append(ask(items, answer, progress=progress))
    passed, found = verdict(items, done[0], done[1], settings)
    with_gate(folder, found, passed=passed)
    return passed, found
