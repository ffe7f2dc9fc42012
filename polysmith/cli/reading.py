"""The search, ask and index commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from polysmith.cli.output import console, emit_json
from polysmith.config import index_folder
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
        if item.retracted:
            out.print("   RETRACTED: this paper was withdrawn from the literature.", style="bold red", markup=False)
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
    if reply.general:
        out.print(f"General knowledge of {reply.model}, without a source and not checked:", style="bold", markup=False)
        for sentence in reply.general:
            out.print(f"- {sentence}", markup=False)
    for claim in reply.claims:
        out.print(f"- {claim.text}", markup=False)
        for key in claim.values:
            value = reply.ledger.values.get(key)
            if value is not None:
                out.print(f"    {value.kind}: {value.source}", style="dim", markup=False)
        for quote in claim.quotes:
            passage = reply.ledger.passages[quote.passage]
            where = passage.reference or passage.doi or passage.source
            out.print(f"    quoted from {passage.title}. {where}", style="dim", markup=False)
            if quote.text not in claim.text:
                out.print(f"      “{quote.text}”", style="dim", markup=False)
    if reply.removed:
        out.print(f"Removed because nothing bore it out: {reply.removed}.", style="dim", markup=False)
    if reply.set_aside:
        told = f"{reply.set_aside} sentences were addressed to the reader and were not quoted."
        out.print(told, style="dim", markup=False)
    if reply.model_problem:
        out.print(f"The language model could not help to the end: {reply.model_problem}", style="dim", markup=False)


def run_index_info(*, as_json: bool) -> None:
    """Print what the indexes hold.

    Parameters
    ----------
    as_json : bool
        Print JSON.
    """
    from index.shard import read_manifest
    from index.shipped import open_shipped

    shipped, folder = open_shipped(), index_folder()
    facts: dict[str, object] = {
        "shipped": {"documents": shipped.document_count, "passages": shipped.passage_count},
        "yours": read_manifest(folder).model_dump(mode="json") if folder.is_dir() else {},
    }
    if as_json:
        emit_json(facts)
        return
    out = console()
    out.print(f"Shipped notes and cards: {shipped.document_count} documents, {shipped.passage_count} passages.")
    if folder.is_dir():
        mine = read_manifest(folder)
        out.print(f"Your own in {folder}: {mine.documents} documents, {mine.passages} passages.", soft_wrap=True)
    else:
        out.print("You have added no papers yet: polysmith index add <papers.jsonl or folder>")
