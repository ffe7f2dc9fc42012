"""What the API returns besides reports."""

from __future__ import annotations

from dataclasses import dataclass

from tools.core.errors import PolysmithError
from tools.core.evidence import MeasuredNeighbour, Value


@dataclass(frozen=True)
class Prediction:
    """What is predicted for one input.

    Attributes
    ----------
    given : str
        The input as it was given.
    smiles, key, name : str
        Canonical repeat unit, identity key and name where it is known; empty if the input failed.
    values : dict of str to Value
        Predicted value by property id, in canonical units with intervals.
    measured : dict of str to Value
        Handbook value by property id, if the polymer is known.
    neighbours : dict of str to list of MeasuredNeighbour
        Nearest polymers with a value, by property id.
    flags : tuple of str
        Contradictions between the values.
    error : PolysmithError or None
        Why there is no prediction.
    """

    given: str
    smiles: str = ""
    key: str = ""
    name: str = ""
    values: dict[str, Value] | None = None
    measured: dict[str, Value] | None = None
    neighbours: dict[str, list[MeasuredNeighbour]] | None = None
    flags: tuple[str, ...] = ()
    error: PolysmithError | None = None


@dataclass(frozen=True)
class Drawing:
    """A drawn repeat unit.

    Attributes
    ----------
    smiles : str
        Canonical repeat unit.
    svg : str
        SVG text.
    """

    smiles: str
    svg: str
