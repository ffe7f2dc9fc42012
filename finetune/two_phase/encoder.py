"""Repeat units as rows of numbers: descriptors, the small transformer trained here, or any encoder of a model hub.

Encoders are frozen; what learns in both phases is the network on top. The hub's model is named in a recipe, never here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from finetune.two_phase.vectors import Array, Encode, descriptor_rows
from tools.core.errors import InputError
from tools.core.polymer import Polymer

_BATCH = 64


class EncoderSettings(BaseModel):
    """Which encoder.

    Attributes
    ----------
    kind : {"descriptors", "small", "hub"}
        RDKit and chain descriptors; the small transformer trained by ``finetune.two_phase.small_encoder``; or a model
        of a hub.
    name : str
        For ``hub``: its name or folder. For ``small``: the folder it is kept in, below the output if relative.
    revision : str
        For ``hub``: the revision, empty for the newest.
    remote_code : bool
        For ``hub``: run the model's own Python code. Only for models whose code you have read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["descriptors", "small", "hub"] = "descriptors"
    name: str = ""
    revision: str = ""
    remote_code: bool = False

    @property
    def label(self) -> str:
        """What it is called in tables."""
        return self.kind if self.kind != "hub" else self.name


def encoder(settings: EncoderSettings, *, home: Path) -> Encode:
    """Make an encoder.

    Parameters
    ----------
    settings : EncoderSettings
        Which one.
    home : Path
        Folder that relative names start from.

    Returns
    -------
    callable
        Takes n polymers, gives an array [n, d]; equal chains give equal rows.

    Raises
    ------
    InputError
        If a hub encoder has no name.
    BackendMissing
        If it needs libraries that are not installed.
    SetupError
        If its weights are not there.
    """
    if settings.kind == "descriptors":
        return descriptor_rows
    if settings.kind == "small":
        from finetune.two_phase.small_encoder import load

        return load(home / (settings.name or "encoder"))
    if not settings.name:
        raise InputError("A hub encoder needs the name of its model.", hint="Set encoder.name in the recipe.")
    return _hub(settings)


def _hub(settings: EncoderSettings) -> Encode:
    from finetune.torches import torch, transformers
    from tools.core.errors import SetupError

    library = transformers()
    options = {"trust_remote_code": settings.remote_code, "revision": settings.revision or None}
    try:
        tokenizer = library.AutoTokenizer.from_pretrained(settings.name, **options)
        model = library.AutoModel.from_pretrained(settings.name, **options).eval()
    except (OSError, ValueError) as error:
        raise SetupError(
            f"The encoder {settings.name} cannot be loaded: {str(error).splitlines()[0]}",
            hint="Check the name and the connection, or choose the encoder small or descriptors.",
        ) from error

    def encode(polymers: Sequence[Polymer]) -> Array:
        rows = []
        for start in range(0, len(polymers), _BATCH):
            texts = [polymer.smiles for polymer in polymers[start : start + _BATCH]]
            given = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
            with torch().no_grad():
                hidden = model(**given).last_hidden_state
            mask = given["attention_mask"][..., None].to(hidden.dtype)
            rows.append(((hidden * mask).sum(1) / mask.sum(1)).double().numpy())
        return np.concatenate(rows)

    return encode
