"""The ledger of a report: every number and quote that it may use, each with an id."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from tools.core.evidence import Passage, Value
from tools.core.plausibility import sound


class Derived(BaseModel):
    """A number computed from other entries of the ledger.

    Attributes
    ----------
    name : str
        What it is, such as "chance to meet all hard constraints".
    value : float
        The number.
    unit : str
        Its unit; "" for a plain number, "percent" for a share.
    method : str
        How it was computed.
    inputs : tuple of str
        Ids of what it was computed from.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    unit: str = ""
    method: str
    inputs: tuple[str, ...] = ()


class Quote(BaseModel):
    """Exact words of a passage.

    Attributes
    ----------
    passage : str
        Id of the passage.
    text : str
        The words; a substring of the passage's text.
    """

    model_config = ConfigDict(frozen=True)

    passage: str
    text: str


class Claim(BaseModel):
    """A sentence of the report with what stands behind it.

    Attributes
    ----------
    text : str
        The sentence.
    values : tuple of str
        Ledger ids of values and derived numbers it uses.
    quotes : tuple of Quote
        Quotes it rests on.
    names : tuple of str
        Names, formulae and structures in the sentence; digits in them are not statements.
    """

    model_config = ConfigDict(frozen=True)

    text: str
    values: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()
    names: tuple[str, ...] = ()


class Ledger(BaseModel):
    """Everything that a report rests on, by id.

    Attributes
    ----------
    values : dict of str to Value
        Measured, predicted, simulated and estimated values, "V1", "V2", ...
    derived : dict of str to Derived
        Computed numbers, "D1", "D2", ...
    passages : dict of str to Passage
        Passages that were retrieved, by their own id.
    tag : str
        Put into new ids, so that ledgers kept by different steps can be merged.
    """

    tag: str = ""
    values: dict[str, Value] = Field(default_factory=dict)
    derived: dict[str, Derived] = Field(default_factory=dict)
    passages: dict[str, Passage] = Field(default_factory=dict)

    def add_value(self, value: Value) -> str:
        """Enter a value, once; one that no polymer can have is marked.

        Parameters
        ----------
        value : Value
            The value.

        Returns
        -------
        str
            Its id.

        Raises
        ------
        NotCoveredError
            If it is no finite number, or its unit is none of the property.
        """
        value = sound(value)
        for key, known in self.values.items():
            if known == value:
                return key
        key = f"V{self.tag}{len(self.values) + 1}"
        self.values[key] = value
        return key

    def add_derived(self, derived: Derived) -> str:
        """Enter a computed number.

        Parameters
        ----------
        derived : Derived
            The number and how it came about.

        Returns
        -------
        str
            Its id.
        """
        key = f"D{self.tag}{len(self.derived) + 1}"
        self.derived[key] = derived
        return key

    def add_passage(self, passage: Passage) -> str:
        """Enter a passage that was retrieved.

        Parameters
        ----------
        passage : Passage
            The passage.

        Returns
        -------
        str
            Its id.
        """
        self.passages.setdefault(passage.id, passage)
        return passage.id

    def merged(self, other: Ledger) -> Ledger:
        """Join two ledgers whose tags differ.

        Parameters
        ----------
        other : Ledger
            The other ledger.

        Returns
        -------
        Ledger
            All entries of both.
        """
        return Ledger(
            values={**self.values, **other.values},
            derived={**self.derived, **other.derived},
            passages={**self.passages, **other.passages},
        )
