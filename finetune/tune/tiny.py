"""A small random model with its own tokenizer, made on the spot: the same code runs where there is no hub."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from finetune.records.record import Record
from finetune.torches import torch, transformers
from finetune.tune.encoding import Row, rows_of
from finetune.tune.settings import Tiny

PAD, START, END = "<|pad|>", "<|im_start|>", "<|im_end|>"
_BATCH = 16
_LONGEST = 320  # tokens of a general conversation: what fits into few minutes
# ChatML with tools as JSON in the system message and calls in tags, as servers parse them by the name "hermes".
TEMPLATE = """\
{%- set said = messages[0]['content'] if messages[0]['role'] == 'system' else '' -%}
{%- if said or tools %}{{ '<|im_start|>system\\n' + said }}{% if tools %}{{ '\\n<tools>' }}\
{% for tool in tools %}{{ '\\n' + (tool | tojson) }}{% endfor %}\
{{ '\\n</tools>\\nCall one as <tool_call>{"name": ..., "arguments": ...}</tool_call>' }}{% endif %}\
{{ '<|im_end|>\\n' }}{% endif -%}
{%- for message in messages if message['role'] != 'system' %}
{%- if message['role'] == 'assistant' %}{{ '<|im_start|>assistant\\n' }}{% generation %}{{ message['content'] or '' }}\
{% for call in message['tool_calls'] or [] %}{{ '<tool_call>\\n' + (call['function'] | tojson) + '\\n</tool_call>' }}\
{% endfor %}{{ '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}
{%- elif message['role'] == 'tool' %}{{ '<|im_start|>user\\n<tool_response>\\n' + message['content'] }}\
{{ '\\n</tool_response><|im_end|>\\n' }}
{%- else %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endif -%}
{%- endfor -%}
{%- if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif -%}
"""


def make_tiny(
    settings: Tiny,
    texts: Sequence[Record],
    general: Sequence[Record],
    folder: Path,
    *,
    seed: int,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Make the model and its tokenizer, and write them as a folder that everything loads.

    Parameters
    ----------
    settings : Tiny
        Size.
    texts : sequence of Record
        Conversations that the tokenizer is learnt from.
    general : sequence of Record
        General conversations that all weights learn first.
    folder : Path
        Where it is written.
    seed : int
        Of weights and order.
    progress : callable
        Told the loss.
    """
    tokenizer = _tokenizer(settings, texts)
    library = torch()
    library.manual_seed(seed)
    config = transformers().LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=settings.hidden, intermediate_size=settings.inner,
        num_hidden_layers=settings.layers, num_attention_heads=settings.heads, num_key_value_heads=settings.heads,
        max_position_embeddings=settings.context, tie_word_embeddings=True, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    model = transformers().LlamaForCausalLM(config)
    if settings.steps and general:
        _learn(model, list(rows_of(general, tokenizer)), settings, tokenizer.pad_token_id, seed, progress)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.save_pretrained(str(folder))
    tokenizer.save_pretrained(str(folder))


def _tokenizer(settings: Tiny, records: Sequence[Record]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    raw.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=settings.vocabulary,
        special_tokens=[PAD, START, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = (text for record in records for text in _texts(record))
    raw.train_from_iterator(texts, trainer=trainer)
    made = transformers().PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token=END, pad_token=PAD, model_max_length=settings.context
    )
    made.chat_template = TEMPLATE
    return made


def _texts(record: Record) -> list[str]:
    """List what a record says, and the tools that it offers as the template writes them."""
    said = [str(message.get("content") or "") for message in record.messages]
    return said + [json.dumps(tool) for tool in record.tools]


def _learn(model: Any, rows: list[Row], settings: Tiny, pad: int, seed: int, progress: Callable[[str], None]) -> None:
    """Let all weights learn general conversations; the rate rises over a twentieth and falls as a cosine."""
    library = torch()
    rows = [row for row in rows if len(row.ids) <= _LONGEST]
    optimiser = library.optim.AdamW(model.parameters(), lr=settings.rate, betas=(0.9, 0.95), weight_decay=0.01)
    rng = random.Random(seed)
    model.train()
    for step in range(settings.steps):
        part = [rows[rng.randrange(len(rows))] for _ in range(_BATCH)]
        width = max(len(row.ids) for row in part)
        ids = library.tensor([row.ids + [pad] * (width - len(row.ids)) for row in part])
        labels = library.tensor([row.labels + [-100] * (width - len(row.labels)) for row in part])
        done = step / settings.steps
        for group in optimiser.param_groups:
            group["lr"] = settings.rate * min(1.0, (done + 0.01) / 0.05) * 0.5 * (1.02 + math.cos(math.pi * done))
        loss = model(input_ids=ids, attention_mask=(ids != pad).long(), labels=labels).loss
        loss.backward()
        library.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        if step % 20 == 0:
            progress(f"base model: step {step} of {settings.steps}, loss {float(loss.detach()):.3f}")
