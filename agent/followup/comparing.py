"""Candidates side by side, by how they are made, and what to do next: all from the numbers that the report holds."""

from __future__ import annotations

from itertools import combinations

from agent.evidence import Claim
from agent.followup.draft import Draft, label
from agent.followup.model import Grid
from agent.report.model import Check, Finalist, RouteCard
from agent.report.view import title_of
from tools.core.errors import InputError
from tools.core.properties import get_property

_PAIRS = 3  # pairs of candidates of which sentences are made
NO_PRICES = (
    "No prices are known here: nothing is said about money. What can be said is how easily each could be made, and "
    "which starting materials are in lists of known monomers."
)


def compare(draft: Draft) -> None:
    """Put candidates and polymers side by side, and say which differences the intervals bear out.

    Parameters
    ----------
    draft : Draft
        The answer, added to.

    Raises
    ------
    InputError
        If fewer than two different ones are meant.
    """
    meant = draft.meant()
    if len(meant) < 2:
        raise InputError("Two candidates are needed to compare.", hint="Such as: compare 1 and 3.")
    draft.names += [name for name, _ in meant]
    requirements = list(dict.fromkeys(check.requirement for _, item in meant for check in item.checks))
    rows = [("structure", *(item.smiles for _, item in meant)), ("name", *(title_of(item) for _, item in meant))]
    rows.append(("chance to meet all", *(draft.value(item.chance) for _, item in meant)))
    for requirement in requirements:
        rows.append((requirement, *(_cell(draft, item, requirement) for _, item in meant)))
    rows.append(("synthesisability", *(draft.value(item.feasibility) for _, item in meant)))
    rows.append(("route", *(item.routes[0].mechanism if item.routes else "none found" for _, item in meant)))
    draft.grid = Grid(title="Side by side", head=("", *(name for name, _ in meant)), rows=tuple(rows))
    for one, other in list(combinations(meant, 2))[:_PAIRS]:
        draft.claims += [_chances(draft, one, other), *_properties(draft, one, other), *_made(draft, one, other)]


def _cell(draft: Draft, finalist: Finalist, requirement: str) -> str:
    check = next((item for item in finalist.checks if item.requirement == requirement), None)
    if check is None:
        return "–"
    if not check.property:
        return {True: "met", False: "missed", None: "cannot be assessed"}[check.met]
    if not check.value:
        return check.note or "not assessed"
    kind = draft.ledger.values[check.value].kind
    return f"{draft.value(check.value)}, {kind}" + (f"; chance {draft.value(check.chance)}" if check.chance else "")


def _chances(draft: Draft, one: tuple[str, Finalist], other: tuple[str, Finalist]) -> Claim:
    first, second = (draft.ledger.derived[item.chance].value for _, item in (one, other))
    text = f"The chance to meet all hard limits is {first:.0f} % for {one[0]} and {second:.0f} % for {other[0]}."
    return Claim(text=text, values=(one[1].chance, other[1].chance), names=(one[0], other[0]))


def _properties(draft: Draft, one: tuple[str, Finalist], other: tuple[str, Finalist]) -> list[Claim]:
    claims = []
    checks = {check.property: check for check in other[1].checks if check.value}
    for check in one[1].checks:
        if check.value and check.property in checks:
            claim = _difference(draft, (one[0], check), (other[0], checks[check.property]))
            claims += [claim] if claim is not None else []
    return list({claim.text: claim for claim in claims}.values())


def _difference(draft: Draft, one: tuple[str, Check], other: tuple[str, Check]) -> Claim | None:
    first, second = draft.ledger.values[one[1].value], draft.ledger.values[other[1].value]
    if None in (first.lower, first.upper, second.lower, second.upper):
        return None
    name = get_property(first.property).name
    names, values = (one[0], other[0], name), (one[1].value, other[1].value)
    assert first.lower is not None and first.upper is not None and second.lower is not None and second.upper is not None
    if first.lower <= second.upper and second.lower <= first.upper:
        text = f"By the {name}, {one[0]} and {other[0]} cannot be told apart: their intervals overlap."
    else:
        high, low = (one[0], other[0]) if first.value > second.value else (other[0], one[0])
        text = f"The {name} of {high} is the higher one, that of {low} the lower: their intervals do not overlap."
    return Claim(text=text, values=values, names=names)


def _made(draft: Draft, one: tuple[str, Finalist], other: tuple[str, Finalist]) -> list[Claim]:
    if not (one[1].feasibility and other[1].feasibility):
        return []
    first, second = (draft.ledger.derived[item.feasibility].value for _, item in (one, other))
    text = f"The synthesisability is {first:.2f} for {one[0]} and {second:.2f} for {other[0]} (easiest is highest)."
    return [Claim(text=text, values=(one[1].feasibility, other[1].feasibility), names=(one[0], other[0]))]


def easier(draft: Draft) -> None:
    """Rank the candidates by how they can be made; of prices nothing is known.

    Parameters
    ----------
    draft : Draft
        The answer, added to.
    """
    if draft.asked.price:
        draft.notes.append(NO_PRICES)
    items = [item for item in draft.report.finalists if item.feasibility]
    items.sort(key=lambda item: (-draft.ledger.derived[item.feasibility].value, item.rank))
    if not items:
        draft.notes.append("How the candidates can be made was not judged in this run.")
        return
    best = items[0]
    score = draft.ledger.derived[best.feasibility].value
    text = f"{label(best)} is the easiest to make by our score: its synthesisability is {score:.2f}."
    draft.claims.append(Claim(text=text, values=(best.feasibility,), names=(label(best), title_of(best))))
    alike = [item for item in items[1:] if draft.ledger.derived[item.feasibility].value == score]
    if alike:
        others = " and ".join(map(label, alike))
        draft.claims.append(
            Claim(
                text=f"{others} has the same score." if len(alike) == 1 else f"{others} have the same score.",
                values=tuple(item.feasibility for item in (best, *alike)),
                names=tuple(map(label, alike)),
            )
        )
    rows = [
        (
            f"{item.rank}. {title_of(item)}", draft.value(item.feasibility), draft.value(item.chance),
            item.routes[0].mechanism if item.routes else "none found", _unlisted(item),
        )
        for item in items
    ]  # fmt: skip
    head = ("candidate", "synthesisability", "chance to meet all", "route", "monomers in no list")
    draft.grid = Grid(title="By how they can be made, the easiest first", head=head, rows=tuple(rows))


def _unlisted(finalist: Finalist) -> str:
    if not finalist.routes:
        return "–"
    return ", ".join(item.name or item.smiles for item in finalist.routes[0].monomers if not item.known_in) or "none"


def routes(draft: Draft) -> None:
    """Show how candidates are made.

    Parameters
    ----------
    draft : Draft
        The answer, added to.
    """
    rows: list[tuple[str, ...]] = []
    for name, finalist in draft.meant():
        draft.names.append(name)
        if not finalist.routes:
            text = f"{name}: no route was found with the rules at hand."
            draft.claims.append(Claim(text=text, values=(finalist.feasibility,), names=(name,)))
        for number, route in enumerate(finalist.routes, 1):
            rows.append(_route_row(name, route))
            if number == 1:
                draft.claims.append(_route_claim(name, finalist, route))
        draft.notes += [text for text in finalist.warnings if not any(sign.isdigit() for sign in text)]
    head = ("candidate", "reaction", "monomers", "by-product", "conditions", "checked forwards", "notes")
    draft.grid = Grid(title="Routes", head=head, rows=tuple(rows)) if rows else None


def _route_row(name: str, route: RouteCard) -> tuple[str, ...]:
    monomers = " + ".join(
        f"{item.name or 'unnamed'} ({item.smiles}{'' if item.known_in else ', in no monomer list'})"
        for item in route.monomers
    )
    checked = "yes" if route.verified else "no"
    return (
        name,
        route.mechanism,
        monomers,
        route.by_product or "–",
        route.conditions or "–",
        checked,
        " ".join(route.notes),
    )


def _route_claim(name: str, finalist: Finalist, route: RouteCard) -> Claim:
    monomers = [item.name or item.smiles for item in route.monomers]
    text = f"{name} is made by {route.mechanism} from {' and '.join(monomers)}."
    return Claim(text=text, values=(finalist.feasibility,), names=(name, route.mechanism, *monomers))


def next_steps(draft: Draft) -> None:
    """Say what to do next, as the report does.

    Parameters
    ----------
    draft : Draft
        The answer, added to.
    """
    draft.claims += [step.reason for step in draft.report.experiments]
    rows = tuple((str(number), step.title, step.reason.text) for number, step in enumerate(draft.report.experiments, 1))
    if rows:
        draft.grid = Grid(title="Next experiments", head=("#", "what", "why"), rows=rows)
    else:
        draft.notes.append("Nothing was found to make; say what may be given up, such as “drop the density limit”.")
