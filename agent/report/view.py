"""Pieces that every view of a report shares: how numbers, kinds and sources are written."""

from __future__ import annotations

from agent.evidence import Claim
from agent.hygiene import Screen
from agent.llm.budget import Spent
from agent.numbers import show_number, show_unit, show_value
from agent.report.model import Finalist, Report
from agent.wording import describe_constraint, describe_structure
from tools.core.evidence import Passage
from tools.core.properties import get_property

VERDICTS = {
    "answered": "Candidates were found that are likely to meet every hard requirement.",
    "infeasible": "Nothing was found that is likely to meet every hard requirement; the closest are shown.",
    "partial": "The run ended early; what it had found is shown.",
    "refused": "The brief cannot be worked on as it stands.",
}
EXPLAINED = (
    "Each number, unit, property, candidate and comparison in these sentences was checked against the values named; "
    "the chemical reasons are the model's."
)
KINDS = {
    "measured": "measured",
    "predicted": "predicted by a model",
    "simulated": "simulated",
    "estimated": "estimated by a rule",
}


def model_lines(report: Report) -> list[str]:
    """Say what part a language model had: what it was asked for, where the rules went on alone and why, what it took.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of str
        Sentences; empty if no model was wanted.
    """
    use = report.model
    lines = [use.problem] if use.problem else []
    if not (use.name and (use.tasks or use.spent.calls)):
        return lines
    lines.append(f"Model: {use.name}. {spent_text(use.spent)}")
    alike: dict[tuple[bool, str], list[str]] = {}
    for task in use.tasks:  # one fault of a server ends many tasks: it is told once
        alike.setdefault((task.helped, task.detail), []).append(task.task)
    for (helped, detail), names in alike.items():
        how = "done with the model" if helped else "done by the rules alone"
        lines.append(f"{', '.join(names)}: {how}{f' ({detail})' if detail else ''}")
    return lines


def spent_text(spent: Spent) -> str:
    """Say what was asked of a model.

    Parameters
    ----------
    spent : Spent
        Calls, tokens, seconds, money.

    Returns
    -------
    str
        A sentence.
    """
    about = "about " if spent.estimated else ""
    tokens = f"{about}{spent.prompt_tokens:,} tokens read and {spent.completion_tokens:,} written"
    money = f", cost {spent.money:.4g}" if spent.money else ""
    return f"{spent.calls} requests, {tokens}, {spent.seconds:.1f} s{money}."


def given_units(report: Report) -> dict[str, str]:
    """Return the unit that the brief used for each property.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict of str to str
        Unit by property id; absent where the brief named none.
    """
    return {item.property: item.given_unit for item in report.spec.constraints if item.given_unit}


def value_text(report: Report, key: str, *, tag: bool = True) -> str:
    """Write a ledger value with unit, interval and id.

    Parameters
    ----------
    report : Report
        The report.
    key : str
        Ledger id of the value.
    tag : bool
        Whether the id is appended.

    Returns
    -------
    str
        Such as "262 °C (221 to 304) [V3]"; "–" for an empty id.
    """
    if not key:
        return "–"
    value = report.ledger.values[key]
    text = show_value(value, given_units(report).get(value.property, ""))
    if value.in_domain is False:
        text += " (far from what the model has seen)"
    return f"{text} [{key}]" if tag else text


def derived_text(report: Report, key: str, *, tag: bool = True) -> str:
    """Write a derived number.

    Parameters
    ----------
    report : Report
        The report.
    key : str
        Ledger id of the number.
    tag : bool
        Whether the id is appended.

    Returns
    -------
    str
        Such as "74 % [D2]"; "–" for an empty id.
    """
    if not key:
        return "–"
    derived = report.ledger.derived[key]
    text = f"{derived.value:.0f} %" if derived.unit == "percent" else show_number(derived.value)
    return f"{text} [{key}]" if tag else text


def kind_text(report: Report, key: str) -> str:
    """Say how a value came about.

    Parameters
    ----------
    report : Report
        The report.
    key : str
        Ledger id of the value; empty for none.

    Returns
    -------
    str
        Such as "predicted, learnt from measured values".
    """
    if not key:
        return ""
    value = report.ledger.values[key]
    return f"{value.kind}, learnt from {value.label_kind} values" if value.label_kind else value.kind


def proposal_rows(finalist: Finalist) -> list[tuple[str, str]]:
    """Say what a candidate of the model was derived from, and why.

    Parameters
    ----------
    finalist : Finalist
        The finalist.

    Returns
    -------
    list of (str, str)
        What it is, and its text; empty if the rules found the candidate.
    """
    rows = [("Derived from", " and ".join(finalist.parents))] if finalist.parents else []
    return [*rows, ("The model's reason, in its words", finalist.reason)] if finalist.reason else rows


def title_of(finalist: Finalist) -> str:
    """Name a finalist.

    Parameters
    ----------
    finalist : Finalist
        The finalist.

    Returns
    -------
    str
        Its name, or its main class if it has none.
    """
    kind = finalist.classes[0].replace("_", " ") if finalist.classes else "polymer"
    return finalist.name or f"unnamed {kind}"


def claim_text(report: Report, claim: Claim) -> str:
    """Write a claim with what stands behind it.

    Parameters
    ----------
    report : Report
        The report.
    claim : Claim
        The claim.

    Returns
    -------
    str
        The sentence followed by ledger ids and passage numbers.
    """
    return f"{claim.text}{tags(report, claim)}"


def tags(report: Report, claim: Claim) -> str:
    """Write what stands behind a claim.

    Parameters
    ----------
    report : Report
        The report.
    claim : Claim
        The claim.

    Returns
    -------
    str
        Ledger ids and passage numbers, such as " [V3, 2]"; empty if there are none.
    """
    numbers = passage_numbers(report)
    ids = [*claim.values, *(str(numbers[quote.passage]) for quote in claim.quotes)]
    return f" [{', '.join(dict.fromkeys(ids))}]" if ids else ""


def passage_numbers(report: Report) -> dict[str, int]:
    """Number the passages in the order in which the ledger holds them.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    dict of str to int
        Number by passage id, from 1.
    """
    return {key: number for number, key in enumerate(report.ledger.passages, start=1)}


def spec_rows(report: Report) -> list[dict[str, str]]:
    """List the requirements as they were understood.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    list of dict
        Keys "requirement", "strength", "canonical", "words".
    """
    rows = []
    for item in report.spec.constraints:
        bounds = [
            f"{sign}{'' if item.operator in '<>' else '='} {bound:.6g} {show_unit(item.unit)}".rstrip()
            for sign, bound in ((">", item.lower), ("<", item.upper))
            if bound is not None
        ]
        rows.append(
            {
                "requirement": describe_constraint(item),
                "strength": "must" if item.hard else "wish",
                "canonical": f"{get_property(item.property).symbol} {' and '.join(bounds) or item.operator}",
                "words": item.text,
            }
        )
    rows += [
        {
            "requirement": describe_structure(item),
            "strength": "must" if item.hard else "wish",
            "canonical": f"{item.kind}: {item.name}",
            "words": item.text,
        }
        for item in report.spec.structure
    ]
    return rows


def passage_text(passage: Passage) -> str:
    """Write a passage without the sentences that speak to its reader.

    Parameters
    ----------
    passage : Passage
        The passage.

    Returns
    -------
    str
        Its text; what may not be quoted is replaced by the reason.
    """
    screen = Screen()
    screen.quotable(passage)
    text = passage.text
    for (_, sentence), reason in screen.aside.items():
        text = text.replace(sentence, f"[left out: {reason}]")
    return text
