"""``polysmith chat``: the page in a browser, and who may sign in."""

from __future__ import annotations

import signal
import subprocess
import webbrowser
from typing import Annotated

import typer

from polysmith.cli.output import command, console
from tools.core.errors import InputError, ToolError

chat_app = typer.Typer(help="Open the chat in a browser.", invoke_without_command=True)
users_app = typer.Typer(no_args_is_help=True, help="Who may sign in to the chat.")
chat_app.add_typer(users_app, name="users")


def register(group: typer.Typer) -> None:
    """Add the commands to a group.

    Parameters
    ----------
    group : Typer
        The commands.
    """
    group.add_typer(chat_app, name="chat")


@chat_app.callback()
@command
def chat(
    context: typer.Context,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port.")] = 8000,
    host: Annotated[
        str, typer.Option("--host", help="Other than this machine only with --auth or --header.")
    ] = "127.0.0.1",
    auth: Annotated[bool, typer.Option("--auth", help="Users sign in: polysmith chat users add NAME.")] = False,
    header: Annotated[
        str, typer.Option("--header", help="Header in which a proxy names the user, such as X-Forwarded-User.")
    ] = "",
    proxy: Annotated[str, typer.Option("--proxy", help="Address of that proxy; from others it is not believed.")] = "",
    name: Annotated[
        list[str] | None, typer.Option("--name", help="Name by which browsers reach this server; may be repeated.")
    ] = None,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=64, help="Runs at the same time.")] = 2,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open it in a browser.")] = True,
) -> None:
    """Open the chat: on this machine alone, until stopped."""
    if context.invoked_subcommand is not None:
        return
    from agent.settings import home
    from polysmith.chatting.launch import Options, address, checked, command, environment, lay_out, log_file, ready

    names = tuple(item.casefold() for item in name or [])
    options = checked(Options(host, port, auth, header, proxy, (*names, host.casefold()), at_once), home())
    state = home().absolute()
    root = lay_out(state)
    with log_file(state).open("ab") as log:
        server = subprocess.Popen(
            command(), env=environment(options, state, root), cwd=root, stdout=log, stderr=subprocess.STDOUT
        )
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        if not ready(options, lambda: server.poll() is None):
            raise ToolError(
                f"The chat did not start at port {port}.", hint="Is the port taken? Choose another: --port."
            )
        console(stderr=True).print(f"Polysmith's chat is at {address(options)}; Ctrl-C stops it.", markup=False)
        if browser:
            webbrowser.open(address(options))
        server.wait()
    except KeyboardInterrupt:
        pass
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()


@users_app.command("add")
@command
def users_add(name: Annotated[str, typer.Argument(help="Name, in lower-case letters and digits.")]) -> None:
    """Add a user, or give one a new password; it is asked for."""
    from agent.settings import home
    from polysmith.chatting.accounts import Accounts

    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    Accounts(home()).add(name, password)
    console(stderr=True).print(f"{name} can sign in.", markup=False)


@users_app.command("remove")
@command
def users_remove(name: Annotated[str, typer.Argument(help="Name.")]) -> None:
    """Remove a user; threads and runs stay on the disk."""
    from agent.settings import home
    from polysmith.chatting.accounts import Accounts

    Accounts(home()).remove(name)
    console(stderr=True).print(f"{name} cannot sign in any more.", markup=False)


@users_app.command("list")
@command
def users_list() -> None:
    """List who may sign in."""
    from agent.settings import home
    from polysmith.chatting.accounts import Accounts

    names = Accounts(home()).names()
    if not names:
        raise InputError("Nobody can sign in.", hint="Add a user with: polysmith chat users add NAME")
    console().print("\n".join(names), markup=False)
