"""Comparing two reports of the same brief."""

from __future__ import annotations

from agent.report.model import Finalist, Report


def _numbers(report: Report, finalist: Finalist) -> dict[str, float]:
    ledger = report.ledger
    numbers = {name: ledger.values[key].value for name, key in finalist.predictions.items()}
    for check in finalist.checks:
        if check.chance:
            numbers[f"chance of {check.requirement}"] = ledger.derived[check.chance].value
    if finalist.chance:
        numbers["chance to meet all"] = ledger.derived[finalist.chance].value
    return numbers


def differences(old: Report, new: Report) -> list[str]:
    """List what differs between a report and its replay.

    Parameters
    ----------
    old, new : Report
        The reports.

    Returns
    -------
    list of str
        Differences in verdict, ranking, numbers, versions and data; empty if there are none.
    """
    found = []
    if old.verdict != new.verdict:
        found.append(f"verdict: {old.verdict} -> {new.verdict}")
    before, after = ([item.key for item in report.finalists] for report in (old, new))
    if before != after:
        found.append(f"ranking: {before} -> {after}")
    for first, second in zip(old.finalists, new.finalists, strict=False):
        if first.key != second.key:
            continue
        mine, theirs = _numbers(old, first), _numbers(new, second)
        found += [
            f"candidate {first.rank}, {name}: {mine.get(name)} -> {theirs.get(name)}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]
    for label, mine_facts, theirs_facts in (("version", old.versions, new.versions), ("data", old.data, new.data)):
        found += [
            f"{label} of {name}: {mine_facts.get(name)} -> {theirs_facts.get(name)}"
            for name in sorted(mine_facts.keys() | theirs_facts.keys())
            if mine_facts.get(name) != theirs_facts.get(name)
        ]
    return found
