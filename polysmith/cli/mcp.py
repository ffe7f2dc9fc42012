"""``polysmith mcp``: tools and agent for other programs' models."""

from __future__ import annotations

import os
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
    group.command("mcp")(command(mcp))


def mcp(
    http: Annotated[bool, typer.Option("--http", help="By HTTP at /mcp instead of standard input and output.")] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port of --http.")] = 8701,
    host: Annotated[
        str, typer.Option("--host", help="Other than this machine only with POLYSMITH_MCP_KEY set.")
    ] = _HOST,
) -> None:
    """Offer the tools and the agent to a language model's client by the Model Context Protocol, until it leaves."""
    from polysmith.mcp.serving import KEY_VARIABLE, check_address, serve_http, serve_stdio

    if not http:
        serve_stdio()
        return
    key = os.environ.get(KEY_VARIABLE, "")
    check_address(host, key)
    shown = f"[{host}]" if ":" in host else host
    console(stderr=True).print(f"http://{shown}:{port}/mcp is served; Ctrl-C stops it.", markup=False)
    serve_http(host=host, port=port, key=key)
