"""What the chat shows of an answer: a report, a reply to a question, predictions, passages.

The app calls these in a worker (``answer_messages`` may simulate a curve again) and puts the pieces on the page. Text
is
Markdown in which everything of unknown origin is escaped; the data of components is plain JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.ask import Reply
from agent.evidence import Claim
from agent.report.model import Report
from agent.report.view import EXPLAINED, VERDICTS, model_lines, spec_rows, tags
from agent.runs import RunFolder
from polysmith.chatting import tables
from polysmith.chatting.cards import card
from polysmith.chatting.citations import numbered, sources
from polysmith.chatting.curves import heat_release
from polysmith.chatting.drawing import alt_text, drawn
from polysmith.chatting.elements import Said, Shown
from polysmith.chatting.exports import exports
from polysmith.chatting.property_map import property_map
from polysmith.chatting.writing import Units, Writer
from polysmith.results import Prediction
from tools.core.evidence import Passage
from tools.core.shown import code
from tools.core.shown import markdown as md
from tools.core.spec import DesignSpec


def answer_messages(report: Report, folder: RunFolder, *, units: Units = "brief") -> list[Said]:
    """Show a report.

    Parameters
    ----------
    report : Report
        The report.
    folder : RunFolder
        The run: figures and curves are kept in it, and its files can be downloaded.
    units : {"brief", "usual", "canonical"}
        Units that are shown.

    Returns
    -------
    list of Said
        The answer with its table and map; the cards; what was rejected, what to do next, and the sources.
    """
    writer = Writer(report, units)
    said = [_summary(writer, folder)]
    if report.finalists:
        said.append(_candidates(writer))
    said.append(_rest(writer, folder))
    return said


def _claim(report: Report, claim: Claim) -> str:
    return f"{md(claim.text)} {md(tags(report, claim))}".rstrip()


def _bullets(report: Report, claims: Iterable[Claim]) -> list[str]:
    return [f"- {_claim(report, claim)}" for claim in claims]


def _summary(writer: Writer, folder: RunFolder) -> Said:
    report = writer.report
    lines = [f"**{VERDICTS[report.verdict]}**", "", *_bullets(report, report.summary)]
    if report.cut:
        lines += ["", "The time ran out:", "", *(f"- {md(item)}" for item in report.cut)]
    if report.explanation.claims:
        lines += ["", "In the model's words (checked):", "", *_bullets(report, report.explanation.claims)]
        lines += ["", f"{EXPLAINED} Removed: {report.explanation.removed}."]
    lines += ["", *understood_lines(report.spec, report)] if report.verdict == "refused" else []
    shown = []
    if report.finalists:
        shown.append(Shown("custom", "ResultTable", tables.ranking(writer), key="ranking"))
        figure = property_map(writer)
        shown += [Shown("plotly", "property map", content=figure, key="map")] if figure else []
        curves = heat_release(writer, folder)
        shown += [Shown("plotly", "heat release", content=curves, key="curves")] if curves else []
    return Said("\n".join(lines), tuple(shown), key="summary")


def understood_lines(spec: DesignSpec, report: Report | None = None) -> list[str]:
    """Say how a brief was understood, and what was not.

    Parameters
    ----------
    spec : DesignSpec
        The brief, read.
    report : Report, optional
        Its report, for the requirements in words.

    Returns
    -------
    list of str
        Markdown.
    """
    lines = [f"- {md(row['requirement'])} ({row['strength']})" for row in spec_rows(report)] if report else []
    for title, items in (
        ("Not understood, and so not considered:", [f"“{item.text}”: {item.reason}" for item in spec.not_understood]),
        ("Assumed:", list(spec.assumptions)),
        ("Problems:", list(spec.problems)),
    ):
        if items:
            lines += ["", title, "", *(f"- {md(item)}" for item in items)]
    return lines


def _candidates(writer: Writer) -> Said:
    shown = [
        Shown("custom", "CandidateCard", card(writer, item), key=f"card-{item.rank}")
        for item in writer.report.finalists
    ]
    text = (
        "**Candidates.** Every number says whether it was measured, predicted, simulated or estimated; "
        "the ids in brackets are those of the report."
    )
    return Said(text, tuple(shown), key="cards")


def _rest(writer: Writer, folder: RunFolder) -> Said:
    report = writer.report
    lines: list[str] = []
    shown: list[Shown] = []
    if report.finalists:
        lines += [*understood_lines(report.spec), ""]
    if report.experiments:
        lines += ["**Next experiments**", ""]
        lines += [
            f"{number}. {md(item.title)}: {_claim(report, item.reason)}"
            for number, item in enumerate(report.experiments, 1)
        ]
        lines += [""]
    quoted = [claim for answer in report.answers for claim in answer.claims if claim.quotes]
    if quoted:
        lines += ["**From the literature**", "", *_bullets(report, quoted[:8]), ""]
    if report.rejected:
        shown.append(Shown("custom", "ResultTable", tables.rejected(report), key="rejected"))
    if report.ledger.passages:
        shown.append(Shown("custom", "CitationPanel", {"sources": sources(report)}, key="sources"))
    check = report.verification
    lines += [f"- {md(line)}" for line in model_lines(report)]
    lines += [
        "",
        f"{check.claims} sentences and {check.quotes} quotes were checked against their values and passages; "
        f"{check.removed} were removed. Run {code(report.run_id)}, to be repeated with "
        f"{code(f'polysmith run replay {report.run_id}')}.",
    ]
    shown += exports(report, folder)
    return Said("\n".join(lines).strip(), tuple(shown), key="rest")


def reply_message(reply: Reply) -> Said:
    """Show the answer to a question.

    Parameters
    ----------
    reply : Reply
        The answer.

    Returns
    -------
    Said
        Sentences with the numbers of their sources, and the sources.
    """
    passages = list(dict.fromkeys(quote.passage for claim in reply.claims for quote in claim.quotes))
    numbers = {key: number for number, key in enumerate(passages, 1)}
    lines = [md(reply.declined)] if reply.declined else []
    if reply.general:
        lines += ["General knowledge of the language model, without a source and not checked:", ""]
        lines += [f"- {md(sentence)}" for sentence in reply.general]
    for claim in reply.claims:
        ids = dict.fromkeys([*claim.values, *(str(numbers[quote.passage]) for quote in claim.quotes)])
        tagged = md(f"[{', '.join(ids)}]") if ids else ""
        lines.append(f"- {md(claim.text)} {tagged}".rstrip())
    used = {
        key: reply.ledger.values[key] for claim in reply.claims for key in claim.values if key in reply.ledger.values
    }
    if used:
        lines += ["", "Where the numbers come from:", ""]
        lines += [f"- {md(f'[{key}]')} {value.kind}: {md(value.source)}" for key, value in used.items()]
    if reply.set_aside:
        lines += ["", f"{reply.set_aside} sentences were addressed to the reader and were not quoted."]
    lines += ["", md(reply.model_problem)] if reply.model_problem else []
    found = {key: reply.ledger.passages[key] for key in passages}
    shown = (
        (Shown("custom", "CitationPanel", {"sources": numbered(found, reply.claims)}, key="sources"),) if found else ()
    )
    return Said("\n".join(lines).strip(), shown, key="reply")


def predictions_message(found: Sequence[Prediction], *, units: Units = "usual") -> Said:
    """Show predictions.

    Parameters
    ----------
    found : sequence of Prediction
        What ``polysmith.predict`` gave.
    units : {"usual", "canonical"}
        Units that are shown.

    Returns
    -------
    Said
        A table, and the drawings of the first few.
    """
    writer = Writer(Report(run_id="", verdict="answered", spec=DesignSpec(brief="")), units)
    good = [item for item in found if item.error is None]
    lines = [f"{len(good)} of {len(found)} polymers were read."]
    lines += [f"- {code(item.given[:200])}: {md(str(item.error))}" for item in found if item.error is not None][:20]
    flags = dict.fromkeys(f"- {code(item.smiles)}: {md(flag)}" for item in good for flag in item.flags)
    lines += ["", "Contradictions between the values:", "", *list(flags)[:20]] if flags else []
    shown = [
        Shown(
            "custom", "StructureView", {"svg": drawn(item.smiles, item.name), "alt": alt_text(item.smiles, item.name),
            "smiles": item.smiles, "title": item.name or "unnamed"}, key=f"structure-{number}",
        )
        for number, item in enumerate(good[:3], 1)
    ]  # fmt: skip
    if good:
        shown.append(Shown("custom", "ResultTable", tables.predictions(found, writer), key="predictions"))
    return Said("\n".join(lines), tuple(shown), key="predictions")


def passages_message(passages: Sequence[Passage], query: str) -> Said:
    """Show what a search of the literature found.

    Parameters
    ----------
    passages : sequence of Passage
        Best first.
    query : str
        What was looked for.

    Returns
    -------
    Said
        Titles, with the passages to open.
    """
    if not passages:
        return Said(f"Nothing was found for “{md(query[:200])}”. Upload papers to search them too.", key="passages")
    lines = [f"{len(passages)} passages for “{md(query[:200])}”, best first:", ""]
    lines += [f"{number}. {md(item.title)}" for number, item in enumerate(passages, 1)]
    found = {item.id: item for item in passages}
    return Said(
        "\n".join(lines),
        (Shown("custom", "CitationPanel", {"sources": numbered(found, ())}, key="passages"),),
        key="passages",
    )
