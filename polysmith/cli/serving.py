"""``polysmith index serve`` and ``polysmith index mcp``: the search for other programs."""

from __future__ import annotations

import os
import signal
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from polysmith.cli.output import command, console
from tools.core.errors import StateError

if TYPE_CHECKING:
    from index.search import HybridIndex

_HOST = "127.0.0.1"


def register(group: typer.Typer) -> None:
    """Add the commands to a group.

    Parameters
    ----------
    group : Typer
        The ``index`` commands.
    """
    group.command("serve")(command(index_serve))
    group.command("mcp")(command(index_mcp))


def index_serve(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any that is free.")] = 8765,
    host: Annotated[str, typer.Option("--host", help="Other than this machine only with POLYSMITH_TOKEN set.")] = _HOST,
) -> None:
    """Answer searches over HTTP on this machine, until stopped."""
    from index.serve import TOKEN_VARIABLE, SearchServer
    from polysmith import __version__

    retriever = _opened()
    token = os.environ.get(TOKEN_VARIABLE, "")
    with SearchServer(retriever, host=host, port=port, token=token, version=__version__) as server:

        def stop(number: int, frame: object) -> None:
            threading.Thread(target=server.shutdown).start()  # it waits for the loop that this handler interrupts

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        console(stderr=True).print(f"http://{host}:{server.port}/openapi.json tells what is answered; Ctrl-C stops it.")
        try:
            server.serve_forever(poll_interval=0.2)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    retriever.close()


def index_mcp() -> None:
    """Offer the search as tools to a language model's client, over standard input and output (MCP)."""
    from index.mcp import serve_mcp

    retriever = _opened()
    try:
        serve_mcp(retriever)
    finally:
        retriever.close()


def _opened() -> HybridIndex:
    from index.search import HybridIndex
    from polysmith.config import open_retriever

    retriever, problem = open_retriever()
    if not isinstance(retriever, HybridIndex):
        raise StateError(problem or "There is no index to search.", hint="polysmith index info")
    return retriever
