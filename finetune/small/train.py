"""Training the small model from scratch, with a checkpoint from which a killed training goes on to the same loss."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from finetune.small.batches import Batch, Encoded, batches
from finetune.torches import torch, transformers
from tools.core.errors import SetupError

CHECKPOINT, LOG = "checkpoint.pt", "log.jsonl"
_TELL_EVERY = 20  # steps


@dataclass(frozen=True)
class Shape:
    """Size of the model: a Llama with tied embeddings.

    Attributes
    ----------
    hidden, layers, heads, inner : int
        Width, layers, attention heads (of at least 32, which serving on processors needs) and width of the MLP.
    context : int
        Tokens that fit.
    """

    hidden: int = 256
    layers: int = 6
    heads: int = 8
    inner: int = 768
    context: int = 1024


@dataclass(frozen=True)
class Schedule:
    """How it is trained.

    Attributes
    ----------
    tokens : int
        Tokens seen in all, padding not counted.
    batch : int
        Tokens of a batch, padding counted.
    rate : float
        Highest learning rate; it rises over the first 2 % and falls as a cosine to a tenth.
    prompt_weight : float
        Weight of the loss on what is not said by the assistant.
    seed : int
        Of weights and order.
    save_every : int
        Steps between checkpoints.
    """

    tokens: int = 20_000_000
    batch: int = 8192
    rate: float = 2e-3
    prompt_weight: float = 0.1
    seed: int = 0
    save_every: int = 200


def new_model(shape: Shape, vocabulary: int, pad: int, start: int, end: int, seed: int) -> Any:
    """Make the model with random weights.

    Parameters
    ----------
    shape : Shape
        Size.
    vocabulary : int
        Tokens.
    pad, start, end : int
        Ids of the special tokens.
    seed : int
        Of the weights.

    Returns
    -------
    transformers.LlamaForCausalLM
        The model.
    """
    torch().manual_seed(seed)
    library = transformers()
    config = library.LlamaConfig(
        vocab_size=vocabulary, hidden_size=shape.hidden, intermediate_size=shape.inner,
        num_hidden_layers=shape.layers, num_attention_heads=shape.heads, num_key_value_heads=shape.heads,
        max_position_embeddings=shape.context, tie_word_embeddings=True, pad_token_id=pad, bos_token_id=start,
        eos_token_id=end,
    )  # fmt: skip
    return library.LlamaForCausalLM(config)


def train(
    model: Any,
    encoded: Sequence[Encoded],
    held_out: Sequence[Encoded],
    folder: Path,
    schedule: Schedule,
    *,
    pad: int,
    progress: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Train a model, or go on where the folder's checkpoint stands.

    Parameters
    ----------
    model : transformers.LlamaForCausalLM
        The model; changed in place.
    encoded, held_out : sequence
        Conversations to learn from and to measure the loss on.
    folder : Path
        Gets ``checkpoint.pt`` and ``log.jsonl``.
    schedule : Schedule
        Length.
    pad : int
        Id of the padding.
    progress : callable
        Told tokens, loss, throughput and time left.

    Returns
    -------
    dict
        Steps, tokens, seconds, and the losses at the end.
    """
    library = torch()
    folder.mkdir(parents=True, exist_ok=True)
    optimiser = library.optim.AdamW(model.parameters(), lr=schedule.rate, betas=(0.9, 0.95), weight_decay=0.1)
    state = _restore(folder, model, optimiser, schedule)
    begun, before = time.monotonic(), state["tokens"]
    model.train()
    while state["tokens"] < schedule.tokens:
        order = batches(encoded, tokens=schedule.batch, pad=pad, seed=schedule.seed + state["epoch"])
        for number, batch in enumerate(order):
            if number < state["batch"]:
                continue
            for group in optimiser.param_groups:
                group["lr"] = schedule.rate * _scale(state["tokens"] / schedule.tokens)
            state["loss"] = _step(model, optimiser, batch, schedule.prompt_weight)
            state.update(tokens=state["tokens"] + batch.tokens, batch=number + 1, step=state["step"] + 1)
            if state["step"] % _TELL_EVERY == 0:
                _tell(progress, folder, state, schedule, time.monotonic() - begun, before)
            if state["step"] % schedule.save_every == 0:
                _save(folder, model, optimiser, state, schedule)
            if state["tokens"] >= schedule.tokens:
                break
        else:
            state.update(epoch=state["epoch"] + 1, batch=0)
    _save(folder, model, optimiser, state, schedule)
    return {**state, "held_out_loss": evaluate(model, held_out, schedule, pad)}


def _scale(done: float) -> float:
    return min(1.0, done / 0.02 + 0.01) * (0.1 + 0.45 * (1.0 + math.cos(math.pi * min(1.0, done))))


def _losses(model: Any, batch: Batch) -> tuple[Any, Any]:
    """Return the mean loss on the assistant's tokens, and on the others."""
    library = torch()
    ids, labels = library.tensor(batch.ids), library.tensor(batch.labels)
    real = ids != model.config.pad_token_id
    with library.autocast("cpu", dtype=library.bfloat16):
        logits = model(input_ids=ids, attention_mask=real.long()).logits
    loss = library.nn.functional.cross_entropy(
        logits[:, :-1].float().flatten(0, 1), ids[:, 1:].flatten(), reduction="none"
    )
    said = (labels[:, 1:] != -100).flatten()
    told = real[:, 1:].flatten() & ~said
    return loss[said].mean(), loss[told].mean()


@lru_cache(maxsize=1)
def _has_bfloat16() -> bool:
    """Tell whether the processor multiplies bfloat16; where it does not, that is some twenty times slower."""
    return bool({"avx512_bf16", "amx_bf16"} & set(Path("/proc/cpuinfo").read_text(encoding="utf-8").split()))


def _step(model: Any, optimiser: Any, batch: Batch, prompt_weight: float) -> float:
    said, told = _losses(model, batch)
    (said + prompt_weight * told).backward()
    torch().nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)
    return float(said.detach())


def evaluate(model: Any, held_out: Sequence[Encoded], schedule: Schedule, pad: int) -> float:
    """Return the mean loss per token of the assistant, in nats; NaN without conversations.

    Parameters
    ----------
    model : transformers.LlamaForCausalLM
        The model.
    held_out : sequence
        Conversations.
    schedule : Schedule
        Size of the batches.
    pad : int
        Id of the padding.

    Returns
    -------
    float
        The loss, averaged over batches by their tokens.
    """
    model.eval()
    total = count = 0.0
    with torch().no_grad():
        for batch in batches(held_out, tokens=schedule.batch, pad=pad, seed=0):
            said = sum(label != -100 for row in batch.labels for label in row)
            total += float(_losses(model, batch)[0]) * said
            count += said
    model.train()
    return total / count if count else math.nan


def _tell(
    progress: Callable[[str], None],
    folder: Path,
    state: dict[str, Any],
    schedule: Schedule,
    seconds: float,
    before: int,
) -> None:
    speed = (state["tokens"] - before) / max(seconds, 1e-9)
    left = (schedule.tokens - state["tokens"]) / max(speed, 1e-9)
    progress(
        f"{state['tokens'] / 1e6:.2f} of {schedule.tokens / 1e6:.1f} M tokens, loss {state['loss']:.3f}, "
        f"{speed:.0f} tokens/s, {left / 60:.0f} min left"
    )
    with (folder / LOG).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps({name: state[name] for name in ("step", "tokens", "epoch", "loss")}) + "\n")


def _save(folder: Path, model: Any, optimiser: Any, state: dict[str, Any], schedule: Schedule) -> None:
    partial = folder / (CHECKPOINT + ".part")
    content = {
        "model": model.state_dict(), "optimiser": optimiser.state_dict(), "state": state, "schedule": asdict(schedule)
    }  # fmt: skip
    torch().save(content, partial)
    partial.replace(folder / CHECKPOINT)


def _restore(folder: Path, model: Any, optimiser: Any, schedule: Schedule) -> dict[str, Any]:
    """Go on from the checkpoint, if there is one of the same schedule."""
    fresh = {"step": 0, "tokens": 0, "epoch": 0, "batch": 0, "loss": math.nan}
    path = folder / CHECKPOINT
    if not path.is_file():
        return fresh
    content = torch().load(path, weights_only=True)
    if content["schedule"] != asdict(schedule):
        raise SetupError(f"{folder} holds a training with another schedule.", hint="Name another folder.")
    model.load_state_dict(content["model"])
    optimiser.load_state_dict(content["optimiser"])
    return {**fresh, **content["state"]}
