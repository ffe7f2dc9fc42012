"""Predictions for a whole table: streamed in chunks through killable workers, in order, one answer or error per row.

A chunk is read and predicted in one worker call. If the call runs over its limits, its structures are read one by one,
so that the one that hangs costs its own row only; then the rest is predicted.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any, Final

from polysmith.batch_worker import Answer, describe
from tools.core import sandbox
from tools.core.errors import InputError, LimitError, PolysmithError, ToolError, UnknownNameError
from tools.core.properties import get_property
from tools.core.sheet import Row, Sheet, find_column, open_sheet
from tools.properties.features import Tier

#: Names of the column of structures, best first; then columns of names.
COLUMNS: Final = (
    "smiles", "psmiles", "p_smiles", "polymer_smiles", "repeat_unit", "repeat_unit_smiles", "ru_smiles", "smiles_ru",
    "canonical_smiles", "structure", "polymer", "polymer_name", "name",
)  # fmt: skip
#: Tables up to this many rows are answered by the accurate models unless the caller chooses.
ACCURATE_ROWS: Final = 2000
_CHUNK: Final[dict[Tier, int]] = {"fast": 512, "accurate": 64}
_REMEMBERED = 20_000  # answers kept for rows that repeat a text
_SECONDS_READ = 10.0
_SECONDS_LOAD = 60.0  # to load the models on a busy machine
_SECONDS_ROW: Final[dict[Tier, float]] = {"fast": 0.1, "accurate": 1.0}
_MEMORY_MB = 6144  # of address space; resident memory is a tenth of it
_MOST_KEYS = 1_000_000


@dataclass(frozen=True)
class Job:
    """What is predicted for a table.

    Attributes
    ----------
    sheet : Sheet
        The table.
    column : int
        Place of the structures in it.
    rows : int
        Number of its rows.
    properties : tuple of str
        Property ids.
    tier : {"fast", "accurate"}
        Which form of the models answers.
    """

    sheet: Sheet
    column: int
    rows: int
    properties: tuple[str, ...]
    tier: Tier


@dataclass(frozen=True)
class Record:
    """The answer to one row.

    Attributes
    ----------
    row, line : int
        Row from 1 and line of the file.
    given : str
        The structure or name as written; the line if it is broken.
    smiles, key : str
        Canonical repeat unit and identity; empty if the row failed.
    values : tuple
        (value, lower, upper, in domain) per property of the job.
    error : dict or None
        Keys "type", "code", "message", "hint".
    """

    row: int
    line: int
    given: str
    smiles: str = ""
    key: str = ""
    values: tuple[tuple[float, float, float, bool], ...] = ()
    error: dict[str, str] | None = None


@dataclass
class Tally:
    """How many rows were answered, and why others were not.

    Attributes
    ----------
    rows, answered : int
        Rows written, and those with predictions.
    failed : dict of str to int
        Rows by error code.
    distinct : int
        Different polymers among them, at least; counted up to a million.
    tier : str
        Which form of the models answered.
    properties : tuple of str
        What was predicted.
    resumed : int
        Rows that an earlier, interrupted call had written.
    """

    rows: int = 0
    answered: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    distinct: int = 0
    tier: str = ""
    properties: tuple[str, ...] = ()
    resumed: int = 0
    _keys: set[int] = field(default_factory=set, repr=False)

    def add(self, key: str, code: str) -> None:
        """Count one row by its polymer's key, or by its error code if it failed."""
        self.rows += 1
        if code:
            self.failed[code] = self.failed.get(code, 0) + 1
            return
        self.answered += 1
        if len(self._keys) < _MOST_KEYS:
            self._keys.add(hash(key))
        self.distinct = len(self._keys)

    def as_dict(self) -> dict[str, Any]:
        """Return the counts as plain data."""
        return {
            "rows": self.rows,
            "answered": self.answered,
            "failed": dict(sorted(self.failed.items())),
            "distinct_polymers": self.distinct,
            "tier": self.tier,
            "properties": list(self.properties),
            "resumed_rows": self.resumed,
        }


def open_table(path: Path, column: str = "") -> tuple[Sheet, int]:
    """Open a user's table of polymers.

    Parameters
    ----------
    path : Path
        CSV or text file.
    column : str
        Name or number of the column of structures; found by name when empty.

    Returns
    -------
    Sheet
        The table.
    int
        Place of the structures; in a file without header the column in which ``*`` stands.

    Raises
    ------
    InputError
        If the file cannot be read or has no such column.
    """
    sheet = open_sheet(path, COLUMNS, column)
    place = find_column(sheet, COLUMNS, column)
    if place is None:
        starred = (
            next((i for i, cell in enumerate(row.cells) if "*" in cell), None)
            for row in sheet.rows()
            if row.problem is None
        )
        place = next((found for found in starred if found is not None), 0) if len(sheet.header) > 1 else 0
    return sheet, place


def plan(path: Path, properties: Sequence[str] | None = None, *, tier: Tier | None = None, column: str = "") -> Job:
    """Decide how a table is answered, before anything is computed.

    Parameters
    ----------
    path : Path
        The table.
    properties : sequence of str, optional
        Properties by any name; all models when left out.
    tier : {"fast", "accurate"}, optional
        ``accurate`` up to ``ACCURATE_ROWS`` rows and ``fast`` beyond when left out.
    column : str
        Name or number of the column of structures.

    Returns
    -------
    Job
        What to do.

    Raises
    ------
    InputError
        If the table cannot be read or has no rows.
    UnknownNameError
        If a property is unknown or has no model.
    """
    from tools.properties.predict import available

    sheet, place = open_table(path, column)
    rows = sum(1 for _ in sheet.rows())
    if not rows:
        raise InputError(f"{path} holds no polymers.", hint="Give a CSV with a column smiles, or one polymer a line.")
    known = available()
    wanted = tuple(dict.fromkeys(get_property(name).id for name in properties)) if properties else tuple(known)
    for name in wanted:
        if name not in known:
            raise UnknownNameError(f"There is no model for {name!r}.", hint=f"Models: {', '.join(known)}.")
    chosen: Tier = tier or ("accurate" if rows <= ACCURATE_ROWS else "fast")
    return Job(sheet, place, rows, wanted, chosen)


def answers(job: Job, after: int = 0) -> Iterator[list[Record]]:
    """Answer the rows of a table in order, chunk by chunk.

    Parameters
    ----------
    job : Job
        What to do.
    after : int
        Rows to leave out at the start, because they are answered already.

    Yields
    ------
    list of Record
        The next rows.
    """
    stop, waiting = Event(), deque[_Chunk]()
    memory: OrderedDict[str, Answer] = OrderedDict()
    workers = sandbox.MAX_WORKERS
    with ThreadPoolExecutor(max_workers=workers) as threads:
        try:
            for rows in _chunks((row for row in job.sheet.rows() if row.number > after), _CHUNK[job.tier]):
                waiting.append(_Chunk.start(rows, job, memory, threads, stop))
                if len(waiting) > 2 * workers:
                    yield waiting.popleft().finish(memory)
            while waiting:
                yield waiting.popleft().finish(memory)
        except BaseException:
            stop.set()  # an interrupt must not wait for what the workers still do
            for chunk in waiting:
                chunk.future.cancel()
            sandbox.shutdown()
            raise


def _chunks(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


@dataclass(frozen=True)
class _Chunk:
    """Rows on their way: what is known of them, and the call that will answer the rest."""

    rows: list[Row]
    texts: list[str]
    known: dict[str, Answer]
    wanted: list[str]
    future: Future[list[Answer]]

    @staticmethod
    def start(
        rows: list[Row], job: Job, memory: OrderedDict[str, Answer], threads: ThreadPoolExecutor, stop: Event
    ) -> _Chunk:
        texts = [row.cells[0 if row.problem else job.column].strip() for row in rows]
        sound = [text for text, row in zip(texts, rows, strict=True) if row.problem is None]
        known = {text: memory[text] for text in sound if text in memory}
        wanted = [text for text in dict.fromkeys(sound) if text not in known]
        return _Chunk(rows, texts, known, wanted, threads.submit(_answer, wanted, job, stop))

    def finish(self, memory: OrderedDict[str, Answer]) -> list[Record]:
        found = {**self.known, **dict(zip(self.wanted, self.future.result(), strict=True))}
        for text in found:
            memory[text] = found[text]
            memory.move_to_end(text)
        while len(memory) > _REMEMBERED:
            memory.popitem(last=False)
        return [
            _record(row, text, describe(row.problem) if row.problem else found[text])
            for row, text in zip(self.rows, self.texts, strict=True)
        ]


def _record(row: Row, text: str, answer: Answer) -> Record:
    if answer[0] == "read":
        return Record(row.number, row.line, text, answer[1], answer[2], answer[3])
    error = dict(zip(("type", "code", "message", "hint"), answer[1:], strict=True))
    return Record(row.number, row.line, text, error=error)


def _answer(texts: list[str], job: Job, stop: Event) -> list[Answer]:
    """Answer a chunk in one call, or with more care if that call fails."""
    if not texts or stop.is_set():
        return [("error", "LimitError", "limit", "The run was stopped.", "")] * len(texts)
    try:
        return _call(texts, job)
    except PolysmithError:
        if stop.is_set():
            raise
    read = sandbox.map_each("polysmith.batch_worker:read", texts, seconds_each=_SECONDS_READ)
    found = {
        text: describe(item) if isinstance(item, PolysmithError) else item
        for text, item in zip(texts, read, strict=True)
        if isinstance(item, PolysmithError | tuple)
    }
    rest = [text for text in texts if text not in found]
    try:
        found |= dict(zip(rest, _call(rest, job), strict=True)) if rest else {}
    except ToolError:
        for text in rest:
            try:
                found[text] = _call([text], job)[0]
            except ToolError as error:
                found[text] = describe(error)
    return [found[text] for text in texts]


def _call(texts: list[str], job: Job) -> list[Answer]:
    seconds = _SECONDS_LOAD + _SECONDS_ROW[job.tier] * len(texts)
    try:
        found: list[Answer] = sandbox.run(
            "polysmith.batch_worker:answer", texts, job.properties, job.tier, seconds=seconds, memory_mb=_MEMORY_MB
        )
    except LimitError as error:
        raise LimitError(error.message, hint="Leave this row out.") from error
    return found
