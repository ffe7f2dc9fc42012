"""The search, ask and index commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from polysmith.cli.output import console, emit_json
from tools.core.evidence import Passage

if TYPE_CHECKING:
    from agent.ask import Reply


def show_passages(passages: Sequence[Passage]) -> None:
    """Print passages.

    Parameters
    ----------
    passages : sequence of Passage
        Best first.
    """
    out = console()
    if not passages:
        out.print("Nothing was found.")
    for number, item in enumerate(passages, 1):
        out.print(f"{number}. {item.title}", style="bold", markup=False)
        where = item.reference or item.doi or item.url or item.source
        out.print(f"   {where}  ({item.id}, characters {item.start} to {item.end})", style="dim", markup=False)
        out.print(f"   {item.text}\n", markup=False)


def show_reply(reply: Reply) -> None:
    """Print an answer with its sources.

    Parameters
    ----------
    reply : Reply
        The answer.
    """
    out = console()
    if reply.declined:
        out.print(reply.declined, markup=False)
    for claim in reply.claims:
        out.print(f"- {claim.text}", markup=False)
        for key in claim.values:
            value = reply.ledger.values[key]
            out.print(f"    {value.kind}: {value.source}", style="dim", markup=False)
        for quote in claim.quotes:
            passage = reply.ledger.passages[quote.passage]
            where = passage.reference or passage.doi or passage.source
            out.print(f"    quoted from {passage.title}. {where}", style="dim", markup=False)


def run_index_add(path: Path, *, as_json: bool) -> None:
    """Add papers to the user's index.

    Parameters
    ----------
    path : Path
        JSONL file or folder.
    as_json : bool
        Print JSON.
    """
    from index.add import add_documents

    from agent.settings import home

    with console(stderr=True).status(f"reading {path}"):
        report = add_documents(path, home() / "index")
    if as_json:
        emit_json(report.model_dump(mode="json"))
        return
    console().print(report.summary(), markup=False)


def run_index_info(*, as_json: bool) -> None:
    """Print what the index holds.

    Parameters
    ----------
    as_json : bool
        Print JSON.
    """
    from index.open import describe_default

    from agent.settings import home

    facts = describe_default(home() / "index")
    if as_json:
        emit_json(facts)
    else:
        for name, text in facts.items():
            console().print(f"{name}: {text}", markup=False)
