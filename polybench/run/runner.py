"""The runner: questions out, predictions kept one by one, so that a run that is killed goes on where it stood."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

import orjson
from pydantic import ValidationError

from polybench.jsonl import explain, read_predictions, to_line
from polybench.prediction import Citation, Mode, Prediction, ToolCall, Usage
from polybench.run.question import Answerer, Question, Reply
from polybench.task import Task
from tools.core.errors import BudgetError, InputError, PolysmithError, SetupError, StateError

PREDICTIONS: Final = "predictions.jsonl"
CACHE: Final = "cache.jsonl"
RUN: Final = "run.json"
LOCK: Final = "lock"
# What a faulty answerer may raise; anything else is a mistake of this program and ends the run.
_FAULTS: Final = (
    PolysmithError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    ArithmeticError,
    AttributeError,
    OSError,
)


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes
    ----------
    done, total : int
        Tasks answered, also in earlier sittings, and tasks in all.
    asked : int
        Tasks asked in this sitting.
    failed : int
        Tasks without answer.
    seconds, eta_s : float
        Time so far, and time to the end at the present pace.
    """

    done: int
    total: int
    asked: int
    failed: int
    seconds: float
    eta_s: float


@dataclass(frozen=True)
class Options:
    """How a run is made.

    Attributes
    ----------
    mode : {"direct", "cot", "rag", "agent"}
        How questions are asked.
    with_knowledge : bool
        Whether knowledge profiles are shown.
    concurrency : int
        Questions that are open at once.
    seed : int
        Kept in every prediction.
    retry_failed : bool
        Ask again what ended in an error in an earlier sitting.
    stop_after : int or None
        Stop after so many questions of this sitting; the run can go on later.
    """

    mode: Mode = "direct"
    with_knowledge: bool = False
    concurrency: int = 1
    seed: int = 0
    retry_failed: bool = False
    stop_after: int | None = None


def run_exam(
    tasks: Iterable[Task],
    answerer: Answerer,
    out: Path,
    options: Options | None = None,
    *,
    progress: Callable[[Progress], None] | None = None,
) -> list[Prediction]:
    """Let someone sit the exam.

    Parameters
    ----------
    tasks : iterable of Task
        The tasks.
    answerer : Answerer
        Who answers.
    out : Path
        Folder for predictions, cache and settings. A folder of an earlier sitting is continued: what is answered
        there is not asked again.
    options : Options, optional
        How the run is made.
    progress : callable, optional
        Called after every answer.

    Returns
    -------
    list of Prediction
        In the order of the tasks, without those that were not reached.

    Raises
    ------
    InputError
        If two tasks have one id, or the settings cannot be used.
    StateError
        If the folder holds a run with other settings, or another process works on it.
    SetupError
        If the answerer cannot be asked at all, as with a wrong key; nothing is kept for the questions that were open.
    """
    chosen = options or Options()
    if chosen.concurrency < 1:
        raise InputError("A run needs at least one question at a time.", hint="Set the concurrency to 1 or more.")
    todo = list(tasks)
    if len({task.id for task in todo}) < len(todo):
        raise InputError("Two tasks have the same id.", hint="Ids are unique.")
    out.mkdir(parents=True, exist_ok=True)
    config = config_hash(answerer, chosen)
    with _held(out):
        _claim(out, answerer, chosen, config)
        known = _earlier(out / PREDICTIONS, retry=chosen.retry_failed)
        wanted = [task for task in todo if task.id not in known]
        if chosen.stop_after is not None:
            wanted = wanted[: chosen.stop_after]
        with Journal(out / PREDICTIONS) as journal, Journal(out / CACHE) as kept:
            cache = Cache(out / CACHE, kept)
            sitting = _Sitting(answerer, chosen, config, journal, cache, len(todo), len(known), progress)
            sitting.paid.update(sitting.key(task) for task in todo if task.id in known)
            asyncio.run(sitting.all(wanted))
        known = _earlier(out / PREDICTIONS, retry=False)
    return [known[task.id] for task in todo if task.id in known]


@contextmanager
def _held(out: Path) -> Iterator[None]:
    """Hold the folder of a run; a second process is refused."""
    with (out / LOCK).open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StateError(f"Another process works on {out}.", hint="Wait for it, or name another folder.") from error
        yield


def config_hash(answerer: Answerer, options: Options) -> str:
    """Hash what decides the answers: who answers, with which settings, asked how."""
    content = {
        "name": answerer.name, "config": dict(answerer.config), "mode": options.mode,
        "with_knowledge": options.with_knowledge, "seed": options.seed,
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _claim(out: Path, answerer: Answerer, options: Options, config: str) -> None:
    """Write the settings into a new folder, and refuse one with other settings."""
    path = out / RUN
    content = {"model": answerer.name, "config_hash": config, "config": dict(answerer.config), "mode": options.mode,
               "with_knowledge": options.with_knowledge, "seed": options.seed}  # fmt: skip
    if path.is_file():
        try:
            earlier = json.loads(path.read_text(encoding="utf-8")).get("config_hash")
        except (json.JSONDecodeError, AttributeError) as error:
            raise StateError(f"{path} cannot be read.", hint="Choose another folder.") from error
        if earlier != config:
            raise StateError(f"{out} holds a run with other settings.", hint="Choose another folder for this run.")
        return
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
    partial.replace(path)


def _earlier(path: Path, *, retry: bool) -> dict[str, Prediction]:
    """Read what an earlier sitting answered; a last line that a kill tore is cut off."""
    if not path.is_file():
        return {}
    mend(path)
    found = read_predictions(path)
    if found.bad:
        raise StateError(f"{path}, line {found.bad[0].line}: {found.bad[0].reason}", hint="Mend the line or remove it.")
    kept = [item for item in found.predictions if not (retry and item.error)]
    if len(kept) < len(found.predictions):
        partial = path.with_name(path.name + ".part")
        partial.write_bytes(b"".join(to_line(item) for item in kept))
        partial.replace(path)
    return {item.id: item for item in kept}


def mend(path: Path) -> None:
    """Cut off what stands after the last line feed of a file: a line that was being written when the run was killed."""
    with path.open("rb+") as handle:
        content = handle.read()
        end = content.rfind(b"\n") + 1
        if end < len(content):
            handle.truncate(end)


class Journal:
    """A file that lines are appended to, each on disk before the next.

    Parameters
    ----------
    path : Path
        The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._handle: IO[bytes] | None = None

    def __enter__(self) -> Journal:
        if self._path.is_file():
            mend(self._path)
        self._handle = self._path.open("ab")
        return self

    def __exit__(self, *_: object) -> None:
        if self._handle is not None:
            self._handle.close()
            self._handle = None

    def append(self, line: bytes) -> None:
        """Write a line and wait until it is on disk."""
        if self._handle is None:
            raise StateError(f"{self._path} is not open.")
        with self._lock:
            self._handle.write(line)
            self._handle.flush()
            os.fsync(self._handle.fileno())


class Cache:
    """Replies by what was asked, so that the same question to the same answerer is asked once.

    Parameters
    ----------
    path : Path
        File of earlier replies.
    journal : Journal
        Where new ones are written.
    """

    def __init__(self, path: Path, journal: Journal) -> None:
        self._journal = journal
        self._found: dict[str, dict[str, Any]] = {}
        for line in path.read_bytes().splitlines() if path.is_file() else ():
            try:
                data = orjson.loads(line)
                self._found[data["key"]] = data["reply"]
            except (orjson.JSONDecodeError, KeyError, TypeError):
                continue  # a cache may lose entries

    @staticmethod
    def key(config: str, question: Question) -> str:
        """Hash a question, without its id, and the settings."""
        content = [config, question.question, question.system, question.context, question.answer_type, question.unit,
                   dict(question.choices), [item.model_dump() for item in question.constraints], question.n_candidates,
                   dict(question.failures)]  # fmt: skip
        return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def get(self, key: str) -> Reply | None:
        """Return a kept reply, or None."""
        data = self._found.get(key)
        if data is None:
            return None
        calls = tuple(ToolCall.model_validate(item) for item in data["tool_calls"])
        usage = Usage.model_validate(data["usage"])
        cited = tuple(Citation.model_validate(item) for item in data["citations"])
        return Reply(data["text"], data["final_answer"], calls, cited, usage, data.get("passages", {}))

    def put(self, key: str, given: Prediction) -> None:
        """Keep a reply, as it was checked."""
        data = {
            "text": given.response, "final_answer": given.final_answer, "passages": given.passages,
            "citations": [item.model_dump() for item in given.citations],
            "tool_calls": [item.model_dump() for item in given.tool_calls], "usage": given.usage.model_dump(),
        }  # fmt: skip
        self._found[key] = data
        self._journal.append(orjson.dumps({"key": key, "reply": data}, option=orjson.OPT_APPEND_NEWLINE, default=str))


class _Sitting:
    """One sitting: asks with bounded concurrency and keeps every answer as it comes."""

    def __init__(
        self, answerer: Answerer, options: Options, config: str, journal: Journal, cache: Cache, total: int, done: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:  # fmt: skip
        self._answerer, self._options, self._config = answerer, options, config
        self._journal, self._cache, self._progress = journal, cache, progress
        self._total, self._done = total, done
        self._asked = self._failed = 0
        self._start = time.monotonic()
        self._stopped = False
        self._problem: SetupError | None = None
        self.paid: set[str] = set()  # questions whose tokens stand with a prediction

    def key(self, task: Task) -> str:
        """Hash what a task asks."""
        return Cache.key(self._config, Question.of(task, with_knowledge=self._options.with_knowledge))

    async def all(self, tasks: list[Task]) -> None:
        """Ask every task."""
        gate = asyncio.Semaphore(self._options.concurrency)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(self._options.concurrency))

        async def one(task: Task) -> None:
            async with gate:
                if not self._stopped:
                    self._keep(await asyncio.to_thread(self._ask, task))

        await asyncio.gather(*(one(task) for task in tasks))
        if self._problem is not None:
            raise self._problem

    def _ask(self, task: Task) -> Prediction | None:
        question = Question.of(task, with_knowledge=self._options.with_knowledge)
        key = self.key(task)
        fields: dict[str, Any] = {
            "id": task.id, "model": self._answerer.name, "mode": self._options.mode, "seed": self._options.seed,
            "config_hash": self._config,
        }  # fmt: skip
        start = time.monotonic()
        try:
            reply = self._cache.get(key)
            if reply is None:
                reply = self._answerer.answer(question)
                checked = _prediction(fields, reply, time.monotonic() - start)
                self._cache.put(key, checked)
                self.paid.add(key)
                return checked
            usage = Usage() if key in self.paid else reply.usage  # paid for by its twin, or before a kill
            self.paid.add(key)
            return _prediction(fields, replace(reply, usage=usage), 0.0)
        except BudgetError:
            self._stopped = True
            return None  # not answered: a later sitting with a new budget asks it
        except SetupError as error:
            self._stopped, self._problem = True, error
            return None  # no question can be answered before that is mended
        except ValidationError as error:
            why = f"malformed reply: {explain(error)}"
        except _FAULTS as error:
            why = f"{type(error).__name__}: {error}"[:500]
        return Prediction.model_validate({**fields, "error": why, "latency_s": time.monotonic() - start})

    def _keep(self, prediction: Prediction | None) -> None:
        if prediction is None:
            return
        self._journal.append(to_line(prediction))
        self._asked += 1
        self._done += 1
        self._failed += bool(prediction.error)
        if self._progress is not None:
            seconds = time.monotonic() - self._start
            left = self._total - self._done
            self._progress(
                Progress(self._done, self._total, self._asked, self._failed, seconds, left * seconds / self._asked)
            )


def _prediction(fields: Mapping[str, Any], reply: Any, seconds: float) -> Prediction:
    """Turn a reply into a prediction; whatever is no reply is refused."""
    if not isinstance(reply, Reply):
        raise TypeError(f"the answerer gave {type(reply).__name__} instead of a Reply")
    if not isinstance(reply.text, str):
        raise TypeError(f"the text of the reply is {type(reply.text).__name__}")
    made = Prediction.model_validate(
        {
            **fields, "response": reply.text, "final_answer": reply.final_answer, "tool_calls": reply.tool_calls,
            "citations": reply.citations, "passages": reply.passages, "usage": reply.usage, "latency_s": seconds,
        }
    )  # fmt: skip
    to_line(made)  # a final answer that JSON cannot hold is found out here
    return made
