"""What a recipe may say: every setting with its type, its unit and its default."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Stage = Literal["records", "distill", "sft", "dpo", "grpo", "merge", "gate", "score"]
TRAINING: tuple[Stage, ...] = ("sft", "dpo", "grpo")
Share = Annotated[float, Field(ge=0.0, le=1.0)]


class Part(BaseModel):
    """A part of a recipe; a field that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Tiny(Part):
    """A small random Llama with its own tokenizer, made where the recipe runs: for machines without a hub.

    Attributes
    ----------
    hidden, layers, heads, inner : int
        Width, layers, attention heads (of 32 or more, which serving on processors needs) and width of the MLP.
    vocabulary, context : int
        Tokens that it knows, and that fit.
    steps, rate : int and float
        Steps of 16 conversations of general records, all weights learning, so that there is an ability to lose; and
        their highest learning rate.
    """

    hidden: int = Field(default=128, ge=32)
    layers: int = Field(default=2, ge=1)
    heads: int = Field(default=4, ge=1)
    inner: int = Field(default=384, ge=32)
    vocabulary: int = Field(default=1024, ge=300)
    context: int = Field(default=1024, ge=128)
    steps: int = Field(default=0, ge=0)
    rate: float = Field(default=3e-3, gt=0)


class Model(Part):
    """The model that is tuned.

    Attributes
    ----------
    path : str
        Folder, or name on the hub; empty for a tiny one.
    revision : str
        Commit on the hub, so that a later run takes the same weights.
    licence : str
        Its terms; they go on every card.
    tiny : Tiny or None
        Made here instead.
    dtype : str
        Number format of the weights; "auto" is bfloat16 on a GPU that has it, else float32.
    quantise : {"none", "nf4"}
        "nf4" holds the frozen weights in 4 bits with double quantisation (QLoRA, arXiv 2305.14314).
    attention : str
        Implementation of attention.
    chat_template : str
        Jinja file that replaces the template of the tokenizer.
    """

    path: str = ""
    revision: str = ""
    licence: str = ""
    tiny: Tiny | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    quantise: Literal["none", "nf4"] = "none"
    attention: Literal["sdpa", "eager", "flash_attention_2"] = "sdpa"
    chat_template: str = ""

    @model_validator(mode="after")
    def _one(self) -> Model:
        if bool(self.path) == (self.tiny is not None):
            raise ValueError("name either path (a folder, or a name on the hub) or tiny")
        return self


class Lora(Part):
    """The adapter (LoRA, arXiv 2106.09685).

    Attributes
    ----------
    rank, alpha, dropout : int, int and float
        Rank, scale (alpha / rank) and dropout.
    targets : str or list of str
        Names of layers; "all-linear" for every linear layer but the head.
    """

    rank: int = Field(default=16, ge=1, le=512)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.05, ge=0, lt=1)
    targets: str | list[str] = "all-linear"


class Data(Part):
    """What is learnt from.

    Attributes
    ----------
    tasks : str
        Folder of a suite with ``train.jsonl`` (``polysmith bench build``), or "sample" for the shipped one.
    records : list of str
        Further files of chat records.
    limit : int or None
        Tasks at most, drawn by the seed.
    general, tools : float
        Shares of what is learnt that guard instruction following and tool calls.
    held_out : float
        Share of the polymers whose records measure the loss during training instead.
    """

    tasks: str = "sample"
    records: list[str] = Field(default_factory=list)
    limit: int | None = Field(default=None, ge=1)
    general: Share = 0.1
    tools: Share = 0.1
    held_out: Share = 0.05

    @model_validator(mode="after")
    def _room(self) -> Data:
        if self.general + self.tools >= 1:
            raise ValueError("general and tools together leave no room for tasks")
        return self


class Distill(Part):
    """Worked chains.

    Attributes
    ----------
    teacher : {"program", "endpoint"}
        Rules, which need no model, or the model at the endpoint that is configured (docs/llm.md).
    limit : int or None
        Tasks at most.
    """

    teacher: Literal["program", "endpoint"] = "program"
    limit: int | None = Field(default=None, ge=1)


class Training(Part):
    """How an adapter is trained.

    Attributes
    ----------
    length : int
        Tokens of a row at most; longer conversations are left out and counted.
    packing : bool
        Fill rows with several conversations, which do not see each other.
    batch, accumulate : int
        Rows of a device at once, and batches per step.
    rate, warmup, weight_decay : float
        Highest learning rate, share of the steps over which it rises, and decay. It falls as a cosine.
    epochs, steps : float and int
        Passes over the data; or steps, which win unless 0.
    eval_every, save_every, log_every : int
        Steps between evaluations, checkpoints and lines of the log; 0 evaluations: only at the end.
    patience : int
        Evaluations without a better loss after which training stops; 0 never stops early.
    checkpointing : bool
        Compute activations again to save memory.
    """

    length: int = Field(default=2048, ge=64)
    packing: bool = False
    batch: int = Field(default=1, ge=1)
    accumulate: int = Field(default=1, ge=1)
    rate: float = Field(default=2e-4, gt=0)
    warmup: Share = 0.03
    weight_decay: float = Field(default=0.0, ge=0)
    epochs: float = Field(default=1.0, gt=0)
    steps: int = Field(default=0, ge=0)
    eval_every: int = Field(default=0, ge=0)
    save_every: int = Field(default=100, ge=1)
    log_every: int = Field(default=10, ge=1)
    patience: int = Field(default=0, ge=0)
    checkpointing: bool = False

    @model_validator(mode="after")
    def _stops(self) -> Training:
        if self.patience and (not self.eval_every or self.save_every % self.eval_every):
            raise ValueError("patience needs eval_every, and save_every as a multiple of it")
        return self


class Preference(Training):
    """Direct preference optimisation (arXiv 2305.18290) on answers that the exam has marked.

    Attributes
    ----------
    beta : float
        Weight of staying close to the model before.
    prompts, samples : int
        Training tasks that are asked, and answers to each.
    new_tokens : int
        Tokens of an answer at most.
    temperature : float
        Of sampling.
    """

    rate: float = Field(default=5e-6, gt=0)
    beta: float = Field(default=0.1, gt=0)
    prompts: int = Field(default=1000, ge=1)
    samples: int = Field(default=4, ge=2)
    new_tokens: int = Field(default=256, ge=4)
    temperature: float = Field(default=1.0, gt=0)


class Reward(Training):
    """Group-relative policy optimisation (arXiv 2402.03300) with the exam's marks as the reward.

    Attributes
    ----------
    beta : float
        Weight of the divergence from the model before.
    prompts, samples : int
        Training tasks, and answers that are compared with each other.
    new_tokens : int
        Tokens of an answer at most.
    temperature : float
        Of sampling.
    form : float
        Part of the reward that an answer gets for being readable, right or not.
    """

    rate: float = Field(default=1e-6, gt=0)
    beta: float = Field(default=0.0, ge=0)
    prompts: int = Field(default=1000, ge=1)
    samples: int = Field(default=8, ge=2)
    new_tokens: int = Field(default=256, ge=4)
    temperature: float = Field(default=1.0, gt=0)
    form: Share = 0.1


class Gate(Part):
    """What a tuned model must still be able to do.

    Attributes
    ----------
    items : int
        Items of each kind: instructions, and tool calls.
    instructions, tools : float
        Least ratio of its score to that of the model before tuning, for "usable".
    new_tokens, batch : int
        Tokens of an answer at most, and items answered at once.
    """

    items: int = Field(default=50, ge=1)
    instructions: float = Field(default=0.9, ge=0)
    tools: float = Field(default=0.9, ge=0)
    new_tokens: int = Field(default=128, ge=4)
    batch: int = Field(default=8, ge=1)


class Scoring(Part):
    """The exam before and after.

    Attributes
    ----------
    split : str
        Part of the suite.
    limit : int or None
        Tasks at most.
    mode : str
        How it is asked.
    new_tokens, batch, resamples : int
        Tokens of an answer at most, tasks asked at once, and draws of the bootstrap.
    """

    split: Literal["dev", "test", "ood"] = "dev"
    limit: int | None = Field(default=None, ge=1)
    mode: Literal["direct", "cot"] = "direct"
    new_tokens: int = Field(default=256, ge=4)
    batch: int = Field(default=8, ge=1)
    resamples: int = Field(default=1000, ge=0)
