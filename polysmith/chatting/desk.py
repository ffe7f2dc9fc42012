"""Work under way for threads of the chat: it goes on whether or not a page is open, and any page can watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from polysmith.jobs.process import Job, Workers
from tools.core.errors import LimitError, PolysmithError, StateError, Stopped

RUN_SECONDS: Final = 4 * 3600.0
QUICK_SECONDS: Final = 180.0
MOST: Final = 64  # works under way and waiting


class Work:
    """One job of a thread.

    Parameters
    ----------
    thread : str
        Id of the thread.
    job : Job
        The job.
    before : iterable of dict
        Events of the same run from before, so that a page shows all of it.

    Attributes
    ----------
    events : list of dict
        What has happened.
    ended : bool
        Whether it is over.
    result : object
        What came out; None until it has ended well.
    error : PolysmithError or None
        Why nothing came out.
    """

    def __init__(self, thread: str, job: Job, before: Iterable[dict[str, Any]] = ()) -> None:
        self.thread = thread
        self.job = job
        self.events = list(before)
        self.ended = False
        self.result: Any = None
        self.error: PolysmithError | None = None
        self._news = asyncio.Event()

    def tell(self, event: dict[str, Any]) -> None:
        """Add an event; only from the loop's own thread."""
        self.events.append(event)
        self._wake()

    def end(self, result: Any, error: PolysmithError | None) -> None:
        """Note how it ended; only from the loop's own thread."""
        self.ended, self.result, self.error = True, result, error
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Give the events from the first one on, and wait for more until it has ended.

        Yields
        ------
        dict
            Events.
        """
        at = 0
        while True:
            news = self._news
            while at < len(self.events):
                at += 1
                yield self.events[at - 1]
            if self.ended:
                return
            await news.wait()


class Desk:
    """Starts, finds and stops the work of threads.

    Parameters
    ----------
    at_once : int
        Designs under way at most; others wait their turn. Short questions have workers of their own.
    """

    def __init__(self, at_once: int = 2) -> None:
        self._long, self._quick = Workers(at_once), Workers(2)
        self._threads = ThreadPoolExecutor(max_workers=2 * MOST, thread_name_prefix="desk")
        self._works: dict[str, Work] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def of(self, thread: str) -> Work | None:
        """Return the work of a thread that has not ended."""
        found = self._works.get(thread)
        return found if found is not None and not found.ended else None

    def ahead(self, work: Work) -> int:
        """Return how many designs wait or run that were asked for before this one."""
        others = list(self._works.values())
        return sum(not item.ended for item in others[: others.index(work)]) if work in others else 0

    def start(
        self, thread: str, arguments: dict[str, Any], home: Path, *, before: Iterable[dict[str, Any]] = ()
    ) -> Work:
        """Begin the work of a thread.

        Parameters
        ----------
        thread : str
            Id of the thread; it has one work at a time.
        arguments : dict
            As for ``polysmith.chatting.work.do``.
        home : Path
            State folder of the user.
        before : iterable of dict
            Events of the same run from before.

        Returns
        -------
        Work
            To be followed.

        Raises
        ------
        StateError
            If the thread is at work already.
        LimitError
            If too much is under way.
        """
        if self.of(thread) is not None:
            raise StateError("This conversation is still at work.", hint="Wait for it, or stop it first.")
        if sum(not item.ended for item in self._works.values()) >= MOST:
            raise LimitError("Too many designs are under way.", hint="Try again in some minutes.")
        job = Job("chat", arguments, seconds=RUN_SECONDS, home=str(home))
        job.run_id = str(arguments.get("run_id", ""))
        work = Work(thread, job, before)
        self._works.pop(thread, None)
        self._works[thread] = work
        task = asyncio.create_task(self._do(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return work

    async def _do(self, work: Work) -> None:
        loop = asyncio.get_running_loop()

        def told(event: dict[str, Any]) -> None:
            loop.call_soon_threadsafe(work.tell, event)

        try:
            work.end(await loop.run_in_executor(self._threads, self._long.run, work.job, told), None)
        except PolysmithError as error:
            work.end(None, error)
        finally:
            if not work.ended:
                work.end(None, StateError("The work ended in a way that was not foreseen.", hint="Please report it."))

    async def quickly(self, arguments: dict[str, Any], home: Path) -> Any:
        """Do something short and wait for it.

        Parameters
        ----------
        arguments : dict
            As for ``polysmith.chatting.work.do``.
        home : Path
            State folder of the user.

        Returns
        -------
        object
            What comes out.

        Raises
        ------
        PolysmithError
            As the job raised it.
        """
        job = Job("chat", arguments, seconds=QUICK_SECONDS, home=str(home))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, self._quick.run, job)
        except asyncio.CancelledError:
            job.stop()
            raise

    def stop(self, thread: str) -> bool:
        """Stop the work of a thread, with all processes that compute for it.

        Parameters
        ----------
        thread : str
            Id of the thread.

        Returns
        -------
        bool
            False if it is not at work.
        """
        work = self.of(thread)
        if work is None:
            return False
        work.job.stop(Stopped("The run was stopped.", run_id=work.job.run_id))
        return True

    def close(self) -> None:
        """Stop everything."""
        self._long.close()
        self._quick.close()
        self._threads.shutdown(wait=False, cancel_futures=True)
