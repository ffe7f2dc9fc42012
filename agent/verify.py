"""The last gate: nothing leaves a report that is not backed by the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pydantic import BaseModel, ConfigDict

from agent.evidence import Claim, Ledger
from agent.numbers import agrees, in_unit, numbers_in, quantities_in
from tools.core.errors import UnknownNameError
from tools.core.evidence import Passage, Value
from tools.core.properties import get_property
from tools.core.units import compatible


class Verdict(BaseModel):
    """What became of a claim.

    Attributes
    ----------
    claim : Claim
        The claim.
    ok : bool
        True if it may leave.
    reason : str
        Why not.
    """

    model_config = ConfigDict(frozen=True)

    claim: Claim
    ok: bool
    reason: str = ""


def value_numbers(value: Value, unit: str = "") -> list[float]:
    """Return every number by which a value may be written.

    Parameters
    ----------
    value : Value
        The value.
    unit : str
        The word behind the number. If it is a unit of the property, only numbers in that unit are returned.

    Returns
    -------
    list of float
        The value and its bounds, and without a unit its coverage in percent.
    """
    prop = get_property(value.property)
    named = bool(unit) and prop.unit != "dimensionless" and compatible(unit, prop.unit)
    units = {unit} if named else {prop.unit, prop.display_unit}
    numbers = [
        in_unit(number, prop.id, wanted)
        for number in (value.value, value.lower, value.upper)
        if number is not None
        for wanted in units
    ]
    if not named and value.coverage is not None:
        numbers.append(100.0 * value.coverage)
    return numbers


def _quote_problem(claim: Claim, ledger: Ledger, fetch: Callable[[str], Passage] | None) -> str:
    for quote in claim.quotes:
        passage = ledger.passages.get(quote.passage)
        if passage is None:
            return f"passage {quote.passage} was not retrieved"
        if not quote.text.strip() or quote.text not in passage.text:
            return f"the quote is not in passage {quote.passage}"
        if fetch is not None:
            try:
                stored = fetch(quote.passage)
            except UnknownNameError:
                return f"passage {quote.passage} is not in the index"
            if stored.text != passage.text:
                return f"passage {quote.passage} differs from the stored one"
    return ""


def _known_numbers(key: str, ledger: Ledger, unit: str) -> list[float]:
    if key in ledger.values:
        return value_numbers(ledger.values[key], unit)
    return [ledger.derived[key].value]


def _number_problem(claim: Claim, ledger: Ledger, given: Iterable[float]) -> str:
    free = list(given)
    for key in claim.values:
        if key not in ledger.values and key not in ledger.derived:
            return f"{key} is not in the ledger"
    quoted = {number for quote in claim.quotes for number in numbers_in(quote.text)}
    for number, unit in quantities_in(claim.text, claim.names):
        known = free + [value for key in claim.values for value in _known_numbers(key, ledger, unit)]
        if number not in quoted and not any(agrees(number, value) for value in known):
            return f"the number {number} is in no value and no quote"
    return ""


def verify_claim(
    claim: Claim, ledger: Ledger, given: Iterable[float] = (), fetch: Callable[[str], Passage] | None = None
) -> Verdict:
    """Check one claim against the ledger.

    Parameters
    ----------
    claim : Claim
        The claim.
    ledger : Ledger
        Everything the report may rest on.
    given : iterable of float
        Numbers from the brief, which may be repeated.
    fetch : callable, optional
        Fetches a passage by id from the index, to compare with what was retrieved.

    Returns
    -------
    Verdict
        Whether it may leave, and why not.
    """
    reason = _quote_problem(claim, ledger, fetch) or _number_problem(claim, ledger, given)
    if not reason and not claim.values and not claim.quotes:
        reason = "nothing stands behind it"
    return Verdict(claim=claim, ok=not reason, reason=reason)


def verify_claims(
    claims: Iterable[Claim], ledger: Ledger, given: Iterable[float] = (), fetch: Callable[[str], Passage] | None = None
) -> list[Verdict]:
    """Check claims against the ledger.

    Parameters
    ----------
    claims : iterable of Claim
        The claims.
    ledger : Ledger
        Everything the report may rest on.
    given : iterable of float
        Numbers from the brief.
    fetch : callable, optional
        Fetches a passage by id from the index.

    Returns
    -------
    list of Verdict
        One per claim, in order.
    """
    numbers = list(given)
    return [verify_claim(claim, ledger, numbers, fetch) for claim in claims]
