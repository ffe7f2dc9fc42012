"""Make a tiny random Qwen2 with a tokenizer, a chat template and a LoRA adapter; run by the serving environment.

python make_tiny_model.py FOLDER  writes FOLDER/model (about 1 MB) and FOLDER/adapter.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

LAYERS, HIDDEN, RANK = 2, 64, 4
TEMPLATE = """{%- if tools %}<|im_start|>system
Tools: {{ tools | tojson }}
Call one as <tool_call>{"name": NAME, "arguments": {...}}</tool_call><|im_end|>
{% endif %}{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content or '' }}{%- for call in message.tool_calls or [] %}<tool_call>{{ call.function | tojson }}</tool_call>
{%- endfor %}<|im_end|>
{% endfor %}{%- if add_generation_prompt %}<|im_start|>assistant
{% endif %}"""
TEXTS = [
    "Polymers are long chains of repeat units; their glass transition depends on how stiff the chain is.",
    '<tool_call>{"name": "melting_point", "arguments": {"polymer": "polypropylene"}}</tool_call>',
    '{"tacticity": "isotactic", "crystalline": true, "tg": 373.15, "name": "polystyrene"}',
]


def make_tokenizer():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=special, initial_alphabet=alphabet)
    tokenizer.train_from_iterator(TEXTS * 50, trainer)
    tokenizer.add_tokens(["<tool_call>", "</tool_call>"])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    wrapped.chat_template = TEMPLATE
    return wrapped


def make_adapter(folder):
    generator = torch.Generator().manual_seed(1)
    tensors = {}
    for layer in range(LAYERS):
        for part in ("q_proj", "o_proj"):
            stem = f"base_model.model.model.layers.{layer}.self_attn.{part}"
            tensors[f"{stem}.lora_A.weight"] = torch.randn(RANK, HIDDEN, generator=generator)
            tensors[f"{stem}.lora_B.weight"] = torch.randn(HIDDEN, RANK, generator=generator)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": "tiny",
        "r": RANK,
        "lora_alpha": 8,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": ["q_proj", "o_proj"],
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(tensors, folder / "adapter_model.safetensors")
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")


def main(folder):
    torch.manual_seed(0)
    tokenizer = make_tokenizer()
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        intermediate_size=128,
        num_hidden_layers=LAYERS,
        num_attention_heads=2,  # heads of 32: vLLM on a processor takes no smaller ones
        num_key_value_heads=1,
        max_position_embeddings=4096,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    Qwen2ForCausalLM(config).to(torch.bfloat16).save_pretrained(folder / "model")
    tokenizer.save_pretrained(folder / "model")
    make_adapter(folder / "adapter")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
