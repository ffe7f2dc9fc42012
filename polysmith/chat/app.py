"""The page's handlers: what a browser does becomes a task, and what comes out becomes messages."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import chainlit as cl
from chainlit.input_widget import Select, Slider, Switch
from chainlit.types import ThreadDict

from polysmith.chat import doors, screen
from polysmith.chat.layer import Layer
from polysmith.chatting import profiles
from polysmith.chatting.accounts import LOCAL, Accounts, user_home
from polysmith.chatting.desk import Desk
from polysmith.chatting.launch import Options
from polysmith.chatting.store import Store
from tools.core.errors import InputError, Paused, PolysmithError

OPTIONS = Options.load()
HOME = doors.home()
STORE = Store(HOME / "chat")
DESK = Desk(OPTIONS.at_once)
doors.open_to(OPTIONS, STORE)


@cl.data_layer
def data_layer() -> Layer:
    """Keep threads on this machine."""
    return Layer(STORE)


if OPTIONS.passwords:
    ACCOUNTS = Accounts(HOME)

    @cl.password_auth_callback
    async def sign_in(name: str, password: str) -> cl.User | None:
        """Sign a user in by name and password."""
        right = await asyncio.to_thread(ACCOUNTS.check, name, password)
        return cl.User(identifier=name) if right else None

else:

    @cl.header_auth_callback
    async def known(headers: Any) -> cl.User | None:
        """Take the user whom the proxy names; without a proxy the one user of this machine."""
        name = doors.proxied.get() if OPTIONS.header else LOCAL
        return cl.User(identifier=name) if name else None


@cl.on_app_shutdown
async def shut_down() -> None:
    """Stop all work; runs can be continued."""
    await asyncio.to_thread(DESK.close)


def _home() -> Path:
    user = cl.context.session.user
    if user is None:
        raise InputError("Nobody is signed in.")
    return user_home(HOME, user.identifier)


def _thread() -> str:
    return str(cl.context.session.thread_id)


def _profile() -> profiles.Profile:
    return profiles.profile_of(cl.context.session.chat_profile)


@cl.set_chat_profiles
async def chat_profiles(user: cl.User | None, language: str | None) -> list[cl.ChatProfile]:
    """Offer what a conversation can be for."""
    return [
        cl.ChatProfile(
            name=item.title,
            markdown_description=item.about,
            icon=f"/public/icons/{item.id}.svg",
            default=item is profiles.PROFILES[0],
            starters=[cl.Starter(label=label, message=text) for label, text in item.starters],
        )
        for item in profiles.PROFILES
    ]


async def _panel() -> None:
    made: list[Any] = []
    for given in profiles.widgets(has_model=doors.has_model()):
        kind = {"select": Select, "slider": Slider, "switch": Switch}[given["type"]]
        options = {key: item for key, item in given.items() if key != "type"}
        if (kept := cl.context.session.chat_settings.get(given["id"])) is not None:
            options["initial_value" if kind is Select else "initial"] = kept
        made.append(kind(**options))
    await cl.ChatSettings(made).send()


@cl.on_chat_start
async def start() -> None:
    """Show the settings."""
    await _panel()


@cl.on_settings_update
async def settings_changed(values: dict[str, Any]) -> None:
    """Take over settings; the session holds them."""


@cl.on_chat_resume
async def resume(thread: ThreadDict) -> None:
    """Watch again what is at work, or offer to go on with what was broken off."""
    await _panel()
    run_id = str((thread.get("metadata") or {}).get("run_id", ""))
    cl.user_session.set("run_id", run_id)
    work = DESK.of(thread["id"])
    if work is not None:
        _in_background(_watch_later(work))
    elif run_id:
        _in_background(_come_back(run_id))


def _in_background(task: Any) -> None:
    session: Any = cl.context.session
    session.current_task = asyncio.create_task(_busy(task))


async def _busy(task: Any) -> None:
    """Do something while the page shows its stop button."""
    emitter: Any = cl.context.emitter
    await emitter.task_start()
    try:
        await task
    except PolysmithError as error:
        await screen.fail(error)
    finally:
        await emitter.task_end()


async def _watch_later(work: Any) -> None:
    await asyncio.sleep(screen.SETTLE_SECONDS)  # the page first shows what was kept
    await _watch(work)


async def _come_back(run_id: str) -> None:
    """After a restart of the server: show how far the run got."""
    await asyncio.sleep(screen.SETTLE_SECONDS)
    found = await DESK.quickly({"do": "state", "run_id": run_id}, _home())
    if found["state"] in {"interrupted", "stopped", "new"}:
        await screen.replay(found["events"])
        await screen.controls(run_id, found["state"])
    elif found["state"] == "finished" and not screen.answered(STORE, _thread(), run_id):
        await screen.replay(found["events"])
        shown = {"do": "show", "run_id": run_id, "units": _units()}
        await screen.answer(run_id, await DESK.quickly(shown, _home()))
    elif found["state"] == "paused":
        await _ask_about(run_id)


def _units() -> str:
    return profiles.units_of(cl.context.session.chat_settings)


@cl.on_message
async def message(given: cl.Message) -> None:
    """Answer what was typed, and read what was uploaded."""
    try:
        for file in given.elements or []:
            if file.path:
                asked = {"do": "upload", "path": str(file.path), "name": file.name}
                await screen.say_all(await DESK.quickly(asked, _home()))
        if given.content.strip():
            await _answer(given.content.strip())
    except PolysmithError as error:
        await screen.fail(error)


async def _answer(text: str) -> None:
    profile = _profile().id
    if profile != "design":
        rules = profiles.settings_of(cl.context.session.chat_settings, has_model=doors.has_model()).get("rules", False)
        asked = {"do": profile, "text": text, "rules": rules}
        async with screen.step(profile, text):
            found = await DESK.quickly(asked, _home())
        await screen.say_all(found)
        return
    run_id = str(cl.user_session.get("run_id") or "")
    if run_id:
        state = (await DESK.quickly({"do": "state", "run_id": run_id}, _home()))["state"]
        if state == "paused":
            await _lines(run_id, text)
            return
        if state == "finished":
            found = await DESK.quickly({"do": "follow", "run_id": run_id, "text": text}, _home())
            if found is not None and "said" in found:
                await screen.say_all(found)
                return
            text = text if found is None else found["brief"]
    await _begin(text)


async def _begin(brief: str) -> None:
    settings = profiles.settings_of(cl.context.session.chat_settings, has_model=doors.has_model())
    work = DESK.start(_thread(), {"do": "design", "brief": brief, "settings": settings, "units": _units()}, _home())
    await _watch(work)


async def _watch(work: Any) -> None:
    """Show a work until it ends, and what came of it."""
    run_id = await screen.watch(work, DESK, keep=_keep)
    if work.error is None:
        await screen.answer(run_id, work.result)
    elif isinstance(work.error, Paused):
        await _ask_about(str(work.error.run_id))
    else:
        await screen.fail(work.error)
        if run_id:
            await screen.controls(run_id, "stopped")


def _keep(run_id: str) -> None:
    """Note which run the thread is about, at once: a kill loses nothing."""
    cl.user_session.set("run_id", run_id)
    STORE.put_thread(_thread(), metadata={"run_id": run_id})


async def _ask_about(run_id: str) -> None:
    table = await DESK.quickly({"do": "question", "run_id": run_id}, _home())
    if table is not None:
        await screen.constraint_table(run_id, table)


async def _lines(run_id: str, text: str) -> None:
    if text.casefold().rstrip(".!") in {"ok", "okay", "yes", "go", "confirm"}:
        await _go_on(run_id, True)
        return
    found = await DESK.quickly({"do": "lines", "run_id": run_id, "text": text}, _home())
    if found["table"]["problems"]:
        await screen.constraint_table(run_id, found["table"])
        return
    await screen.constraint_table(run_id, {**found["table"], "state": "confirmed"})
    await _go_on(run_id, found["spec"])


async def _go_on(run_id: str, answer: str | bool | None = None) -> None:
    """Continue a run, with the answer to what it asks."""
    before = (await DESK.quickly({"do": "state", "run_id": run_id}, _home()))["events"]
    arguments = {"do": "resume", "run_id": run_id, "answer": answer, "units": _units()}
    await _watch(DESK.start(_thread(), arguments, _home(), before=before))


@cl.action_callback("polysmith")
async def act(action: cl.Action) -> dict[str, Any]:
    """Do what a button of an element asks for; long things go on in the background."""
    payload = dict(action.payload)
    do, run_id = str(payload.get("do", "")), str(payload.get("run", ""))
    try:
        if do == "spec":
            return await _confirm(run_id, payload)
        if do == "cancel":
            await screen.constraint_table(run_id, {**await _table(run_id), "state": "cancelled"})
            return {"ok": True}
        if do == "continue":
            _free()
            await screen.controls(run_id, "continued")
            _in_background(_go_on(run_id))
            return {"ok": True}
        if do == "say":
            _free()
            text = str(payload.get("text", ""))[:4000]
            await cl.Message(content=text, type="user_message").send()
            _in_background(_answer(text))
            return {"ok": True}
        found = await DESK.quickly({"do": "act", "payload": payload}, _home())
        if found is not None:
            await screen.say_all(found)
    except PolysmithError as error:
        return {"ok": False, "error": str(error)}
    return {"ok": True}


def _free() -> None:
    if DESK.of(_thread()) is not None:
        raise InputError("This conversation is still at work.", hint="Wait for it, or stop it first.")


async def _table(run_id: str) -> dict[str, Any]:
    found = await DESK.quickly({"do": "question", "run_id": run_id}, _home())
    if found is None:
        raise InputError("This was answered before.")
    return dict(found)


async def _confirm(run_id: str, payload: dict[str, Any]) -> dict[str, Any]:
    _free()
    asked = await _table(run_id)
    answer: str | bool = True
    if asked["editable"]:
        found = await DESK.quickly({"do": "edit", "run_id": run_id, "rows": payload.get("rows")}, _home())
        if found["messages"]:
            return {"ok": False, "messages": found["messages"]}
        asked, answer = found["table"], found["spec"]
    await screen.constraint_table(run_id, {**asked, "state": "confirmed"})
    _in_background(_go_on(run_id, answer))
    return {"ok": True}


@cl.on_stop
async def stop() -> None:
    """Stop the work of this thread, with everything that computes for it."""
    work = DESK.of(_thread())
    if work is not None and DESK.stop(_thread()) and work.job.run_id:
        await screen.replay(work.events)
        await screen.controls(work.job.run_id, "stopped")
