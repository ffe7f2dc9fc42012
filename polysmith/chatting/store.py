"""Threads, steps, elements and feedback on this machine's disk: one SQLite file, and a file for each element.

Records are plain dictionaries, as the page's framework writes them, kept whole as JSON beside the columns that are
searched. A record is never moved to another thread: what it says about where it belongs is compared with what is kept.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tools.core.errors import StateError
from tools.core.files import replace_file

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS users (identifier TEXT PRIMARY KEY, id TEXT UNIQUE NOT NULL, made TEXT NOT NULL,
  metadata TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS threads (id TEXT PRIMARY KEY, user_id TEXT, made TEXT NOT NULL, changed TEXT NOT NULL,
  name TEXT, tags TEXT, metadata TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS threads_of ON threads (user_id, changed DESC);
CREATE TABLE IF NOT EXISTS steps (id TEXT PRIMARY KEY, thread_id TEXT NOT NULL REFERENCES threads ON DELETE CASCADE,
  made TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS steps_of ON steps (thread_id, made);
CREATE TABLE IF NOT EXISTS elements (id TEXT PRIMARY KEY, thread_id TEXT NOT NULL REFERENCES threads ON DELETE CASCADE,
  made TEXT NOT NULL, record TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS elements_of ON elements (thread_id, made);
CREATE TABLE IF NOT EXISTS feedback (id TEXT PRIMARY KEY,
  step_id TEXT UNIQUE NOT NULL REFERENCES steps ON DELETE CASCADE, value INTEGER NOT NULL, comment TEXT);
"""
_UNSHARED: Final = ("is_shared", "shared_at")  # threads are not shown to others


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """What the chat keeps.

    Parameters
    ----------
    folder : Path
        Where; made if it is not there.

    Raises
    ------
    StateError
        If it cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._files = folder / "elements"
        self._lock = threading.RLock()
        try:
            self._files.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = folder / "threads.sqlite"
            self._base = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            path.chmod(0o600)
            self._base.row_factory = sqlite3.Row
            self._base.executescript(
                f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; {_TABLES}"
            )
        except (OSError, sqlite3.Error) as error:
            raise StateError(f"The threads in {folder} cannot be opened: {error}") from error

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._base.execute("BEGIN IMMEDIATE")
                yield self._base
                self._base.execute("COMMIT")
            except sqlite3.Error as error:
                raise StateError(f"The chat cannot be kept: {error}") from error
            finally:
                if self._base.in_transaction:
                    self._base.execute("ROLLBACK")

    def _rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        with self._lock:
            return self._base.execute(query, values).fetchall()

    def user(self, identifier: str) -> dict[str, Any] | None:
        """Return a user: "id", "identifier", "made", "metadata"; None if there is no such user."""
        for row in self._rows("SELECT * FROM users WHERE identifier = ?", identifier):
            return {**dict(row), "metadata": json.loads(row["metadata"])}
        return None

    def add_user(self, identifier: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """Add a user, or replace what is kept about one; return the user."""
        with self._writing() as base:
            base.execute(
                "INSERT INTO users VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET metadata = excluded.metadata",
                (identifier, str(uuid.uuid4()), _now(), json.dumps(metadata)),
            )
        found = self.user(identifier)
        assert found is not None
        return found

    def author(self, thread_id: str) -> str:
        """Return the name of a thread's user; empty if there is no such thread, or it has none."""
        query = "SELECT identifier FROM threads JOIN users ON users.id = user_id WHERE threads.id = ?"
        for row in self._rows(query, thread_id):
            return str(row["identifier"])
        return ""

    def put_thread(
        self,
        thread_id: str,
        *,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Make a thread or change it; a thread keeps its user, and metadata are merged (None removes a key)."""
        with self._writing() as base:
            base.execute(
                "INSERT INTO threads VALUES (?, NULL, ?, ?, NULL, NULL, '{}') ON CONFLICT DO NOTHING",
                (thread_id, _now(), _now()),
            )
            row = base.execute("SELECT * FROM threads WHERE id = ?", (thread_id,)).fetchone()
            merged = {**json.loads(row["metadata"]), **(metadata or {})}
            kept = {key: item for key, item in merged.items() if item is not None and key not in _UNSHARED}
            base.execute(
                "UPDATE threads SET user_id = ?, name = ?, tags = ?, metadata = ?, changed = ? WHERE id = ?",
                (
                    row["user_id"] or user_id,
                    row["name"] if name is None else name[:200],
                    row["tags"] if tags is None else json.dumps(tags),
                    json.dumps(kept),
                    _now(),
                    thread_id,
                ),
            )

    def drop_thread(self, thread_id: str) -> None:
        """Remove a thread with all that belongs to it."""
        with self._writing() as base:
            base.execute("DELETE FROM threads WHERE id = ?", (thread_id,))
        shutil.rmtree(self._folder(thread_id), ignore_errors=True)

    def thread(self, thread_id: str) -> dict[str, Any] | None:
        """Return a thread with its steps and elements, as the page wants it; None if there is no such thread."""
        for row in self._rows("SELECT * FROM threads WHERE id = ?", thread_id):
            return {**self._head(row), "steps": self._steps(thread_id), "elements": self._elements(thread_id)}
        return None

    def _head(self, row: sqlite3.Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "createdAt": row["made"],
            "name": row["name"],
            "userId": row["user_id"],
            "userIdentifier": self.author(row["id"]),
            "tags": json.loads(row["tags"] or "[]"),
            "metadata": json.loads(row["metadata"]),
        }

    def _steps(self, thread_id: str) -> list[dict[str, Any]]:
        query = (
            "SELECT steps.id, record, value, comment, feedback.id AS feedback FROM steps "
            "LEFT JOIN feedback ON step_id = steps.id WHERE thread_id = ? ORDER BY made, steps.rowid"
        )
        found = []
        for row in self._rows(query, thread_id):
            step = json.loads(row["record"])
            if row["value"] is not None:
                step["feedback"] = {
                    "id": row["feedback"], "forId": row["id"], "value": row["value"], "comment": row["comment"],
                }  # fmt: skip
            found.append(step)
        return found

    def _elements(self, thread_id: str) -> list[dict[str, Any]]:
        rows = self._rows("SELECT record FROM elements WHERE thread_id = ? ORDER BY made, rowid", thread_id)
        return [json.loads(row["record"]) for row in rows]

    def threads(
        self, user_id: str, *, first: int, after: str | None = None, search: str = "", liked: int | None = None
    ) -> tuple[list[dict[str, Any]], bool]:
        """List a user's threads without their content, the last changed first.

        Parameters
        ----------
        user_id : str
            Id of the user.
        first : int
            How many at most.
        after : str, optional
            Id of the thread after which to go on.
        search : str
            Words that the name or a step must hold.
        liked : int, optional
            Feedback that a step must have had.

        Returns
        -------
        list of dict
            The threads.
        bool
            Whether there are more.
        """
        query, values = "SELECT * FROM threads WHERE user_id = ?", [user_id]
        if search:
            query += (
                " AND (instr(lower(coalesce(name, '')), lower(?)) OR EXISTS (SELECT 1 FROM steps"
                " WHERE thread_id = threads.id AND instr(lower(json_extract(record, '$.output')), lower(?))))"
            )
            values += [search, search]
        if liked is not None:
            query += " AND EXISTS (SELECT 1 FROM feedback JOIN steps ON steps.id = step_id WHERE thread_id = threads.id"
            query += f" AND value = {int(liked)})"
        rows = self._rows(query + " ORDER BY changed DESC, id", *values)
        ids = [row["id"] for row in rows]
        start = ids.index(after) + 1 if after in ids else 0
        page = [{**self._head(row), "steps": [], "elements": []} for row in rows[start : start + max(0, first)]]
        return page, len(rows) > start + len(page)

    def put_step(self, step: dict[str, Any]) -> bool:
        """Keep a step; one that belongs to another thread is not replaced (False)."""
        thread = str(step["threadId"])
        self._known(thread)
        made = str(step.get("createdAt") or _now())
        return self._put("steps", str(step["id"]), thread, made, step)

    def _known(self, thread_id: str) -> None:
        if not self._rows("SELECT 1 FROM threads WHERE id = ?", thread_id):
            self.put_thread(thread_id)

    def _put(self, table: str, key: str, thread_id: str, made: str, record: dict[str, Any]) -> bool:
        query = (
            f"INSERT INTO {table} (id, thread_id, made, record) VALUES (?, ?, ?, ?) "  # noqa: S608  (one of two names)
            "ON CONFLICT (id) DO UPDATE SET record = excluded.record WHERE thread_id = excluded.thread_id"
        )
        with self._writing() as base:
            done = base.execute(query, (key, thread_id, made, json.dumps(record))).rowcount
            base.execute("UPDATE threads SET changed = ? WHERE id = ?", (_now(), thread_id))
        return bool(done)

    def drop_step(self, step_id: str, thread_id: str) -> None:
        """Remove a step of a thread."""
        with self._writing() as base:
            base.execute("DELETE FROM steps WHERE id = ? AND thread_id = ?", (step_id, thread_id))

    def put_element(self, element: dict[str, Any], content: bytes) -> bool:
        """Keep an element and its content; one that belongs to another thread is not replaced (False)."""
        thread, key = str(element["threadId"]), str(uuid.UUID(str(element["id"])))
        self._known(thread)
        kept = {**element, "id": key, "url": f"/polysmith/element/{key}", "chainlitKey": None, "objectKey": key}
        if not self._put("elements", key, thread, _now(), kept):
            return False
        folder = self._folder(thread)
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            replace_file(folder / key, content)
        except OSError as error:
            raise StateError(f"An element of the chat cannot be kept: {error.strerror}.") from error
        return True

    def _folder(self, thread_id: str) -> Path:
        return self._files / uuid.uuid5(uuid.NAMESPACE_OID, thread_id).hex  # whatever the thread is called

    def element(self, element_id: str) -> dict[str, Any] | None:
        """Return the record of an element; None if there is none."""
        for row in self._rows("SELECT record FROM elements WHERE id = ?", element_id):
            found: dict[str, Any] = json.loads(row["record"])
            return found
        return None

    def content(self, element: dict[str, Any]) -> Path:
        """Return the file with an element's content; it may be gone."""
        return self._folder(str(element["threadId"])) / str(element["id"])

    def drop_element(self, element_id: str, thread_id: str) -> None:
        """Remove an element of a thread."""
        with self._writing() as base:
            gone = base.execute("DELETE FROM elements WHERE id = ? AND thread_id = ?", (element_id, thread_id)).rowcount
        if gone:
            with suppress(OSError):
                self.content({"threadId": thread_id, "id": element_id}).unlink()

    def author_of_step(self, step_id: str) -> str:
        """Return the name of the user whose thread a step is in; empty if there is none."""
        for row in self._rows("SELECT thread_id FROM steps WHERE id = ?", step_id):
            return self.author(row["thread_id"])
        return ""

    def put_feedback(self, step_id: str, value: int, comment: str | None) -> str:
        """Keep what a user thinks of a step, in place of what was kept before; return its id."""
        key = str(uuid.uuid4())
        with self._writing() as base:
            base.execute(
                "INSERT INTO feedback VALUES (?, ?, ?, ?) ON CONFLICT (step_id) DO UPDATE SET value = excluded.value, "
                "comment = excluded.comment",
                (key, step_id, int(value), None if comment is None else comment[:4000]),
            )
        return str(self._rows("SELECT id FROM feedback WHERE step_id = ?", step_id)[0]["id"])

    def drop_feedback(self, feedback_id: str, author: str) -> bool:
        """Remove what a user thought of a step; False if it is not that user's."""
        for row in self._rows("SELECT step_id FROM feedback WHERE id = ?", feedback_id):
            if self.author_of_step(row["step_id"]) == author:
                with self._writing() as base:
                    base.execute("DELETE FROM feedback WHERE id = ?", (feedback_id,))
                return True
        return False

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._base.close()
