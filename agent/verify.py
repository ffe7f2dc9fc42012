"""The last gate: nothing leaves a report that is not backed by the ledger."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import replace
from functools import lru_cache

from pydantic import BaseModel, ConfigDict

from agent.digits import as_float
from agent.evidence import Claim, Ledger
from agent.quantities import Known, Stated, backed, stated_in, unreadable
from tools.core.errors import UnknownNameError
from tools.core.evidence import Passage
from tools.core.plausibility import doubt
from tools.core.properties import get_property, property_mentions


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


def known_numbers(key: str, ledger: Ledger) -> list[Known]:
    """Return every number by which an entry of the ledger may be written.

    Parameters
    ----------
    key : str
        Its id.
    ledger : Ledger
        The ledger.

    Returns
    -------
    list of Known
        A value, its bounds and its coverage in percent; or a computed number.
    """
    if key in ledger.derived:
        entry = ledger.derived[key]
        return [Known(entry.value, entry.unit)]
    value = ledger.values[key]
    prop = get_property(value.property)
    found = [
        Known(number, prop.unit, prop.id, prop.display_unit)
        for number in (value.value, value.lower, value.upper)
        if number is not None
    ]
    if value.coverage is not None:
        found.append(Known(100.0 * value.coverage, "percent"))
    return found


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


def _said_of(text: str, stated: Stated) -> str:
    """Return the property that a sentence names last before a number; empty if there is none."""
    before = [name for end, name in mentions(text) if end <= stated.start]
    return before[-1] if before else ""


@lru_cache(maxsize=4096)
def mentions(text: str) -> tuple[tuple[int, str], ...]:
    """Find where a text names properties.

    Parameters
    ----------
    text : str
        Free text.

    Returns
    -------
    tuple of (int, str)
        End of the name and id of the property, in order of appearance.
    """
    return tuple(sorted((end, item.id) for _, end, item in property_mentions(text)))


def _without_names(text: str, names: Iterable[str]) -> str:
    """Blank names that only hold the name of a property, as "polyethylene (high density)" does."""
    for name in names:
        if any(end < len(name) or property_mentions(name)[0][0] for end, _ in mentions(name)):
            text = text.replace(name, " " * len(name))
    return text


def _backing(stated: Stated, claim: Claim, ledger: Ledger, names: Iterable[str]) -> str:
    """Say why the ledger does not back a number; empty if it does."""
    found = [
        item for key in claim.values for item in known_numbers(key, ledger) if backed(stated, item)
    ]  # fmt: skip
    if not found:
        return f"the number {stated.written} is in no value and no quote"
    of = {item.property for item in found}
    said = _said_of(_without_names(claim.text, names), stated)
    if said and "" not in of and said not in of:
        return f"the number {stated.written} is no {get_property(said).name}"
    return ""


def _in_quotes(stated: Stated, quotes: Iterable[Stated]) -> bool:
    """Tell whether a quote states a number, in the unit of the sentence."""
    for quote in quotes:
        if stated.written == quote.written and (not stated.unit or stated.unit in (quote.unit, quote.inherited)):
            return True
        unit = quote.unit or quote.inherited
        if stated.unit and unit and backed(stated, Known(as_float(quote.written), unit)):
            return True
    return False


def _number_problem(
    claim: Claim, ledger: Ledger, given: Iterable[Known | float], known_names: Container[str] | None
) -> str:
    for key in claim.values:
        if key not in ledger.values and key not in ledger.derived:
            return f"{key} is not in the ledger"
        if key in ledger.values and (reason := doubt(ledger.values[key])):
            return f"{key} is {reason}"
    names = tuple(name for name in claim.names if known_names is None or name in known_names)
    quotes = [item for quote in claim.quotes for item in stated_in(quote.text)]
    hidden = unreadable(claim.text, names, " ".join(quote.text for quote in claim.quotes))
    if hidden:
        return f"“{hidden}” is a number in a form that cannot be checked"
    free = [item if isinstance(item, Known) else Known(item) for item in given]
    for stated in stated_in(claim.text, names):
        if _in_quotes(stated, quotes) or any(_free(stated, item) for item in free):
            continue
        problem = _backing(stated, claim, ledger, names)
        if problem:
            return problem
    return ""


def _free(stated: Stated, item: Known) -> bool:
    """Tell whether a number of the brief is repeated; one that was given without a unit may stand with any."""
    return backed(stated if item.unit else replace(stated, unit="", inherited=""), item)


def verify_claim(
    claim: Claim,
    ledger: Ledger,
    given: Iterable[Known | float] = (),
    fetch: Callable[[str], Passage] | None = None,
    known_names: Container[str] | None = None,
) -> Verdict:
    """Check one claim against the ledger.

    Parameters
    ----------
    claim : Claim
        The claim.
    ledger : Ledger
        Everything the report may rest on.
    given : iterable of Known or float
        Numbers from the brief, which may be repeated.
    fetch : callable, optional
        Fetches a passage by id from the index, to compare with what was retrieved.
    known_names : container of str, optional
        Names that a claim may carry; the digits of others are read as statements. By default every name is trusted.

    Returns
    -------
    Verdict
        Whether it may leave, and why not.
    """
    reason = _quote_problem(claim, ledger, fetch) or _number_problem(claim, ledger, given, known_names)
    if not reason and not claim.values and not claim.quotes:
        reason = "nothing stands behind it"
    return Verdict(claim=claim, ok=not reason, reason=reason)


def verify_claims(
    claims: Iterable[Claim],
    ledger: Ledger,
    given: Iterable[Known | float] = (),
    fetch: Callable[[str], Passage] | None = None,
    known_names: Container[str] | None = None,
) -> list[Verdict]:
    """Check claims against the ledger.

    Parameters
    ----------
    claims : iterable of Claim
        The claims.
    ledger : Ledger
        Everything the report may rest on.
    given : iterable of Known or float
        Numbers from the brief.
    fetch : callable, optional
        Fetches a passage by id from the index.
    known_names : container of str, optional
        Names that claims may carry; by default every name.

    Returns
    -------
    list of Verdict
        One per claim, in order.
    """
    numbers = list(given)
    return [verify_claim(claim, ledger, numbers, fetch, known_names) for claim in claims]
