"""``polysmith serve-agent``: the agent for clients of the chat-completions protocol."""

from __future__ import annotations

import os
import signal
import threading
from typing import Annotated

import typer

from polysmith.cli.output import command, console

_HOST = "127.0.0.1"


def register(group: typer.Typer) -> None:
    """Add the command to a group.

    Parameters
    ----------
    group : Typer
        The commands.
    """
    group.command("serve-agent")(command(serve_agent))


def serve_agent(
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 for any that is free.")] = 8700,
    host: Annotated[
        str, typer.Option("--host", help="Other than this machine only with POLYSMITH_SERVER_KEY set.")
    ] = _HOST,
    at_once: Annotated[int, typer.Option("--at-once", min=1, max=64, help="Runs at the same time.")] = 2,
    waiting: Annotated[int, typer.Option("--waiting", min=0, max=1000, help="Runs that may wait for a turn.")] = 4,
) -> None:
    """Offer the agent as an OpenAI-compatible model (/v1/chat/completions) on this machine, until stopped."""
    from polysmith.agent_server.server import KEY_VARIABLE, AgentServer

    key = os.environ.get(KEY_VARIABLE, "")
    with AgentServer(host=host, port=port, key=key, at_once=at_once, waiting=waiting) as server:

        def stop(number: int, frame: object) -> None:
            threading.Thread(target=server.shutdown).start()  # it waits for the loop that this handler interrupts

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        shown = f"[{host}]" if ":" in host else host
        console(stderr=True).print(
            f"http://{shown}:{server.port}/v1 answers as polysmith, polysmith-design and polysmith-ask; "
            "Ctrl-C stops it.",
            markup=False,
        )
        try:
            server.serve_forever(poll_interval=0.2)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
