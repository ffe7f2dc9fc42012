"""Reports and replies in short: Markdown for people who talk to a server, plain data for programs.

Whatever comes from a document, a name or a brief is written so that no Markdown in it takes effect: an image in a
quoted passage would otherwise be fetched by whoever shows the answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.numbers import show_value
from agent.report.markdown import table
from agent.report.view import (
    VERDICTS,
    derived_text,
    passage_numbers,
    spec_rows,
    title_of,
    value_text,
)
from tools.core.evidence import Passage
from tools.core.shown import code
from tools.core.shown import markdown as md

if TYPE_CHECKING:
    from agent.ask import Reply
    from agent.evidence import Claim
    from agent.report.model import Finalist, Report
    from tools.core.spec import DesignSpec


def _where(passage: Passage) -> str:
    return md(passage.reference or passage.doi or passage.url or passage.source)


def _claim(claim: Claim, numbers: dict[str, int]) -> str:
    tags = dict.fromkeys([*claim.values, *(str(numbers[quote.passage]) for quote in claim.quotes)])
    return f"{md(claim.text)} [{', '.join(tags)}]" if tags else md(claim.text)


def _known(report: Report) -> list[str]:
    numbers = passage_numbers(report)
    quoted = [claim for answer in report.answers for claim in answer.claims if claim.quotes]
    return (
        ["### From the literature", "", *(f"- {_claim(claim, numbers)}" for claim in quoted[:6]), ""] if quoted else []
    )


def _passages(report: Report) -> list[str]:
    numbers = passage_numbers(report)
    found = [f"[{numbers[key]}] {md(item.title)}. {_where(item)}  " for key, item in report.ledger.passages.items()]
    return ["### Sources", "", *found, ""] if found else []


def _understood(report: Report) -> list[str]:
    rows = [(md(row["requirement"]), row["strength"], md(row["words"])) for row in spec_rows(report)]
    lines = (
        ["### The brief, as understood", "", *table(["requirement", "strength", "your words"], rows)] if rows else []
    )
    for title, items in (
        (
            "Not understood, and so not considered",
            [f"“{md(item.text)}”: {md(item.reason)}" for item in report.spec.not_understood],
        ),
        ("Assumed", [md(item) for item in report.spec.assumptions]),
        ("Problems", [md(item) for item in report.spec.problems]),
    ):
        if items:
            lines += [f"{title}:", "", *(f"- {item}" for item in items), ""]
    return lines


def _ranking(report: Report) -> list[str]:
    if not report.finalists:
        return []
    names = [check.requirement for check in report.finalists[0].checks if check.property]
    rows = []
    for finalist in report.finalists:
        cells = [value_text(report, check.value) for check in finalist.checks if check.property]
        chance = derived_text(report, finalist.chance)
        rows.append((finalist.rank, md(title_of(finalist)), code(finalist.smiles), chance, *cells))
    head = ["#", "name", "repeat unit", "chance to meet all", *(md(name) for name in names)]
    return ["### Ranked candidates", "", *table(head, rows)]


def _details(report: Report, finalist: Finalist) -> list[str]:
    lines = []
    if finalist.routes:
        route = finalist.routes[0]
        monomers = " + ".join(item.name or item.smiles for item in route.monomers)
        lines.append(f"- {finalist.rank}. {md(route.mechanism)}: {md(monomers)}")
    numbers = passage_numbers(report)
    lines += [f"- {finalist.rank}. {_claim(claim, numbers)}" for claim in finalist.uncertain[:2]]
    return lines


def report_markdown(report: Report) -> str:
    """Write what an answer in a conversation needs: verdict, table, routes, doubts, sources and the id of the run.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        Markdown. Ids in brackets such as [V3] are those of the whole report.
    """
    lines = [f"**{VERDICTS[report.verdict]}**", ""]
    numbers = passage_numbers(report)
    lines += [*(f"- {_claim(claim, numbers)}" for claim in report.summary), ""]
    lines += [*_ranking(report), *_understood(report)]
    details = [line for finalist in report.finalists for line in _details(report, finalist)]
    if details:
        lines += ["### How they would be made, and what is uncertain", "", *details, ""]
    lines += [*_known(report), *_passages(report)]
    check = report.verification
    lines += [
        f"{check.claims} sentences and {check.quotes} quotes were checked; {check.removed} were removed. Run "
        f"`{report.run_id}`; the whole report: `polysmith run show {report.run_id}`."
    ]
    return "\n".join(lines).strip() + "\n"


def report_data(report: Report) -> dict[str, Any]:
    """Give what a program needs of a report.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict
        Plain data; the whole report is ``run.json`` in the run's folder.
    """
    ledger = report.ledger
    return {
        "run_id": report.run_id,
        "verdict": report.verdict,
        "summary": [claim.text for claim in report.summary],
        "requirements": spec_rows(report),
        "not_understood": [item.model_dump(mode="json") for item in report.spec.not_understood],
        "assumptions": list(report.spec.assumptions),
        "problems": list(report.spec.problems),
        "finalists": [
            {
                "rank": item.rank,
                "name": item.name,
                "smiles": item.smiles,
                "chance_percent": ledger.derived[item.chance].value if item.chance else None,
                "values": {
                    check.property: ledger.values[check.value].model_dump(mode="json")
                    for check in item.checks
                    if check.value
                },
                "routes": [route.model_dump(mode="json") for route in item.routes[:1]],
                "warnings": list(item.warnings),
            }
            for item in report.finalists
        ],
        "verification": report.verification.model_dump(mode="json"),
        "model": report.model.model_dump(mode="json"),
    }


def reply_markdown(reply: Reply) -> str:
    """Write the answer to a question with its sources.

    Parameters
    ----------
    reply : Reply
        The answer.

    Returns
    -------
    str
        Markdown.
    """
    passages = list(dict.fromkeys(quote.passage for claim in reply.claims for quote in claim.quotes))
    numbers = {key: number for number, key in enumerate(passages, 1)}
    lines = [md(reply.declined), ""] if reply.declined else []
    if reply.general:
        lines += ["General knowledge of the language model, without a source and not checked:", ""]
        lines += [*(f"- {md(sentence)}" for sentence in reply.general), ""]
    sources: list[str] = []
    for claim in reply.claims:
        lines.append(f"- {_claim(claim, numbers)}")
    for key in passages:
        passage = reply.ledger.passages[key]
        sources.append(f"[{numbers[key]}] {md(passage.title)}. {_where(passage)}  ")
    for key in dict.fromkeys(key for claim in reply.claims for key in claim.values):
        if (value := reply.ledger.values.get(key)) is not None:
            sources.append(f"[{key}] {value.kind}, {md(show_value(value))}: {md(value.source)}  ")
    if sources:
        lines += ["", "### Sources", "", *sources]
    if reply.set_aside:
        lines += ["", f"{reply.set_aside} sentences were addressed to the reader and were not quoted."]
    return "\n".join(lines).strip() + "\n"


def spec_data(spec: DesignSpec) -> dict[str, Any]:
    """Give a brief as it was understood, with each requirement in words.

    Parameters
    ----------
    spec : DesignSpec
        The brief, read.

    Returns
    -------
    dict
        Plain data.
    """
    from agent.wording import describe_constraint, describe_structure

    words = [describe_constraint(item) for item in spec.constraints]
    words += [describe_structure(item) for item in spec.structure]
    return {"in_words": words, **spec.model_dump(mode="json")}
