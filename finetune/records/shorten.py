"""Shortening results of tools: what a model needs to read of them, and still the same kind of data."""

from __future__ import annotations

import json
from typing import Any, Final

_DIGITS: Final = 4
_DROPPED: Final = frozenset(("inputs", "sa_score", "pfas", "alternatives", "feasibility", "warnings", "thermodynamics"))
_LONGEST_TEXT: Final = 400
_LIMIT: Final = 3000  # characters of a result as JSON; the exam shows 4,000


def shortened(result: Any, limit: int = _LIMIT) -> Any:
    """Shorten a result.

    Parameters
    ----------
    result : Any
        What a tool returned: plain data.
    limit : int
        Characters of its JSON at most; a list that is longer loses its last items, which tools give best first.

    Returns
    -------
    Any
        Without empty fields, hashes and side matters, numbers with four digits, texts cut.
    """
    plain = _plain(result)
    while isinstance(plain, list) and len(plain) > 1 and len(json.dumps(plain, ensure_ascii=False)) > limit:
        plain = plain[:-1]
    return plain


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        pairs = ((name, _plain(item)) for name, item in node.items() if name not in _DROPPED)
        kept_empty = ("name", "groups", "classes", "by_product", "values")
        return {name: item for name, item in pairs if item not in (None, "", [], {}) or name in kept_empty}
    if isinstance(node, list | tuple):
        return [_plain(item) for item in node]
    if isinstance(node, float):
        return float(f"{node:.{_DIGITS}g}")
    if isinstance(node, str) and len(node) > _LONGEST_TEXT:
        return node[: _LONGEST_TEXT - 3] + "..."
    return node
