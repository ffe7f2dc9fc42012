"""The agentic track, which PolyBench lacks: whether tools are used when needed, survive failures, and are left alone.

``extra`` names the track: ``tool_needed``, ``no_tool_needed``, ``failing_tool`` (with the tool, the error and how often
it is raised before it works), ``citation`` and ``unanswerable``. The answers are marked by the same scorers.
"""

from __future__ import annotations

import random
from typing import Any, Final

from polybench.builders.conceptual_knowledge import conversion
from polybench.builders.drafting import Bundle, Maker, Pool, draft, evidence, label_terms, label_words, some
from polybench.builders.quantities import QUANTITIES
from polybench.builders.sources import HANDBOOK
from polybench.task import Task, Tolerance

_CATEGORY: Final = "agentic"
UNANSWERABLE: Final = "unanswerable"
_ALIASES: Final = ("cannot be answered", "not answerable", "cannot answer", "invalid structure", "unknown polymer")
_RULE: Final = (
    f"If the question cannot be answered because something in it is wrong or unknown, answer: {UNANSWERABLE}."
)
_MADE_UP: Final = ("vorane", "quellate", "thramide", "zolene", "morphane", "drelite", "cavone", "nystrine")


def _value(pool: Pool, rng: random.Random, subtask: str, **extra: Any) -> Task | None:
    names = sorted(pool.labels)
    name = some(rng, names)
    chain = some(rng, pool.labels[name]) if name else None
    if chain is None or name is None:
        return None
    quantity, words = label_words(name)
    dimensionless = quantity.unit == "dimensionless"
    unit = "" if dimensionless else f" in {quantity.unit}"
    question = f"Find the {words} of the polymer with the repeat unit {chain.smiles}{unit}. {_RULE}"
    return draft(
        pool, _CATEGORY, subtask, 2, question, "numeric", float(f"{chain.labels[name].value:.5g}"), chains=[chain],
        property=quantity.id, unit="" if dimensionless else quantity.unit, tolerance=quantity.tolerance,
        evidence=(evidence(chain, name),), tools_expected=("predict_properties",), extra={"track": subtask, **extra},
        **label_terms([chain], [name]),
    )  # fmt: skip


def _tool_needed(pool: Pool, rng: random.Random) -> Bundle | None:
    task = _value(pool, rng, "tool_needed")
    return (task,) if task else None


def _failing_tool(pool: Pool, rng: random.Random) -> Bundle | None:
    error, times = rng.choice(("LimitError", "BackendMissing", "NotCoveredError")), rng.choice((1, 2))
    failure = {"tool": "predict_properties", "error": error, "times": times}
    task = _value(pool, rng, "failing_tool", inject=failure)
    return (task,) if task else None


def _no_tool(pool: Pool, rng: random.Random) -> Bundle | None:
    made = conversion(pool, rng)
    if made is None:
        return None
    task = made[0]
    return (
        draft(pool, _CATEGORY, "no_tool_needed", 1, task.question, "numeric", task.answer, unit=task.unit,
              tolerance=task.tolerance, extra={"track": "no_tool_needed"}),
    )  # fmt: skip


def _citation(pool: Pool, rng: random.Random) -> Bundle | None:
    entry = some(rng, pool.entries)
    name = rng.choice(("Tg", "Tm", "density"))
    value = entry.summary(name) if entry else None
    if entry is None or value is None:
        return None
    quantity = QUANTITIES[name]
    spread = abs((value.upper or value.value) - (value.lower or value.value))
    question = f"State the measured {quantity.words} of {entry.name} in {quantity.unit} and cite its source. {_RULE}"
    return (
        draft(pool, _CATEGORY, "citation", 2, question, "numeric", value.value, unit=quantity.unit, property=name,
              tolerance=Tolerance(abs=max(quantity.tolerance.abs or 0.0, spread)), tools_expected=("known_polymers",),
              chains=[pool.by_key[entry.polymer.key]],
              evidence=({"polymer": entry.polymer.smiles, "property": name, "value": value.value, "unit": value.unit,
                         "method": "measured", "source": value.source},),
              extra={"track": "citation"}, source=HANDBOOK[0], licence=HANDBOOK[1]),
    )  # fmt: skip


def _broken(rng: random.Random, smiles: str) -> str:
    """Damage a repeat unit so that nobody can read it."""
    kind = rng.randrange(3)
    if kind == 0:
        return smiles.replace("*", "", 1)  # one attachment point
    if kind == 1:
        return (
            f"{smiles}(C)(C)(C)(C)C" if smiles[-1] not in "*" else f"C{smiles[:-1]}C(F)(F)(F)(F)*"
        )  # pentavalent carbon
    return f"{smiles[:-1]}C1CC*" if smiles.endswith("*") else f"{smiles}C1"  # a ring that does not close


def _unanswerable(pool: Pool, rng: random.Random) -> Bundle | None:
    from tools.core.errors import PolysmithError
    from tools.core.polymer import Polymer
    from tools.naming.resolve import resolve

    chain = some(rng, pool.chains)
    if chain is None:
        return None
    if rng.random() < 0.6:
        subject = _broken(rng, chain.smiles)
    else:
        subject = f"poly({rng.choice('bcdfgklmnprstv')}{rng.choice('aeiou')}{rng.choice(_MADE_UP)})"
    try:
        Polymer.from_smiles(subject) if "*" in subject else resolve(subject, suggest=False)
    except PolysmithError:
        quantity = some(rng, list(QUANTITIES.values()))
        words = quantity.words if quantity else "density"
        question = f"Find the {words} of the polymer {subject}. {_RULE}"
        return (
            draft(pool, _CATEGORY, "unanswerable", 2, question, "label", UNANSWERABLE, aliases=_ALIASES,
                  extra={"track": "unanswerable"}),
        )  # fmt: skip
    return None


MAKERS: Final[tuple[Maker, ...]] = (_tool_needed, _failing_tool, _no_tool, _citation, _unanswerable)
