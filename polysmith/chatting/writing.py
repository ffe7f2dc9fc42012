"""How numbers of a report are put on a page: text in the chosen unit, the kind of the number, and where it is from.

Everything here is plain JSON data for the components in ``public/elements``: they show text as text, so nothing is
escaped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from agent.evidence import Claim
from agent.numbers import in_unit, show_unit, show_value
from agent.report.model import Report
from agent.report.view import KINDS, derived_text, given_units, passage_numbers
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.shown import visible

Units = Literal["brief", "usual", "canonical"]
UNITS: Final = ("brief", "usual", "canonical")


@dataclass(frozen=True)
class Writer:
    """Writes the numbers of one report.

    Attributes
    ----------
    report : Report
        The report.
    units : {"brief", "usual", "canonical"}
        The unit that the brief used (the usual one where it names none), the usual one, or the one that is stored.
    """

    report: Report
    units: Units = "brief"

    def unit(self, name: str) -> str:
        """Return the unit of a property.

        Parameters
        ----------
        name : str
            Property id.

        Returns
        -------
        str
            As pint reads it.
        """
        prop = get_property(name)
        if self.units == "canonical":
            return prop.unit
        given = given_units(self.report).get(name, "") if self.units == "brief" else ""
        return given or prop.display_unit

    def label(self, name: str) -> str:
        """Return a property with its unit, as the title of a column or an axis.

        Parameters
        ----------
        name : str
            Property id.

        Returns
        -------
        str
            Such as "glass transition temperature / °C".
        """
        unit = show_unit(self.unit(name))
        return f"{get_property(name).name} / {unit}" if unit else get_property(name).name

    def number(self, name: str, number: float | None) -> float | None:
        """Convert a number of a property to the unit that is shown.

        Parameters
        ----------
        name : str
            Property id.
        number : float or None
            In the canonical unit.

        Returns
        -------
        float or None
            In the unit of ``unit``.
        """
        return None if number is None else in_unit(number, name, self.unit(name))

    def value(self, key: str) -> dict[str, Any]:
        """Write a value of the ledger.

        Parameters
        ----------
        key : str
            Its id.

        Returns
        -------
        dict
            "id", "property", "text", "number", "kind", "kind_text", "source", "note", "in_domain" and "interval".
        """
        return {"id": key, **self.plain(self.report.ledger.values[key])}

    def plain(self, value: Value) -> dict[str, Any]:
        """Write a value that is in no ledger.

        Parameters
        ----------
        value : Value
            The value.

        Returns
        -------
        dict
            As ``value`` gives it, without "id".
        """
        learnt = f", learnt from {value.label_kind} values" if value.label_kind else ""
        conditions = ", ".join(f"{name.replace('_', ' ')} {text}" for name, text in value.conditions.items())
        return {
            "property": get_property(value.property).name,
            "text": show_value(value, self.unit(value.property)),
            "number": self.number(value.property, value.value),
            "kind": value.kind,
            "kind_text": f"{KINDS[value.kind]}{learnt}",
            "source": visible(value.source),
            "note": visible("; ".join(filter(None, (value.note, conditions)))),
            "in_domain": value.in_domain,
            "interval": f"{value.coverage:.0%} interval" if value.coverage else "",
        }

    def derived(self, key: str) -> dict[str, Any] | None:
        """Write a computed number of the ledger.

        Parameters
        ----------
        key : str
            Its id; empty for none.

        Returns
        -------
        dict or None
            "id", "text", "number" and "method".
        """
        if not key:
            return None
        found = self.report.ledger.derived[key]
        text = derived_text(self.report, key, tag=False)
        return {"id": key, "text": text, "number": found.value, "method": found.method}

    def claims(self, claims: Iterable[Claim]) -> list[dict[str, Any]]:
        """Write sentences with the ids behind them.

        Parameters
        ----------
        claims : iterable of Claim
            Sentences.

        Returns
        -------
        list of dict
            "text", "ids" (of the ledger) and "passages" (numbers of the list of sources).
        """
        numbers = passage_numbers(self.report)
        return [
            {
                "text": visible(claim.text),
                "ids": list(dict.fromkeys(claim.values)),
                "passages": list(dict.fromkeys(numbers[quote.passage] for quote in claim.quotes)),
            }
            for claim in claims
        ]
