"""Artefact cards: what a trained file is, and the check that it is that file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.core.errors import ArtefactError

CARD_NAME = "card.json"


class DataSource(BaseModel):
    """A table that an artefact was trained on."""

    model_config = ConfigDict(frozen=True)

    name: str
    sha256: str
    rows: int
    licence: str


class Card(BaseModel):
    """The card of a trained artefact.

    Attributes
    ----------
    id : str
        Identifier quoted as the source of every value, such as ``"tg-blend-1"``.
    title, description : str
        What it does.
    files : dict of str to str
        SHA-256 of every file beside the card.
    data : list of DataSource
        What it was trained on.
    split : str
        How the reported metrics were obtained.
    metrics : dict
        Held-out metrics, each beside its simple baselines.
    coverage : dict
        Measured coverage of its intervals.
    command : str
        The command that trains it again.
    versions : dict of str to str
        Library versions at training.
    seed : int
        Random seed.
    limits : str
        What it must not be used for.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    description: str = ""
    files: dict[str, str]
    data: list[DataSource]
    split: str
    metrics: dict[str, Any]
    coverage: dict[str, Any] = Field(default_factory=dict)
    command: str
    versions: dict[str, str]
    seed: int
    licence: str = ""
    limits: str = ""


def file_sha256(path: Path) -> str:
    """Hash a file.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    str
        Hexadecimal SHA-256.
    """
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        for block in iter(lambda: handle.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def load_card(folder: Path, *, verify: bool = True) -> Card:
    """Read the card of an artefact folder and check the files against it.

    Parameters
    ----------
    folder : Path
        Folder with ``card.json`` and the files it names.
    verify : bool
        Check that every file is there and has the hash on the card.

    Returns
    -------
    Card
        The card.

    Raises
    ------
    ArtefactError
        If the card is missing or malformed, or a file is missing or changed.
    """
    path = folder / CARD_NAME
    if not path.is_file():
        raise ArtefactError(f"{folder.name} has no {CARD_NAME}.", hint="Train it again with polysmith finetune.")
    try:
        card = Card.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, json.JSONDecodeError) as error:
        raise ArtefactError(f"The card of {folder.name} cannot be read: {error}") from error
    if verify:
        for name, expected in card.files.items():
            target = folder / name
            if Path(name).name != name or not target.is_file():
                raise ArtefactError(f"{folder.name} lacks the file {name!r} that its card names.")
            if file_sha256(target) != expected:
                raise ArtefactError(f"{folder.name}/{name} differs from the hash on its card.")
    return card


def write_card(folder: Path, card: Card) -> None:
    """Write ``card.json`` into an artefact folder.

    Parameters
    ----------
    folder : Path
        The artefact folder.
    card : Card
        The card to write.
    """
    (folder / CARD_NAME).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
