"""The model that a recipe names: its weights, its tokenizer, its adapter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from finetune.torches import library, torch, transformers
from finetune.tune.settings import Lora, Model
from tools.core.errors import SetupError


def on_gpu() -> bool:
    """Say whether a GPU is used."""
    return bool(torch().cuda.is_available())


def dtype_of(model: Model) -> Any:
    """Return the number format of the weights.

    Parameters
    ----------
    model : Model
        Settings.

    Returns
    -------
    torch.dtype
        "auto" is bfloat16 on a GPU that has it, else float32: a processor without the instructions multiplies bfloat16
        many times slower.
    """
    library_ = torch()
    if model.dtype != "auto":
        return getattr(library_, model.dtype)
    fits = on_gpu() and library_.cuda.is_bf16_supported()
    return library_.bfloat16 if fits else library_.float32


def load_tokenizer(model: Model, folder: Path | None = None) -> Any:
    """Read the tokenizer, with the template that the recipe names.

    Parameters
    ----------
    model : Model
        Settings.
    folder : Path, optional
        Folder to read from instead of ``model.path``.

    Returns
    -------
    transformers.PreTrainedTokenizerFast
        With a token for padding.

    Raises
    ------
    SetupError
        If it is not there, or is slow (without offsets into the text).
    """
    made = _read(transformers().AutoTokenizer, model, folder)
    if not made.is_fast:
        raise SetupError("The tokenizer is not a fast one, which gives no places in the text.")
    if made.pad_token is None:
        made.pad_token = made.eos_token
    if model.chat_template:
        made.chat_template = Path(model.chat_template).read_text(encoding="utf-8")
    return made


def load_model(model: Model, folder: Path | None = None, *, train: bool = False) -> Any:
    """Read the weights.

    Parameters
    ----------
    model : Model
        Settings.
    folder : Path, optional
        Folder to read from instead of ``model.path``.
    train : bool
        Whether it will be trained: quantised if the recipe says so, and not spread over devices.

    Returns
    -------
    transformers.PreTrainedModel
        The model.

    Raises
    ------
    SetupError
        If it is not there.
    BackendMissing
        If it is to be quantised and bitsandbytes is not installed.
    """
    kind = dtype_of(model)
    options: dict[str, Any] = {"dtype": kind, "attn_implementation": model.attention}
    if train and model.quantise == "nf4":
        library("bitsandbytes")
        options["quantization_config"] = transformers().BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=kind,
            bnb_4bit_quant_storage=kind if on_gpu() else torch().uint8,  # FSDP shards weights of one format
        )
        if on_gpu():
            options["device_map"] = {"": int(os.environ.get("LOCAL_RANK", "0"))}  # each process its own GPU
    made = _read(transformers().AutoModelForCausalLM, model, folder, **options)
    if on_gpu() and not train:
        made = made.to("cuda")
    return made


def _read(kind: Any, model: Model, folder: Path | None, **options: Any) -> Any:
    place = str(folder or model.path)
    if model.revision and folder is None:
        options["revision"] = model.revision
    try:
        return kind.from_pretrained(place, local_files_only=Path(place).is_dir(), **options)
    except (OSError, ValueError) as error:
        first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise SetupError(
            f"{place} cannot be loaded: {first}", hint="Name a folder, or a model of the hub that can be reached."
        ) from error


def with_adapter(model: Any, lora: Lora, earlier: Path | None) -> Any:
    """Put an adapter on a model.

    Parameters
    ----------
    model : transformers.PreTrainedModel
        The model; changed in place.
    lora : Lora
        Settings of a new adapter.
    earlier : Path or None
        Folder of an adapter that is trained further instead.

    Returns
    -------
    peft.PeftModel
        The model with its adapter, which alone learns.
    """
    peft = library("peft")
    if getattr(model, "is_loaded_in_4bit", False):
        model = peft.prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)
    if earlier is not None:
        return peft.PeftModel.from_pretrained(model, str(earlier), is_trainable=True, local_files_only=True)
    settings = peft.LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=lora.dropout,
        target_modules=lora.targets,
        task_type="CAUSAL_LM",
    )
    return peft.get_peft_model(model, settings)


def tuned(model: Model, base: Path | None, adapter: Path | None, merged: Path | None) -> Any:
    """Read a tuned model to ask it.

    Parameters
    ----------
    model : Model
        Settings.
    base : Path or None
        Folder of the base, where it is not ``model.path``.
    adapter : Path or None
        Folder of the adapter.
    merged : Path or None
        Folder of the merged model, which wins.

    Returns
    -------
    transformers.PreTrainedModel
        In evaluation mode; the base itself if both are None.
    """
    made = load_model(model, merged or base)
    if merged is None and adapter is not None:
        made = library("peft").PeftModel.from_pretrained(made, str(adapter), local_files_only=True)
    return made.eval()
