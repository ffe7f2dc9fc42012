"""What runs in a sandbox worker for a table: read structures and predict, many at a time, plain data in and out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.sheet import code_of
from tools.properties.features import Tier

Answer = tuple[Any, ...]  # ("read", smiles, key, ((value, lower, upper, in domain), ...)) or ("error", type, code, ...)


def describe(error: PolysmithError) -> Answer:
    """Turn an error into plain data: ("error", class, code, message, hint)."""
    return ("error", type(error).__name__, code_of(error), error.message, error.hint)


def read(text: str) -> Polymer | Answer:
    """Read one structure or name; an error becomes plain data.

    Parameters
    ----------
    text : str
        A cell of a table.

    Returns
    -------
    Polymer or tuple
        The chain, or the described error.
    """
    from tools.naming.resolve import resolve

    try:
        # looking for names alike, or starting OPSIN, takes longer than predicting
        return resolve(text, suggest=False, systematic=False)
    except PolysmithError as error:
        return describe(error)


def answer(texts: Sequence[str], properties: Sequence[str], tier: Tier) -> list[Answer]:
    """Read and predict.

    Parameters
    ----------
    texts : sequence of str
        Structures or names.
    properties : sequence of str
        Property ids.
    tier : {"fast", "accurate"}
        Which form of the models answers.

    Returns
    -------
    list of tuple
        One per text, in order.
    """
    from tools.properties.predict import predict_table

    found = [read(text) for text in texts]
    good = [item for item in found if isinstance(item, Polymer)]
    if not good:
        return [item for item in found if not isinstance(item, Polymer)]
    table = predict_table(good, list(properties), tier=tier)
    columns = [table.columns[name] for name in properties]
    numbers = [
        list(zip(c.mean.tolist(), c.lower.tolist(), c.upper.tolist(), c.in_domain.tolist(), strict=True))
        for c in columns
    ]
    rows = iter(zip(*numbers, strict=True))
    return [("read", item.smiles, item.key, next(rows)) if isinstance(item, Polymer) else item for item in found]
