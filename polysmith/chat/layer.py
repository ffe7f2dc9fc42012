"""Chainlit's data layer over ``polysmith.chatting.store``: whose record it is, is checked here."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from chainlit.context import context
from chainlit.data.base import BaseDataLayer
from chainlit.data.utils import queue_until_user_message
from chainlit.types import Feedback, PageInfo, PaginatedResponse, Pagination, ThreadDict, ThreadFilter
from chainlit.user import PersistedUser, User

from polysmith.chatting.store import Store
from tools.core.errors import InputError

asking: ContextVar[str] = ContextVar("asking", default="")  # name of the user whose HTTP request is answered


def _session_user() -> str:
    user = context.session.user
    return user.identifier if user is not None else ""


class Layer(BaseDataLayer):
    """Keeps what the page shows.

    Parameters
    ----------
    store : Store
        Where.
    """

    def __init__(self, store: Store) -> None:
        self.store = store

    def _mine(self, thread_id: str) -> None:
        author = self.store.author(thread_id)
        if author and author != _session_user():
            raise InputError("This belongs to a thread of another user.")

    async def get_user(self, identifier: str) -> PersistedUser | None:
        """Return a user."""
        found = self.store.user(identifier)
        return None if found is None else _persisted(found)

    async def create_user(self, user: User) -> PersistedUser | None:
        """Add a user."""
        return _persisted(self.store.add_user(user.identifier, user.metadata))

    async def upsert_feedback(self, feedback: Feedback) -> str:
        """Keep what the user who asks thinks of a step in a thread of their own."""
        if not asking.get() or self.store.author_of_step(feedback.forId) != asking.get():
            raise InputError("There is no such message.")
        return self.store.put_feedback(feedback.forId, feedback.value, feedback.comment)

    async def delete_feedback(self, feedback_id: str) -> bool:
        """Remove what the user who asks thought of a step."""
        return self.store.drop_feedback(feedback_id, asking.get())

    @queue_until_user_message()
    async def create_element(self, element: Any) -> None:
        """Keep an element of the session's thread."""
        if not element.for_id and element.type != "tasklist":
            return
        self._mine(element.thread_id)
        if element.path:
            content = await asyncio.to_thread(Path(element.path).read_bytes)
        else:
            content = element.content.encode() if isinstance(element.content, str) else element.content or b""
        record = element.to_dict()
        if not self.store.put_element({**record, "mime": record.get("mime") or "application/octet-stream"}, content):
            raise InputError("This element belongs to another thread.")

    async def get_element(self, thread_id: str, element_id: str) -> Any:
        """Return an element of a thread; Chainlit has checked whose thread it is."""
        found = self.store.element(element_id)
        return found if found is not None and found["threadId"] == thread_id else None

    @queue_until_user_message()
    async def delete_element(self, element_id: str, thread_id: str | None = None) -> None:
        """Remove an element of the session's thread."""
        if thread_id:
            self._mine(thread_id)
            self.store.drop_element(element_id, thread_id)

    @queue_until_user_message()
    async def create_step(self, step_dict: Any) -> None:
        """Keep a step of the session's thread."""
        self._mine(step_dict["threadId"])
        if not self.store.put_step(dict(step_dict)):
            raise InputError("This message belongs to another thread.")

    @queue_until_user_message()
    async def update_step(self, step_dict: Any) -> None:
        """Keep a changed step of the session's thread."""
        await self.create_step(step_dict)

    @queue_until_user_message()
    async def delete_step(self, step_id: str) -> None:
        """Remove a step of the session's thread."""
        self._mine(context.session.thread_id)
        self.store.drop_step(step_id, context.session.thread_id)

    async def get_thread_author(self, thread_id: str) -> str:
        """Return the name of a thread's user."""
        return self.store.author(thread_id)

    async def delete_thread(self, thread_id: str) -> None:
        """Remove a thread; Chainlit has checked whose it is."""
        self.store.drop_thread(thread_id)

    async def list_threads(self, pagination: Pagination, filters: ThreadFilter) -> PaginatedResponse[ThreadDict]:
        """List the threads of a user."""
        if not filters.userId:
            raise InputError("Whose threads?")
        page, more = self.store.threads(
            filters.userId,
            first=min(pagination.first, 100),
            after=pagination.cursor,
            search=filters.search or "",
            liked=filters.feedback,
        )
        ends = (page[0]["id"], page[-1]["id"]) if page else (None, None)
        data: Any = page
        return PaginatedResponse(pageInfo=PageInfo(hasNextPage=more, startCursor=ends[0], endCursor=ends[1]), data=data)

    async def get_thread(self, thread_id: str) -> ThreadDict | None:
        """Return a thread with all that it holds."""
        found: Any = self.store.thread(thread_id)
        return found

    async def update_thread(
        self,
        thread_id: str,
        name: str | None = None,
        user_id: str | None = None,
        metadata: dict[str, Any] | None = None,
        tags: list[str] | None = None,
    ) -> None:
        """Make or change a thread."""
        self.store.put_thread(thread_id, name=name, user_id=user_id, metadata=metadata, tags=tags)

    async def build_debug_url(self) -> str:
        """Return nothing: there is no debugger."""
        return ""

    async def get_favorite_steps(self, user_id: str) -> list[Any]:
        """Return nothing: there are no favourites."""
        return []

    async def close(self) -> None:
        """Close the store."""
        self.store.close()


def _persisted(found: dict[str, Any]) -> PersistedUser:
    return PersistedUser(
        id=found["id"], createdAt=found["made"], identifier=found["identifier"], metadata=found["metadata"]
    )
