"""The report as Markdown: what comes from documents, users or models is shown word for word and does nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from agent.evidence import Claim
from agent.numbers import show_value
from agent.report.model import Finalist, Report
from agent.report.view import (
    EXPLAINED,
    KINDS,
    VERDICTS,
    derived_text,
    given_units,
    kind_text,
    model_lines,
    passage_numbers,
    passage_text,
    proposal_rows,
    spec_rows,
    tags,
    title_of,
    value_text,
)
from tools.core.evidence import Passage
from tools.core.shown import code, doi_url
from tools.core.shown import markdown as md


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """Write a Markdown table.

    Parameters
    ----------
    head : sequence of str
        Column names, as Markdown.
    rows : iterable of sequence
        Cells, as Markdown.

    Returns
    -------
    list of str
        Lines, with a blank one at the end.
    """
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(cell).replace("\n", " ") for cell in row) + " |" for row in rows]
    return [*lines, ""]


def _claim(report: Report, claim: Claim) -> str:
    return f"{md(claim.text)}{tags(report, claim)}"


def _where(passage: Passage) -> str:
    """Where a passage is from; only a DOI of the proper form becomes a link."""
    address = doi_url(passage.doi)
    where = md(passage.reference or passage.doi or passage.url or passage.source)
    return f"{where} [doi]({address})" if address else where


def _brief(report: Report) -> list[str]:
    lines = ["## The brief", "", *(f"> {md(line)}" for line in report.spec.brief.splitlines() or [""]), ""]
    rows = spec_rows(report)
    if rows:
        lines += ["As understood:", ""]
        lines += table(
            ["requirement", "strength", "canonical", "your words"],
            [[md(row[name]) for name in ("requirement", "strength", "canonical", "words")] for row in rows],
        )
    for title, items in (
        (
            "Not understood, and so not considered",
            [f"“{item.text}”: {item.reason}" for item in report.spec.not_understood],
        ),
        ("Assumed", list(report.spec.assumptions)),
        ("Problems", list(report.spec.problems)),
    ):
        if items:
            lines += [f"{title}:", "", *(f"- {md(item)}" for item in items), ""]
    return lines


def _ranking(report: Report) -> list[str]:
    if not report.finalists:
        return []
    names = [md(check.requirement) for check in report.finalists[0].checks if check.property]
    rows = []
    for finalist in report.finalists:
        cells = [
            f"{value_text(report, check.value)}; chance {derived_text(report, check.chance)}"
            if check.value
            else md(check.note) or "–"
            for check in finalist.checks
            if check.property
        ]
        rows.append(
            (
                finalist.rank,
                md(title_of(finalist)),
                code(finalist.smiles),
                derived_text(report, finalist.chance),
                *cells,
            )
        )
    return ["## Ranked candidates", "", *table(["#", "name", "repeat unit", "chance to meet all", *names], rows)]


def _route_lines(finalist: Finalist) -> list[str]:
    lines = []
    for route in finalist.routes:
        monomers = " + ".join(
            f"{md(item.name) or 'unnamed'} ({code(item.smiles)}{'' if item.known_in else ', not in the monomer list'})"
            for item in route.monomers
        )
        by_product = f"; by-product {md(route.by_product)}" if route.by_product else ""
        check = "checked by running the reaction forwards" if route.verified else "not confirmed forwards"
        conditions = f" Conditions: {md(route.conditions)}." if route.conditions else ""
        notes = "".join(f" {md(note)}" for note in route.notes)
        lines.append(f"- {md(route.mechanism)}: {monomers}{by_product} ({check}).{conditions}{notes}")
    return lines or ["- No route was found with the rules at hand."]


def _check_rows(report: Report, finalist: Finalist) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for check in finalist.checks:
        if check.property:
            kind = kind_text(report, check.value)
            chance = derived_text(report, check.chance)
            rows.append((md(check.requirement), value_text(report, check.value), kind, chance, md(check.note)))
        else:
            met = {True: "met", False: "missed", None: "cannot be assessed"}[check.met]
            rows.append((md(check.requirement), met, "structure", "", md(check.note)))
    return rows


def _value_lines(report: Report, finalist: Finalist) -> list[str]:
    asked = {check.property for check in finalist.checks}
    others = [f"- {name}: {value_text(report, key)}" for name, key in finalist.predictions.items() if name not in asked]
    measured = [f"- {name}: {value_text(report, key)}" for name, keys in finalist.measured.items() for key in keys]
    near = [
        f"- {name}: {md(item.name) or 'unnamed'} {code(item.smiles)}, "
        f"similarity {derived_text(report, item.similarity)}, {value_text(report, item.value)}"
        for name, items in finalist.neighbours.items()
        for item in items
    ]
    lines = []
    for title, rows in (
        ("Other predictions", others),
        ("Measured on this polymer", measured),
        ("Nearest polymers with a value (similarity is min-max Tanimoto, 1 = same)", near),
    ):
        if rows:
            lines += [f"{title}:", "", *rows, ""]
    return lines


def _finalist(report: Report, finalist: Finalist) -> list[str]:
    kinds = ", ".join(item.replace("_", " ") for item in finalist.classes) or "none recognised"
    lines = [
        f"### {finalist.rank}. {md(title_of(finalist))}", "",
        code(finalist.smiles), "",
        f"![repeat unit of candidate {finalist.rank}](figures/candidate-{finalist.rank}.svg)", "",
        f"Class: {kinds}. Found by: {md(finalist.origin)}.", "",
        *(f"{title}: {md(text)}\n" for title, text in proposal_rows(finalist)),
        f"Chance to meet all: {derived_text(report, finalist.chance)}.", "",
        *table(["requirement", "value", "kind", "chance", "note"], _check_rows(report, finalist)),
        *_value_lines(report, finalist),
        "How it would be made:", "", *_route_lines(finalist), "",
    ]  # fmt: skip
    if finalist.feasibility:
        parts = ", ".join(
            f"{n.replace('_', ' ')} {derived_text(report, x)}" for n, x in finalist.feasibility_parts.items()
        )
        lines += [f"Synthesisability {derived_text(report, finalist.feasibility)} (1 is easiest; {parts}).", ""]
    if finalist.warnings:
        lines += ["Before you start:", "", *(f"- {md(item)}" for item in finalist.warnings), ""]
    for title, claims in (("Physics checks", finalist.findings), ("What is uncertain", finalist.uncertain)):
        if claims:
            lines += [f"{title}:", "", *(f"- {_claim(report, claim)}" for claim in claims), ""]
    return lines


def _answers(report: Report) -> list[str]:
    lines = ["## Sub-questions", ""] if report.answers else []
    for answer in report.answers:
        lines += [f"**{answer.question.id}. {md(answer.question.text)}** ({answer.question.skill})", ""]
        lines += [f"- {_claim(report, claim)}" for claim in answer.claims]
        if answer.note:
            lines += [f"- {md(answer.note)}"]
        lines += [""]
    return lines


def _model(report: Report) -> list[str]:
    lines = model_lines(report)
    return ["## The language model", "", *(f"- {md(line)}" for line in lines), ""] if lines else []


def _sources(report: Report) -> list[str]:
    ledger, units = report.ledger, given_units(report)
    lines = ["## Passages", ""] if ledger.passages else []
    numbers = passage_numbers(report)
    for key, passage in ledger.passages.items():
        lines += [
            f"[{numbers[key]}] {md(passage.title)}. {_where(passage)} ({code(key)})",
            "",
            f"> {md(passage_text(passage))}",
            "",
        ]
    if ledger.values:
        lines += ["## Where each number comes from", ""]
        rows = [
            (key, item.property, show_value(item, units.get(item.property, "")), KINDS[item.kind],
             f"{item.coverage:.0%} interval" if item.coverage else "", md(item.source), md(item.note))
            for key, item in ledger.values.items()
        ]  # fmt: skip
        lines += table(["id", "property", "value", "kind", "interval", "source", "note"], rows)
    if ledger.derived:
        computed = [
            (key, md(item.name), derived_text(report, key, tag=False), md(item.method), ", ".join(item.inputs))
            for key, item in ledger.derived.items()
        ]
        lines += table(["id", "number", "value", "how", "from"], computed)
    return lines


def _explanation(report: Report) -> list[str]:
    told = report.explanation
    if not told.claims:
        return []
    lines = ["## In the model's words (checked)", "", *(f"- {_claim(report, claim)}" for claim in told.claims), ""]
    return [*lines, f"{EXPLAINED} Removed: {told.removed}.", ""]


def to_markdown(report: Report) -> str:
    """Write a report as Markdown.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        The document; drawings are referred to in ``figures/``.
    """
    lines = [f"# Polymer design report {report.run_id}", "", f"**{VERDICTS[report.verdict]}**", ""]
    lines += ["The time ran out:", "", *(f"- {md(item)}" for item in report.cut), ""] if report.cut else []
    lines += [f"- {_claim(report, claim)}" for claim in report.summary] + [""]
    lines += _explanation(report)
    lines += [*_brief(report), *_ranking(report)]
    if report.finalists:
        lines += ["![property map](figures/properties.svg)", "", "## Candidates", ""]
    for finalist in report.finalists:
        lines += _finalist(report, finalist)
    if report.rejected:
        lines += ["## Rejected alternatives", ""]
        lines += table(
            ["name", "repeat unit", "violated", "why"],
            [
                (md(item.name) or "–", code(item.smiles), md(item.violated), _claim(report, item.claim))
                for item in report.rejected
            ],
        )
    if report.experiments:
        lines += ["## Next experiments", ""]
        lines += [
            f"{n}. {md(item.title)}: {_claim(report, item.reason)}" for n, item in enumerate(report.experiments, 1)
        ] + [""]
    lines += [*_answers(report), *_sources(report)]
    check = report.verification
    lines += [
        *_model(report),
        "## Verification", "",
        f"{check.claims} sentences and {check.quotes} quotes were checked against the values and passages above; "
        f"{check.removed} were removed.", "",
        *(f"- removed: {md(reason)}" for reason in check.reasons),
        *[f"- {check.set_aside} sentences were addressed to the reader and were not quoted"] * bool(check.set_aside),
        "",
        "## To replay", "",
        f"`polysmith run replay {report.run_id}` (seed {report.seed}).", "",
        *(f"- {name} {version}" for name, version in {**report.versions, **report.data}.items()),
    ]  # fmt: skip
    return "\n".join(lines).rstrip() + "\n"
