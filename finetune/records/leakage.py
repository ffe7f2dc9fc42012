"""Leakage: nothing of the held-out polymers and questions may be in what a model learns from, is shown or looks up.

Four keys, each stricter than the one before: the chain itself ("key"), the chain without stereo marks ("family"), the
parts of its backbone in any order ("parts", which also holds composites of the same building blocks apart), and the
kinds of parts whatever their number ("series", which holds homologues apart, such as nylon 6 and nylon 12). Beside the
keys that a record states, every repeat unit that stands in its text is read, results of tools among them.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal, get_args

from rdkit import Chem

from finetune.records.record import Record
from polybench.builders.split import family_key
from polybench.jsonl import read_tasks
from polybench.run.prompts import messages_for
from polybench.run.question import Question
from polybench.task import Task
from tools.core.errors import InputError, StructureError
from tools.core.polymer import Polymer

Apart = Literal["key", "family", "parts", "series"]
LEVELS: Final[tuple[Apart, ...]] = get_args(Apart)
HELD_OUT: Final = ("dev", "test", "ood")

_CUT = re.compile(r"(?:^|\n\n)(?:What is known:|Passages:|Tools:|Unit of the answer:|End with a line <answer>)")
_LETTER = re.compile(r"^[A-Z][.)]\s+")
_STARRED = re.compile(r"[^\s\"'`,;<>]*\*[^\s\"'`,;<>]*")
_MOST_SHOWN: Final = 10


class LeakError(InputError):
    """Something of the held-out splits is where it must not be.

    Parameters
    ----------
    leaks : sequence of Leak
        All of them.
    """

    def __init__(self, leaks: tuple[Leak, ...]) -> None:
        ids = list(dict.fromkeys(leak.id for leak in leaks))
        shown = ", ".join(ids[:_MOST_SHOWN]) + (", ..." if len(ids) > _MOST_SHOWN else "")
        super().__init__(
            f"{len(ids)} records hold something of the held-out splits: {shown}.",
            hint="Build the records anew with the suite at hand, which leaves these out.",
        )
        self.leaks = leaks

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.leaks,)


@dataclass(frozen=True)
class Leak:
    """One finding.

    Attributes
    ----------
    id : str
        Record, passage or example.
    level : str
        "question", or the least strict key that shows it.
    what : str
        Key or question.
    """

    id: str
    level: str
    what: str


def part_counts(key: str) -> Counter[str]:
    """Count the parts of a backbone without their stereochemistry and direction, per smallest repeat.

    Parameters
    ----------
    key : str
        ``Polymer.key``.

    Returns
    -------
    Counter of str
        Number of each part, divided by their greatest common divisor.
    """
    counts = Counter(_plain_part(part) for part in key.split("|"))
    divisor = math.gcd(*counts.values())
    return Counter({part: count // divisor for part, count in counts.items()})


@lru_cache(maxsize=100_000)
def _plain_part(part: str) -> str:
    mol = Chem.MolFromSmiles(part)
    Chem.RemoveStereochemistry(mol)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetIsotope(0)
    return str(Chem.MolToSmiles(mol))


@lru_cache(maxsize=100_000)
def marks_of(key: str) -> dict[Apart, str]:
    """Write a polymer's keys, from the least to the most strict.

    Parameters
    ----------
    key : str
        ``Polymer.key``.

    Returns
    -------
    dict of str to str
        By level.
    """
    counts = part_counts(key)
    parts = ".".join(f"{count}x{part}" for part, count in sorted(counts.items()))
    return {"key": key, "family": family_key(Polymer(key)), "parts": parts, "series": ".".join(sorted(counts))}


@lru_cache(maxsize=200_000)
def _key_of_token(token: str) -> str | None:
    """Key of a repeat unit in a text; None if it is none."""
    for text in (token, token.rstrip(".:!?"), token.strip(".:!?()[]{}")):
        try:
            return Polymer.from_smiles(text).key
        except StructureError:
            continue
    return None


def chains_in(text: str) -> Iterator[str]:
    """Read every repeat unit of a text.

    Parameters
    ----------
    text : str
        Any text.

    Yields
    ------
    str
        ``Polymer.key`` of each that can be read.
    """
    for token in dict.fromkeys(_STARRED.findall(text)):
        if (found := _key_of_token(token)) is not None:
            yield found


def fingerprint(question: str) -> str:
    """Name a question by its words, whatever the order and letters of its choices and the form asked for.

    Parameters
    ----------
    question : str
        A question with its choices, or a prompt that holds it.

    Returns
    -------
    str
        Hash.
    """
    cut = _CUT.search(question)
    body = question[: cut.start()] if cut else question
    lines = sorted(" ".join(_LETTER.sub("", line).split()) for line in body.splitlines() if line.strip())
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


@dataclass(frozen=True)
class HeldOut:
    """What must not be learnt from.

    Attributes
    ----------
    marks : dict of str to frozenset of str
        Held-out polymers by each kind of key.
    questions : frozenset of str
        Fingerprints of the held-out questions.
    """

    marks: dict[Apart, frozenset[str]]
    questions: frozenset[str]

    @classmethod
    def of(cls, tasks: Iterable[Task]) -> HeldOut:
        """Take what is held out from tasks.

        Parameters
        ----------
        tasks : iterable of Task
            Tasks of dev, test and ood.
        """
        marks: dict[Apart, set[str]] = {level: set() for level in LEVELS}
        questions = set()
        for task in tasks:
            asked = messages_for(Question.of(task), "direct")[1][1]
            questions.add(fingerprint(asked))
            for key in task.polymer_keys:
                for level, mark in marks_of(key).items():
                    marks[level].add(mark)
        return cls({level: frozenset(found) for level, found in marks.items()}, frozenset(questions))

    @classmethod
    def read(cls, folder: Path) -> HeldOut:
        """Read the held-out splits of a suite.

        Parameters
        ----------
        folder : Path
            Folder with ``dev.jsonl``, ``test.jsonl`` and ``ood.jsonl``.

        Raises
        ------
        InputError
            If one is missing.
        """
        missing = [name for name in HELD_OUT if not (folder / f"{name}.jsonl").is_file()]
        if missing:
            raise InputError(
                f"{folder} holds no {', '.join(f'{name}.jsonl' for name in missing)}.",
                hint="Name the folder that `polysmith bench build` wrote: leakage is checked against its splits.",
            )
        return cls.of(task for name in HELD_OUT for task in read_tasks(folder / f"{name}.jsonl"))

    def leak(self, name: str, texts: Iterable[str], keys: Iterable[str] = (), apart: Apart = "parts") -> Leak | None:
        """Look for what is held out in one record, passage or example.

        Parameters
        ----------
        name : str
            Its id.
        texts : iterable of str
            Its texts.
        keys : iterable of str
            Keys of polymers that it states.
        apart : {"key", "family", "parts", "series"}
            The strictest key that counts.

        Returns
        -------
        Leak or None
            The first finding.
        """
        said = list(texts)
        for text in said:
            if fingerprint(text) in self.questions:
                return Leak(name, "question", " ".join(text.split())[:200])
        for key in dict.fromkeys((*keys, *(key for text in said for key in chains_in(text)))):
            marks = marks_of(key)
            for level in LEVELS[: LEVELS.index(apart) + 1]:
                if marks[level] in self.marks[level]:
                    return Leak(name, level, key)
        return None


def record_texts(record: Record) -> list[str]:
    """Return all that a record says: contents of its messages, and arguments of calls."""
    texts = [str(message.get("content") or "") for message in record.messages]
    return texts + [str(call) for message in record.messages for call in message.get("tool_calls", ())]


def find_leaks(records: Iterable[Record], held: HeldOut, *, apart: Apart = "parts") -> Iterator[Leak]:
    """Look for what is held out in records.

    Parameters
    ----------
    records : iterable of Record
        The records.
    held : HeldOut
        What is held out.
    apart : {"key", "family", "parts", "series"}
        The strictest key that counts.

    Yields
    ------
    Leak
        One per record that leaks.
    """
    for record in records:
        if (found := held.leak(record.id, record_texts(record), record.polymer_keys, apart)) is not None:
            yield found


def require_apart(records: Iterable[Record], held: HeldOut, *, apart: Apart = "parts") -> int:
    """Make sure that no record leaks.

    Parameters
    ----------
    records, held, apart
        As for :func:`find_leaks`.

    Returns
    -------
    int
        How many records were looked at.

    Raises
    ------
    LeakError
        If any does; names them.
    """
    count = 0
    leaks: list[Leak] = []
    for record in records:
        count += 1
        leaks += find_leaks([record], held, apart=apart)
    if leaks:
        raise LeakError(tuple(leaks))
    return count


def require_texts_apart(texts: Iterable[tuple[str, str]], held: HeldOut, *, apart: Apart = "parts") -> int:
    """Make sure that no passage of an index, and no example of a prompt, leaks.

    Parameters
    ----------
    texts : iterable of (str, str)
        Id and text.
    held, apart
        As for :func:`find_leaks`.

    Returns
    -------
    int
        How many texts were looked at.

    Raises
    ------
    LeakError
        If any does; names them.
    """
    count = 0
    leaks: list[Leak] = []
    for name, text in texts:
        count += 1
        if (found := held.leak(name, [text], (), apart)) is not None:
            leaks.append(found)
    if leaks:
        raise LeakError(tuple(leaks))
    return count
