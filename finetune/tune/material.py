"""What a recipe learns from: tasks, further records, general ones and tool calls, in the shares that it names."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.records.from_tasks import task_records
from finetune.records.record import Record, read_records
from finetune.tune.marked import training_tasks
from finetune.tune.settings import Data
from polybench.builders.split import share_of
from tools.core.errors import InputError

_MOST_GUARDS = 6000  # general records that are made; where more are wanted they are drawn again


@dataclass(frozen=True)
class Material:
    """Records to learn from, and those that are held out.

    Attributes
    ----------
    train, held_out : tuple of Record
        No polymer of ``held_out`` stands in ``train``.
    dropped : int
        Records left out because they speak of polymers of both.
    """

    train: tuple[Record, ...]
    held_out: tuple[Record, ...]
    dropped: int


def gather(data: Data, make_guards: Callable[[int], Sequence[Record]], seed: int) -> Material:
    """Gather what a recipe learns from.

    Parameters
    ----------
    data : Data
        Settings.
    make_guards : callable
        Makes so many general records, those with tool calls among them; they are taken by their shares, and drawn again
        where there are fewer.
    seed : int
        Of every draw.

    Returns
    -------
    Material
        Shuffled.

    Raises
    ------
    InputError
        If nothing is left to learn from, or a share is asked of records that are not there.
    """
    own = list(task_records(training_tasks(data.tasks, data.limit, seed), seed=seed))
    for name in data.records:
        own += read_records(Path(name))
    train, held_out, dropped = held_apart(own, data.held_out, seed)
    if not train:
        raise InputError("There is nothing to learn from.", hint="Name data.tasks or data.records, or lower held_out.")
    wanted = len(train) * (data.general + data.tools) / (1.0 - data.general - data.tools)
    guards = make_guards(min(_MOST_GUARDS, 4 * round(wanted))) if wanted else []
    train += guarding(guards, len(train), data, seed)
    random.Random(f"{seed}|order").shuffle(train)
    return Material(tuple(train), tuple(held_out), dropped)


def held_apart(records: Iterable[Record], share: float, seed: int) -> tuple[list[Record], list[Record], int]:
    """Hold out the records of some polymers.

    Parameters
    ----------
    records : iterable of Record
        Records.
    share : float
        Share of the polymers that is held out.
    seed : int
        Which.

    Returns
    -------
    train, held_out : list of Record
        Without a polymer in common.
    dropped : int
        Records with polymers of both.
    """
    train: list[Record] = []
    held: list[Record] = []
    dropped = 0
    for record in records:
        out = [share_of(f"{seed}|held|{key}") < share for key in record.polymer_keys or (record.task or record.id,)]
        if all(out):
            held.append(record)
        elif any(out):
            dropped += 1
        else:
            train.append(record)
    return train, held, dropped


def guarding(guards: Sequence[Record], count: int, data: Data, seed: int) -> list[Record]:
    """Draw records that guard abilities, so that they make up their shares of the whole.

    Parameters
    ----------
    guards : sequence of Record
        Those with tools count as tool calls, the others as general.
    count : int
        Number of the other records.
    data : Data
        Shares.
    seed : int
        Of the draw.

    Returns
    -------
    list of Record
        Drawn without repeats as far as they go.

    Raises
    ------
    InputError
        If a share is asked of records that are not there.
    """
    whole = count / (1.0 - data.general - data.tools)
    found: list[Record] = []
    for name, share in (("general", data.general), ("tools", data.tools)):
        there = [record for record in guards if bool(record.tools) == (name == "tools")]
        wanted = round(whole * share)
        if wanted and not there:
            raise InputError(f"There are no records for data.{name}.", hint=f"Set data.{name} to 0.")
        found += list(_drawn(there, wanted, f"{seed}|{name}"))
    return found


def _drawn(records: Sequence[Record], count: int, seed: str) -> Iterator[Record]:
    rng = random.Random(seed)
    while count > 0:
        part = rng.sample(list(records), min(count, len(records)))
        yield from part
        count -= len(part)
