"""Cards of what is tuned: hashes of weights and data, licences, versions; and the loader that refuses the rest."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from finetune.records.record import Record
from tools.core.cards import Card, DataSource, file_sha256, load_card, write_card
from tools.core.errors import ArtefactError

LIBRARIES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "accelerate", "datasets", "safetensors", "rdkit")
_WEIGHTS = ("*.safetensors", "*.safetensors.index.json")
_BESIDE = ("*.json", "*.jinja", "*.jsonl", "*.txt", "*.model")
_OWN = frozenset({"card.json", "begun.json", "result.json"})


def versions(libraries: Iterable[str] = LIBRARIES) -> dict[str, str]:
    """Return the versions of Python, Polysmith and those libraries that are installed.

    Parameters
    ----------
    libraries : iterable of str
        Distributions.

    Returns
    -------
    dict of str to str
        By name.
    """
    found = {"python": sys.version.split()[0]}
    for name in ("polysmith", *libraries):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def files_of(folder: Path) -> dict[str, str]:
    """Hash the files of an artefact: weights, configuration, tokenizer, tables.

    Parameters
    ----------
    folder : Path
        The folder; its subfolders (checkpoints, logs) are no part of the artefact.

    Returns
    -------
    dict of str to str
        SHA-256 by file name.
    """
    found = {path for pattern in (*_WEIGHTS, *_BESIDE) for path in folder.glob(pattern)}
    return {path.name: file_sha256(path) for path in sorted(found) if path.is_file() and path.name not in _OWN}


def combined_sha256(hashes: Mapping[str, str]) -> str:
    """Return one hash for several files.

    Parameters
    ----------
    hashes : mapping of str to str
        SHA-256 by file name.

    Returns
    -------
    str
        SHA-256 of names and hashes, sorted.
    """
    return hashlib.sha256(json.dumps(dict(sorted(hashes.items()))).encode()).hexdigest()


def weights_sha256(folder: Path) -> str:
    """Return one hash for the weights of a model or adapter.

    Parameters
    ----------
    folder : Path
        Its folder.

    Returns
    -------
    str
        SHA-256; the same for the same weights in the same shards.

    Raises
    ------
    ArtefactError
        If there are no weights as safetensors.
    """
    found = {path.name: file_sha256(path) for path in sorted(folder.glob("*.safetensors"))}
    if not found:
        raise ArtefactError(f"{folder.name} holds no weights as safetensors.")
    return combined_sha256(found)


def sources_of(records: Iterable[Record], name: str, sha256: str) -> list[DataSource]:
    """Say on what terms records may be used.

    Parameters
    ----------
    records : iterable of Record
        The records.
    name : str
        Name of their file.
    sha256 : str
        Its hash.

    Returns
    -------
    list of DataSource
        One per licence, with the number of records under it.
    """
    counted = Counter(record.licence or "not stated" for record in records)
    return [
        DataSource(name=name, sha256=sha256, rows=rows, licence=licence) for licence, rows in sorted(counted.items())
    ]


def require_card(folder: Path) -> Card:
    """Read the card of a tuned model, adapter or table and hold every file to it.

    Parameters
    ----------
    folder : Path
        The artefact.

    Returns
    -------
    Card
        Its card.

    Raises
    ------
    ArtefactError
        If there is no card, a file is missing or differs, or weights or configuration lie there that the card does
        not name.
    """
    card = load_card(folder)
    strange = sorted(files_of(folder).keys() - card.files.keys())
    if strange:
        raise ArtefactError(
            f"{folder.name} holds files that its card does not name: {', '.join(strange[:5])}.",
            hint="Remove them, or train it again with polysmith finetune run.",
        )
    return card


def usable(card: Card) -> bool:
    """Say whether a tuned model passed its gate.

    Parameters
    ----------
    card : Card
        Its card.

    Returns
    -------
    bool
        Only what was gated and passed is.
    """
    return card.metrics.get("usable") is True


def with_gate(folder: Path, verdict: Mapping[str, Any], *, passed: bool) -> Card:
    """Write what the gate found onto the card of a tuned model; its files stay as they are.

    Parameters
    ----------
    folder : Path
        The artefact.
    verdict : mapping
        Scores before and after, ratios and thresholds.
    passed : bool
        Whether it may be called usable.

    Returns
    -------
    Card
        The new card.
    """
    card = require_card(folder)
    limits = "Passed its gate." if passed else "NOT USABLE: it did not pass its gate, see metrics."
    made = card.model_copy(
        update={"metrics": {**card.metrics, "usable": passed, "gate": dict(verdict)}, "limits": limits}
    )
    write_card(folder, made)
    return made
