"""The parent's side: processes that are kept warm, given one job at a time, and killed when a job must end.

Two designs never share a process: RDKit's molecules may not be read by two threads at once. A job that is killed loses
nothing that matters, for a run keeps its checkpoints and can be resumed by its id.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tools.core import errors
from tools.core.errors import InputError, LimitError, PolysmithError, ToolError

Listener = Callable[[dict[str, Any]], None]
MEMORY_MB: Final = 16_384  # address space, of which numba and memory-mapped indexes take much and use little
LINE: Final = 64 * 2**20  # bytes of one answer at most

_START = (
    "import json, sys; paths, jobs, answers, lifeline = json.loads(sys.argv[1]); sys.path[:0] = paths; "
    "from rdkit import RDLogger; RDLogger.DisableLog('rdApp.*'); "
    "from polysmith.jobs.worker import main; main(jobs, answers, lifeline)"
)


class _Process:
    """One process and the pipes to it."""

    def __init__(self) -> None:
        root = str(Path(__file__).resolve().parents[2])
        paths = [root, *(entry for entry in sys.path if entry)]
        jobs, to_jobs = os.pipe()
        from_answers, answers = os.pipe()
        lifeline, self._lifeline = os.pipe()
        theirs = (jobs, answers, lifeline)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START, json.dumps([paths, *theirs])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=theirs,
            start_new_session=True,
        )
        for descriptor in theirs:
            os.close(descriptor)
        self._jobs = os.fdopen(to_jobs, "w", encoding="utf-8")
        self._answers = os.fdopen(from_answers, "rb")
        self.sound = True  # between jobs, with nothing left unread

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def signal(self) -> None:
        """End the process; whoever reads its answers finds their end."""
        with contextlib.suppress(ProcessLookupError):
            if self.alive:
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        self.signal()
        self._process.wait()
        with contextlib.suppress(OSError):
            self._jobs.close()
        with contextlib.suppress(OSError):
            self._answers.close()
        os.close(self._lifeline)

    def do(self, request: dict[str, Any], on_event: Listener) -> Any:
        self.sound = False
        try:
            self._jobs.write(json.dumps(request) + "\n")
            self._jobs.flush()
        except OSError as error:
            raise ToolError("The process of a job ended before it began.") from error
        while (line := self._answers.readline(LINE)).endswith(b"\n"):
            message = json.loads(line)
            if "event" in message:
                on_event(message["event"])
                continue
            self.sound = True
            if "error" in message:
                raise rebuilt(message["error"])
            return message["result"]
        raise ToolError("The process of a job crashed.", hint="Give another input; a run can be resumed by its id.")


def rebuilt(described: dict[str, Any]) -> PolysmithError:
    """Make an error again from its description.

    Parameters
    ----------
    described : dict
        "type" and "fields".

    Returns
    -------
    PolysmithError
        Of the same class where it is one of the tree, else a ToolError.
    """
    cls = getattr(errors, described["type"], None)
    if not (isinstance(cls, type) and issubclass(cls, PolysmithError)):
        cls = ToolError
    error: PolysmithError = cls.__new__(cls)  # not __init__: its arguments are not those of the instance
    error.__dict__.update(described["fields"])
    error.args = (error.message,)
    return error


class Job:
    """One thing to be done, which any thread may stop.

    Parameters
    ----------
    kind : str
        Of ``polysmith.jobs.kinds.KINDS``.
    arguments : dict
        What JSON can write.
    seconds : float
        Time at most, from when it begins.
    memory_mb : int
        Address space at most, MiB.
    home : str
        State folder that it works in; that of this process if empty.

    Attributes
    ----------
    run_id : str
        Id of the run that it works on, once that is known.
    """

    def __init__(
        self,
        kind: str,
        arguments: dict[str, Any],
        *,
        seconds: float = 3600.0,
        memory_mb: int = MEMORY_MB,
        home: str = "",
    ) -> None:
        self.kind = kind
        self.arguments = arguments
        self.seconds = seconds
        self.memory_mb = memory_mb
        self.home = home
        self.run_id = ""
        self._turn = threading.Condition()
        self._process: _Process | None = None
        self._stopped: PolysmithError | None = None

    def stop(self, reason: PolysmithError | None = None) -> None:
        """Stop the job, whether it waits or runs.

        Parameters
        ----------
        reason : PolysmithError, optional
            What ``Workers.run`` raises then.
        """
        with self._turn:
            if self._stopped is None:
                self._stopped = reason or ToolError("The job was stopped.")
            if self._process is not None:
                self._process.signal()
            self._turn.notify_all()


def _heard(job: Job, event: dict[str, Any], on_event: Listener | None) -> None:
    if event.get("kind") == "begun":
        job.run_id = str(event["run"])
    if on_event is not None:
        on_event(event)


def _marked(job: Job, reason: PolysmithError) -> PolysmithError:
    """Note in the folder of a run that it was stopped, and say how it goes on."""
    from agent.holding import mark_stopped
    from agent.runs import open_run
    from polysmith.config import runs_folder

    if job.run_id:
        reason.hint = f"Continue it with: polysmith run resume {job.run_id}"
        with contextlib.suppress(PolysmithError):  # a folder that is gone is no reason to say less
            mark_stopped(open_run(Path(job.home) / "runs" if job.home else runs_folder(), job.run_id))
    return reason


class Workers:
    """Processes that do jobs, some at once and the others in turn.

    Parameters
    ----------
    at_once : int
        Jobs under way at most.
    """

    def __init__(self, at_once: int = 2) -> None:
        if at_once < 1:
            raise InputError("At least one job must be possible at a time.")
        self._free = at_once
        self._turn = threading.Condition()
        self._idle: list[_Process] = []
        self._jobs: set[Job] = set()
        self._closed = False

    def run(self, job: Job, on_event: Listener | None = None) -> Any:
        """Do a job and wait for it.

        Parameters
        ----------
        job : Job
            The job; it is done once.
        on_event : callable, optional
            Called with every event, in the calling thread.

        Returns
        -------
        object
            Plain data.

        Raises
        ------
        LimitError
            If it took too long.
        ToolError
            If it was stopped or its process crashed.
        PolysmithError
            As the job raised it.
        """
        process = self._begin(job)
        late = LimitError(f"It was stopped after {job.seconds:g} s.")
        timer = threading.Timer(job.seconds, job.stop, [late])
        timer.daemon = True
        timer.start()
        try:
            request = {"kind": job.kind, "arguments": job.arguments, "memory_mb": job.memory_mb, "home": job.home}
            return process.do(request, lambda event: _heard(job, event, on_event))
        except PolysmithError as error:
            if job._stopped is not None:
                raise _marked(job, job._stopped) from error
            raise
        finally:
            timer.cancel()
            self._end(job, process)

    def close(self) -> None:
        """Stop everything; jobs that wait or run end with an error."""
        with self._turn:
            self._closed = True
            jobs, idle, self._idle = list(self._jobs), self._idle, []
        for job in jobs:
            job.stop(ToolError("The server ends."))
        for process in idle:
            process.close()

    def _begin(self, job: Job) -> _Process:
        with self._turn:
            job._turn = self._turn  # one lock for all: to stop a job cannot hit another's process
            self._jobs.add(job)
            self._turn.wait_for(lambda: job._stopped is not None or self._closed or self._free > 0)
            if job._stopped is not None or self._closed:
                self._jobs.discard(job)
                raise job._stopped or ToolError("The server ends.")
            while self._idle and not self._idle[-1].alive:
                self._idle.pop().close()
            job._process = self._idle.pop() if self._idle else _Process()
            self._free -= 1
            return job._process

    def _end(self, job: Job, process: _Process) -> None:
        with self._turn:
            job._process = None
            self._jobs.discard(job)
            self._free += 1
            if process.sound and job._stopped is None and not self._closed:
                self._idle.append(process)
            else:
                process.close()
            self._turn.notify_all()
