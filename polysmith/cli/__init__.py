"""The command line."""

from __future__ import annotations


def main() -> None:
    """Run the command line; errors end it with a message, a hint and an exit code."""
    from polysmith.cli.app import app

    app()
