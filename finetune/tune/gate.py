"""The gate: what a tuned model must still be able to do, measured against the model before tuning.

Narrow tuning can destroy what is not trained. Instructions whose fulfilment code can check, and tool calls, are asked
before and after; a model is called usable only if it keeps a set share of each.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from finetune.records.gate_items import GateItem
from finetune.records.general import KINDS, check, gate_set
from finetune.tune.answering import Answer, in_batches
from finetune.tune.settings import Gate

FAMILIES = {"instructions": "instruction", "tools": "tools"}  # name in a recipe, and of the items
_Z = 1.959963984540054  # 97.5 % quantile of the normal distribution
_PART = 32  # items between lines of progress


def items_of(settings: Gate, seed: int) -> list[GateItem]:
    """Make the items of a gate.

    Parameters
    ----------
    settings : Gate
        Number.
    seed : int
        Of the items; none of them is ever trained on.

    Returns
    -------
    list of GateItem
        ``settings.items`` of each family, of all kinds in turn.
    """
    wanted = settings.items * len(KINDS)  # enough of each family, whatever the kinds' shares
    made = gate_set(seed, wanted)
    found: list[GateItem] = []
    for family in FAMILIES.values():
        found += [item for item in made if item.family == family][: settings.items]
    return found


def ask_loaded(
    items: Sequence[GateItem], load: Callable[[], Answer], *, progress: Callable[[str], None] = lambda _: None
) -> dict[str, bool]:
    """Load a model and ask it the items; as ``ask``."""
    return ask(items, load(), progress=progress)


def ask(
    items: Sequence[GateItem], answer: Answer, *, progress: Callable[[str], None] = lambda _: None
) -> dict[str, bool]:
    """Ask a model the items.

    Parameters
    ----------
    items : sequence of GateItem
        The items.
    answer : callable
        The model.
    progress : callable
        Told how many are asked.

    Returns
    -------
    dict of str to bool
        Whether each was done, by id.
    """
    found: dict[str, bool] = {}
    for part in in_batches(items, _PART):
        texts = answer([(item.messages, item.tools) for item in part])
        found |= {item.id: check(item, text) for item, text in zip(part, texts, strict=True)}
        progress(f"gate: {len(found)} of {len(items)} asked")
    return found


def verdict(
    items: Sequence[GateItem], before: dict[str, bool], after: dict[str, bool], settings: Gate
) -> tuple[bool, dict[str, Any]]:
    """Decide.

    Parameters
    ----------
    items : sequence of GateItem
        The items.
    before, after : dict of str to bool
        What the base and the tuned model did.
    settings : Gate
        Least ratios.

    Returns
    -------
    passed : bool
        Whether, in each family, the tuned model does something and at least the asked share of what the base does.
    found : dict
        By family: ``before`` and ``after`` (share, with Wilson's interval of 95 %), ``ratio`` (None where the base
        does nothing), ``least``, ``passed``, ``lost`` and ``gained`` items, and ``kinds``.
    """
    found: dict[str, Any] = {}
    for name, family in FAMILIES.items():
        mine = [item for item in items if item.family == family]
        least = float(getattr(settings, name))
        first, second = (sum(done[item.id] for item in mine) for done in (before, after))
        found[name] = {
            "n": len(mine),
            "before": wilson(first, len(mine)),
            "after": wilson(second, len(mine)),
            "ratio": second / first if first else None,
            "least": least,
            "passed": second > 0 and second >= least * first,
            "lost": sum(before[item.id] and not after[item.id] for item in mine),
            "gained": sum(after[item.id] and not before[item.id] for item in mine),
            "kinds": {
                kind: [sum(done[item.id] for item in mine if item.kind == kind) for done in (before, after)]
                for kind in sorted({item.kind for item in mine})
            },
        }
    return all(part["passed"] for part in found.values()), found


def wilson(right: int, n: int) -> dict[str, float | None]:
    """Return a share with its interval.

    Parameters
    ----------
    right, n : int
        Right ones of all.

    Returns
    -------
    dict
        ``score``, ``lower`` and ``upper`` (95 %; Wilson, J. Am. Stat. Assoc. 22, 209, 1927); None where there is none.
    """
    if not n:
        return {"score": None, "lower": None, "upper": None}
    share, square = right / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = _Z * math.sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    return {"score": share, "lower": max(0.0, middle - half), "upper": min(1.0, middle + half)}


def kept(path: Path, make: Callable[[], dict[str, bool]]) -> dict[str, bool]:
    """Read what a model did, or ask it and keep that.

    Parameters
    ----------
    path : Path
        File.
    make : callable
        Asks the model.

    Returns
    -------
    dict of str to bool
        By item.
    """
    if path.is_file():
        found: dict[str, bool] = json.loads(path.read_text(encoding="utf-8"))
        return found
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    partial.replace(path)
    return made
