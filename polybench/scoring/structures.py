"""Structures: identity, validity and similarity; read in killable workers, each text once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from rdkit import Chem, rdBase

from polybench.scoring.closed import Score
from polybench.scoring.conventions import fingerprint, tanimoto
from polybench.task import Task
from tools.core import sandbox
from tools.core.errors import InputError, LimitError, StructureError, ToolError
from tools.core.gate import check_text, parse_molecule
from tools.core.polymer import Polymer

CHUNK: Final = 400  # structures handed to a worker at once
_NOT_SMILES: Final = frozenset(
    ("not_text", "empty", "too_long", "charset", "whitespace", "cxsmiles", "bigsmiles", "too_complex")
)
_SECONDS: Final = 240.0  # for a chunk
_SECONDS_ALONE: Final = 10.0  # for one structure of a chunk that ran over


@dataclass(frozen=True)
class Structure:
    """What a SMILES stands for.

    Attributes
    ----------
    key : str
        Identity: the polymer key after ``P:``, or canonical SMILES after ``M:`` (after ``R:`` for what the gate refuses
        and RDKit reads); empty if it cannot be read.
    bits : int
        Pinned fingerprint.
    code : str
        Why the gate refuses it; empty if it does not.
    """

    key: str
    bits: int
    code: str = ""


def read_structures(texts: Iterable[str]) -> dict[str, Structure]:
    """Read structures, each once.

    Parameters
    ----------
    texts : iterable of str
        SMILES of chains (with ``*``) or of molecules (joined by ``.``).

    Returns
    -------
    dict of str to Structure
        By text.
    """
    distinct = sorted(set(texts))
    rows = in_workers("polybench.scoring.structures:read_chunk", distinct, lambda: ("", 0, "limit"))
    return {text: Structure(*row) for text, row in zip(distinct, rows, strict=True)}


def read_chunk(texts: Sequence[str]) -> list[tuple[str, int, str]]:
    """Read structures in this process: key, fingerprint and error code of each."""
    return [_read(text) for text in texts]


def _read(text: str) -> tuple[str, int, str]:
    try:
        if "*" in text or "#0" in text:
            polymer = Polymer.from_smiles(text)
            return f"P:{polymer.key}", fingerprint(polymer.mol), ""
        parts = text.strip().split(".")
        if len(parts) > 12:
            return "", 0, "fragments"
        whole = ".".join(sorted(Chem.MolToSmiles(parse_molecule(part)) for part in parts))
        return f"M:{whole}", fingerprint(Chem.MolFromSmiles(whole)), ""
    except StructureError as error:
        return _plain_key(text), 0, error.code


def _plain_key(text: str) -> str:
    """Return RDKit's canonical SMILES of what the gate refuses but RDKit reads, such as radicals and metals."""
    try:
        check_text(text.strip())
    except StructureError as error:
        if error.code in _NOT_SMILES:
            return ""
    with rdBase.BlockLogs():
        mol = Chem.MolFromSmiles(text.strip())
    return f"R:{Chem.MolToSmiles(mol)}" if mol is not None and mol.GetNumAtoms() else ""


def in_workers(function: str, items: Sequence[Any], failed: Callable[[], Any]) -> list[Any]:
    """Compute rows in two killable workers; an item that runs over costs no other item.

    Parameters
    ----------
    function : str
        ``"module:function"`` from a list of items to a list of rows.
    items : sequence
        The items.
    failed : callable
        Gives the row of an item that was stopped.

    Returns
    -------
    list
        One row per item, in order.
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]

    def one(chunk: Sequence[Any]) -> list[Any]:
        try:
            rows: list[Any] = sandbox.run(function, list(chunk), seconds=_SECONDS)
        except (LimitError, ToolError):
            found = sandbox.map_each(function, [[item] for item in chunk], seconds_each=_SECONDS_ALONE)
            rows = [row[0] if isinstance(row, list) else failed() for row in found]
        return rows

    if not chunks:
        return []
    with ThreadPoolExecutor(max_workers=max(1, min(2, os.cpu_count() or 1, len(chunks)))) as threads:
        return [row for rows in threads.map(one, chunks) for row in rows]


def accepted_structures(task: Task) -> tuple[str, ...]:
    """Return the structures that are right for a task."""
    first = (task.answer,) if isinstance(task.answer, str) else ()
    return (*first, *task.aliases)


def check_gold(task: Task, known: dict[str, Structure]) -> None:
    """Refuse a task whose right structure cannot be read.

    Parameters
    ----------
    task : Task
        A task of type "smiles".
    known : dict of str to Structure
        Structures that were read.

    Raises
    ------
    InputError
        If one of its right answers cannot be read; the task is named.
    """
    for text in accepted_structures(task):
        if not known[text].key:
            raise InputError(
                f"Task {task.id!r}: the right answer {text!r} cannot be read ({known[text].code}).",
                hint="Mend the task file.",
            )


def score_smiles(task: Task, value: str, known: dict[str, Structure]) -> Score:
    """Mark a structure by identity; validity and the best Tanimoto similarity to a right answer stand beside it."""
    given = known[value]
    gold = [known[text] for text in accepted_structures(task)]
    right = given.key != "" and any(given.key == item.key for item in gold)
    if given.code and not right:
        return 0.0, False, {"valid": False, "code": given.code, "tanimoto": 0.0}
    best = 1.0 if right else max(tanimoto(given.bits, item.bits) for item in gold)
    return float(right), right, {"valid": True, "tanimoto": best}
