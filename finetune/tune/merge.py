"""An adapter put into its model: a folder that servers load without knowing of adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from finetune.torches import library
from finetune.tune.models import load_model, load_tokenizer
from finetune.tune.settings import Model
from tools.core.errors import ArtefactError

SHARD = "4GB"


def merge(model: Model, adapter: Path, out: Path, *, base: Path | None = None) -> dict[str, Any]:
    """Merge an adapter into the weights that are not quantised, and write them.

    Parameters
    ----------
    model : Model
        Settings of the base.
    adapter : Path
        Folder of the adapter.
    out : Path
        Gets config, tokenizer, chat template and weights as safetensors, as vLLM and transformers load them.
    base : Path, optional
        Folder of the base where the settings name no path.

    Returns
    -------
    dict
        ``parameters``, ``dtype`` and ``largest_change`` (largest change of a weight; 0 would be an adapter that
        learnt nothing).

    Raises
    ------
    ArtefactError
        If the merged weights are not all finite.
    """
    torch = library("torch")
    plain = load_model(model, base)
    before = {name: weights.detach().clone().cpu() for name, weights in _largest(plain)}
    tuned = library("peft").PeftModel.from_pretrained(plain, str(adapter), local_files_only=True)
    merged = tuned.merge_and_unload(safe_merge=True)
    for name, weights in merged.named_parameters():
        if not bool(torch.isfinite(weights).all()):
            raise ArtefactError(f"Merging gives weights in {name} that are no numbers.")
    change = max(
        (float((weights.detach().cpu() - before[name]).abs().max()) for name, weights in _largest(merged)), default=0.0
    )
    out.mkdir(parents=True, exist_ok=True)
    merged.save_pretrained(str(out), max_shard_size=SHARD)
    load_tokenizer(model, base).save_pretrained(str(out))
    return {
        "parameters": sum(weights.numel() for weights in merged.parameters()),
        "dtype": str(merged.dtype).removeprefix("torch."),
        "largest_change": change,
    }


def _largest(model: Any) -> list[tuple[str, Any]]:
    """Take the linear weights of the first and the last layer, by which a change is seen."""
    names = [name for name, weights in model.named_parameters() if weights.ndim == 2 and "embed" not in name]
    wanted = {*names[:7], *names[-7:]}
    return [(name, weights) for name, weights in model.named_parameters() if name in wanted]
