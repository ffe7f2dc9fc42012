"""What stands behind a statement: values with their kind and source, and passages."""

from __future__ import annotations

import hashlib
import json
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["measured", "predicted", "simulated", "estimated"]


def inputs_hash(*parts: object) -> str:
    """Hash the inputs of a computation, so that a value can be traced to them.

    Parameters
    ----------
    *parts : object
        JSON-serialisable inputs.

    Returns
    -------
    str
        First 16 hexadecimal digits of the SHA-256 of their JSON.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class Value(BaseModel):
    """A number with unit, interval, kind and source.

    Attributes
    ----------
    property : str
        Property id of the registry.
    value : float
        The number, in ``unit``.
    unit : str
        The property's canonical unit.
    lower, upper : float or None
        Interval bounds, in ``unit``.
    coverage : float or None
        Nominal coverage of the interval, such as 0.9.
    kind : {"measured", "predicted", "simulated", "estimated"}
        How the number came about. A model trained on simulated labels predicts a simulated quantity:
        its kind is "predicted" and ``label_kind`` is "simulated".
    label_kind : {"measured", "simulated"} or None
        What the labels were that a prediction learnt from.
    source : str
        Citation, or id of the model card.
    in_domain : bool or None
        Whether the model has seen similar polymers; None where that has no meaning.
    conditions : dict of str to str
        Conditions that belong to the value.
    inputs : str
        Hash of the inputs.
    note : str
        A caveat worth showing.
    """

    model_config = ConfigDict(frozen=True)

    property: str
    value: float
    unit: str
    lower: float | None = None
    upper: float | None = None
    coverage: float | None = None
    kind: Kind
    label_kind: Literal["measured", "simulated"] | None = None
    source: str = Field(min_length=1)
    in_domain: bool | None = None
    conditions: dict[str, str] = Field(default_factory=dict)
    inputs: str = ""
    note: str = ""


class Passage(BaseModel):
    """An exact piece of a document.

    Attributes
    ----------
    id : str
        Passage id, unique within an index.
    document_id : str
        Id of the document it was cut from.
    title : str
        Title of the document.
    text : str
        The exact text, ``document[start:end]``.
    start, end : int
        Character offsets in the stored document text.
    score : float
        Relevance for the query that found it (0 when fetched by id).
    doi, url, reference : str
        Where the document is from; empty where unknown.
    year : int or None
        Year of publication.
    source : str
        Name of the collection, such as ``"polysmith-handbook"``.
    licence : str
        Licence of the text, empty where unknown.
    retracted : bool
        True if the document is known to be retracted.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    document_id: str
    title: str
    text: str
    start: int
    end: int
    score: float = 0.0
    doi: str = ""
    url: str = ""
    reference: str = ""
    year: int | None = None
    source: str = ""
    licence: str = ""
    retracted: bool = False


class MeasuredNeighbour(BaseModel):
    """A measured polymer close to the one asked about.

    Attributes
    ----------
    smiles : str
        Repeat unit of the neighbour.
    name : str
        Its name, empty where unknown.
    similarity : float
        Min-max Tanimoto similarity of count fingerprints, 0 to 1.
    value : Value
        Its measured (or simulated) value.
    """

    model_config = ConfigDict(frozen=True)

    smiles: str
    name: str = ""
    similarity: float
    value: Value
