"""Tuning with torch on tiny models made here: templates, exact resume after SIGKILL, QLoRA, merging, DPO, GRPO."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

for name in ("torch", "transformers", "trl", "peft", "bitsandbytes", "datasets"):
    pytest.importorskip(name)

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # warnings of the libraries are not ours

from finetune.cards import require_card  # noqa: E402
from finetune.records.general import general_records  # noqa: E402
from finetune.records.record import Record  # noqa: E402
from finetune.tune.encoding import render, rows_of, with_ids  # noqa: E402
from finetune.tune.marked import training_tasks  # noqa: E402
from finetune.tune.recipe import Recipe  # noqa: E402
from finetune.tune.run import run_recipe  # noqa: E402
from finetune.tune.settings import Model, Preference, Reward, Tiny  # noqa: E402
from finetune.tune.tiny import make_tiny  # noqa: E402
from tools.core.errors import SetupError, StateError  # noqa: E402

ROOT = Path(__file__).parents[2]
RECIPE = """
name: small
stages: [records, sft, merge]
model:
  tiny: {hidden: 64, layers: 2, heads: 2, inner: 96, vocabulary: 800, context: 512, steps: 2}
  quantise: QUANT
lora: {rank: 4, alpha: 8, dropout: 0.1}
data: {tasks: sample, general: 0.2, tools: 0.0, held_out: 0.1}
sft: {length: 512, packing: PACK, batch: 2, rate: 0.002, steps: 12, eval_every: 4, save_every: 4, log_every: 1}
"""
CALL = {
    "role": "assistant",
    "content": "",
    "tool_calls": [{"type": "function", "function": {"name": "weigh", "arguments": {"x": "*CC*"}}}],
}
TOOL = {
    "type": "function",
    "function": {"name": "weigh", "description": "d", "parameters": {"type": "object", "properties": {"x": {"type": "string"}}}},
}  # fmt: skip
SINGLE = Record(
    id="a",
    kind="task",
    messages=(
        {"role": "system", "content": "sys"},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": "<answer>7 K</answer>"},
    ),
)
TALK = Record(
    id="b",
    kind="tools",
    tools=(TOOL,),
    messages=(
        {"role": "user", "content": "hi"}, CALL, {"role": "tool", "name": "weigh", "content": "42"},
        {"role": "assistant", "content": "It is 42."},
    ),
)  # fmt: skip
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\\n' + m.content }}"
    "{% for c in m.tool_calls or [] %}{{ c.function.name }}{% endfor %}{{ '<|im_end|>\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
FORGETS = CHATML.replace("m.content }}", "(m.content if m.role != 'assistant' or loop.last else 'old') }}")


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    general = list(general_records(0, 120))
    make_tiny(Tiny(hidden=64, heads=2, inner=96, vocabulary=800, steps=1), general, general, folder, seed=0)
    return folder


@pytest.fixture
def tokenizer(base):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(base))


def said(record, tokenizer):
    return [tokenizer.decode([label for label in row.labels if label != -100]) for row in rows_of([record], tokenizer)]


def test_only_what_the_assistant_says_is_learnt_whatever_the_template(tokenizer):
    own = [said(record, tokenizer) for record in (SINGLE, TALK)]
    assert own[0] == ["<answer>7 K</answer><|im_end|>"]
    assert "weigh" in own[1][0] and "It is 42.<|im_end|>" in own[1][0] and "<tool_response>" not in own[1][0]
    tokenizer.chat_template = CHATML
    assert said(SINGLE, tokenizer) == ["<answer>7 K</answer><|im_end|>\n"]
    assert said(TALK, tokenizer) == ["weigh<|im_end|>\nIt is 42.<|im_end|>\n"]


def test_a_template_that_writes_earlier_turns_anew_gives_a_row_for_each_turn(tokenizer):
    tokenizer.chat_template = FORGETS
    assert said(TALK, tokenizer) == ["weigh<|im_end|>\n", "It is 42.<|im_end|>\n"]


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (CHATML.replace("c.function.name", "''"), "drops 'weigh'"),
        (CHATML.replace("assistant\\n' }}{% endif", "oracle\\n' }}{% endif"), "told apart"),
        (CHATML.replace("<|im_end|>", ""), "learn to stop"),
        ("{{ raise_exception('no tools') }}", "cannot write a conversation: no tools"),
        ("", "no chat template"),
    ],
)
def test_templates_that_cannot_teach_are_refused_with_what_to_do(tokenizer, template, why):
    tokenizer.chat_template = template
    with pytest.raises(SetupError, match=why):
        said(TALK, tokenizer)


def test_templates_of_known_families_are_read_by_structure(tokenizer):
    """The templates that trl ships of Qwen, Llama, Gemma and others, against its own marks where it has them."""
    import trl

    folder = Path(trl.__file__).parent / "chat_templates"
    for family in ("qwen2_5", "qwen3", "qwen3_instruct_2507", "llama3", "gemma3", "gptoss"):
        path = folder / f"{family}.jinja"
        if not path.is_file():
            continue
        tokenizer.chat_template = path.read_text()
        tokenizer.add_special_tokens(
            {"additional_special_tokens": ["<|eot_id|>", "<end_of_turn>", "<|return|>"], "bos_token": "<|b|>"}
        )
        ours = said(SINGLE, tokenizer)[0]
        assert "<answer>7 K</answer>" in ours and "hi" not in ours.replace("think", "") and "sys" not in ours, family


def test_calls_get_ids_that_their_results_name():
    made = with_ids(TALK.messages)
    assert made[1]["tool_calls"][0]["id"] == made[2]["tool_call_id"] and made[2]["tool_call_id"].isalnum()
    assert len(made[2]["tool_call_id"]) == 9 and "id" not in TALK.messages[1]["tool_calls"][0]


def test_the_tiny_template_offers_tools_and_asks(tokenizer):
    text = render(TALK.messages[:1], TALK.tools, tokenizer, ask=True)
    assert '"weigh"' in text and text.endswith("<|im_start|>assistant\n")


def recipe_file(folder, quantise="none", packing="true"):
    path = folder / "small.yaml"
    path.write_text(RECIPE.replace("QUANT", quantise).replace("PACK", packing))
    return path


def environment():
    return {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


RUNNER = """
import os, signal, sys, time
from pathlib import Path
import bitsandbytes, datasets, peft, trl  # once, for all processes that are forked below
from finetune.tune.run import run_recipe

recipe, whole, torn = map(Path, sys.argv[1:])

def started(out):
    child = os.fork()
    if child == 0:
        run_recipe(recipe, out)
        os._exit(0)
    return child

def ended(child):
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0

ended(started(whole))
for step in (4, 8):  # killed as soon as this checkpoint begins to be written, wherever that leaves it
    child = started(torn)
    while not (torn / "sft" / "checkpoints" / f"checkpoint-{step}").is_dir():
        assert os.waitpid(child, os.WNOHANG) == (0, 0), "it ended before it could be killed"
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert not (torn / "sft" / "card.json").exists()
ended(started(torn))
"""


def weights(folder):
    return hashlib.sha256((folder / "adapter_model.safetensors").read_bytes()).hexdigest()


@pytest.mark.parametrize(("quantise", "packing"), [("none", "true"), ("nf4", "false")])
def test_a_training_killed_at_any_step_ends_at_the_same_loss_and_weights(tmp_path, quantise, packing):
    path = recipe_file(tmp_path, quantise, packing)
    whole, torn = tmp_path / "whole", tmp_path / "torn"
    subprocess.run([sys.executable, "-c", RUNNER, path, whole, torn], check=True, env=environment())
    results = [json.loads((folder / "sft" / "result.json").read_text()) for folder in (whole, torn)]
    assert results[0]["resumed_from"] == 0 and results[1]["resumed_from"] in {4, 8}
    assert results[0]["eval_loss"] == results[1]["eval_loss"] and results[0]["loss"] == results[1]["loss"]
    assert weights(whole / "sft") == weights(torn / "sft")
    merged = [require_card(folder / "merged") for folder in (whole, torn)]
    assert merged[0].metrics["weights_sha256"] == merged[1].metrics["weights_sha256"]
    assert merged[0].metrics["largest_change"] > 0 and merged[0].metrics["usable"] is False
    curves = [result["curve"] for result in results]
    assert [point["loss"] for point in curves[0] if "loss" in point] == [
        point["loss"] for point in curves[1] if "loss" in point
    ]


def test_a_merged_model_answers_as_base_and_adapter_do(tmp_path):
    import torch

    from finetune.tune.models import load_tokenizer, tuned

    run_recipe(recipe_file(tmp_path), tmp_path / "out")
    model, out = Model(tiny=Tiny()), tmp_path / "out"
    tokenizer = load_tokenizer(model, out / "base")
    ids = tokenizer("*CC(*)c1ccccc1 melts", return_tensors="pt")["input_ids"]
    with torch.no_grad():
        one = tuned(model, out / "base", out / "sft", None)(input_ids=ids).logits
        two = tuned(model, out / "base", None, out / "merged")(input_ids=ids).logits
        before = tuned(model, out / "base", None, None)(input_ids=ids).logits
    assert torch.allclose(one, two, atol=1e-4) and not torch.allclose(one, before, atol=1e-4)
    files = {path.name for path in (out / "merged").iterdir()}
    assert {
        "config.json",
        "tokenizer.json",
        "tokenizer_config.json",
        "chat_template.jinja",
        "model.safetensors",
    } <= files
    assert not list(out.rglob("training_args.bin")) and not (out / "sft" / "checkpoints").exists()
    path = recipe_file(tmp_path)
    path.write_text(path.read_text().replace("rate: 0.002", "rate: 0.001"))
    with pytest.raises(StateError, match="other settings"):
        run_recipe(path, out)


def test_preferences_and_rewards_train_an_adapter_further(tmp_path, base):
    from finetune.tune.preference import train_dpo
    from finetune.tune.reward import train_grpo

    short = {"length": 512, "batch": 2, "steps": 2, "log_every": 1, "prompts": 4, "samples": 2, "new_tokens": 8}
    recipe = Recipe(
        name="a",
        stages=("records", "sft"),
        model=Model(tiny=Tiny()),
        dpo=Preference(**short, rate=1e-3),
        grpo=Reward(**short, form=1.0, rate=1e-3),
    )
    tasks = training_tasks("sample", None, 0)
    found = train_dpo(recipe, tasks, tmp_path / "dpo", base=base)
    assert found["steps"] == 2 and found["rows"] > 0 and not (tmp_path / "dpo" / "ref").exists()
    after = train_grpo(recipe, tasks, tmp_path / "grpo", base=base, adapter=tmp_path / "dpo")
    assert after["steps"] == 2 and after["rows"] == 4 and set(after["rewards"]) == {"first", "last"}
