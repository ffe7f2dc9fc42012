"""Sources of an answer: the exact passage, with the words that were quoted marked in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from agent.evidence import Claim
from agent.report.model import Report
from agent.report.view import passage_numbers, passage_text
from tools.core.evidence import Passage
from tools.core.shown import doi_url, visible


def sources(report: Report) -> list[dict[str, Any]]:
    """Give the sources of a report, in the order of their numbers.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of dict
        Data of ``CitationPanel.jsx``: see ``source``.
    """
    quoted = quotes_of(claim for claim in every_claim(report))
    return [
        source(number, report.ledger.passages[key], quoted.get(key, ()))
        for key, number in passage_numbers(report).items()
    ]


def every_claim(report: Report) -> Iterable[Claim]:
    """Give every sentence of a report.

    Parameters
    ----------
    report : Report
        The report.

    Yields
    ------
    Claim
        Sentences.
    """
    yield from report.summary
    yield from report.explanation.claims
    for answer in report.answers:
        yield from answer.claims
    for finalist in report.finalists:
        yield from (*finalist.findings, *finalist.uncertain)
    yield from (item.claim for item in report.rejected)
    yield from (item.reason for item in report.experiments)


def quotes_of(claims: Iterable[Claim]) -> dict[str, tuple[str, ...]]:
    """Collect what is quoted of each passage.

    Parameters
    ----------
    claims : iterable of Claim
        Sentences.

    Returns
    -------
    dict of str to tuple of str
        Quotes by id of the passage.
    """
    found: dict[str, dict[str, None]] = {}
    for claim in claims:
        for quote in claim.quotes:
            found.setdefault(quote.passage, {})[quote.text] = None
    return {key: tuple(texts) for key, texts in found.items()}


def numbered(passages: Mapping[str, Passage], claims: Iterable[Claim]) -> list[dict[str, Any]]:
    """Give passages in their order with the quotes of some sentences.

    Parameters
    ----------
    passages : mapping of str to Passage
        Passages by id.
    claims : iterable of Claim
        Sentences that quote them.

    Returns
    -------
    list of dict
        As ``sources``.
    """
    quoted = quotes_of(claims)
    return [source(number, item, quoted.get(key, ())) for number, (key, item) in enumerate(passages.items(), 1)]


def source(number: int, passage: Passage, quotes: Iterable[str] = ()) -> dict[str, Any]:
    """Give one source.

    Parameters
    ----------
    number : int
        Its number in the list.
    passage : Passage
        The passage.
    quotes : iterable of str
        What was quoted of it.

    Returns
    -------
    dict
        "number", "id", "title", "where", "link" (empty unless the DOI has the proper form), "year", "collection",
        "licence", "retracted", and "parts": the text in pieces, each with whether it was quoted.
    """
    return {
        "number": number,
        "id": passage.id,
        "title": visible(passage.title),
        "where": visible(passage.reference or passage.doi or passage.url or passage.source),
        "link": doi_url(passage.doi),
        "year": passage.year,
        "collection": visible(passage.source),
        "licence": visible(passage.licence),
        "retracted": passage.retracted,
        "parts": marked(passage_text(passage), quotes),
    }


def marked(text: str, quotes: Iterable[str]) -> list[dict[str, Any]]:
    """Cut a text into pieces that were quoted and pieces that were not.

    Parameters
    ----------
    text : str
        The passage.
    quotes : iterable of str
        Substrings of it; what is not in it is passed over. Quotes may overlap.

    Returns
    -------
    list of dict
        "text" and "quoted"; joined they are the text.
    """
    inside = [False] * len(text)
    for quote in filter(None, quotes):
        start = text.find(quote)
        while start >= 0:
            inside[start : start + len(quote)] = [True] * len(quote)
            start = text.find(quote, start + 1)
    parts: list[dict[str, Any]] = []
    begun = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or inside[place] != inside[begun]:
            parts.append({"text": visible(text[begun:place]), "quoted": inside[begun]})
            begun = place
    return parts
