"""Conceptual knowledge: names, classes, units, symbols and polymerisations, from the project's own tables.

Nothing is asserted here that is not in ``tools.core.vocabulary``, the property registry, the handbook (values with
their sources), the list of known monomers or the polymerisation rules.
"""

from __future__ import annotations

import random
from typing import Any, Final

from polybench.builders.chains import Chain
from polybench.builders.drafting import (
    Bundle,
    Maker,
    Pool,
    class_words,
    draft,
    lettered,
    other_classes,
    owns,
    some,
)
from polybench.builders.quantities import QUANTITIES
from polybench.builders.reactions import mechanisms
from polybench.builders.sources import HANDBOOK
from polybench.task import KeyPoint, Tolerance
from tools.chemistry import handbook
from tools.chemistry.classes import ORDER, classes_of
from tools.core.properties import all_properties
from tools.core.units import compatible, convert

_CATEGORY: Final = "conceptual_knowledge"
_BOOK: Final = {"source": HANDBOOK[0], "licence": HANDBOOK[1]}
_CONVERSIONS: Final = (
    ("degC", "K", -50, 350), ("K", "degC", 200, 700), ("GPa", "MPa", 0.1, 9), ("MPa", "Pa", 1, 90),
    ("g/cm3", "kg/m3", 0.8, 2.2), ("kJ/mol", "J/mol", 1, 90), ("kPa", "bar", 50, 900), ("nm", "angstrom", 0.2, 50),
    ("J/g/K", "J/kg/K", 0.8, 3), ("degF", "degC", 0, 600),
)  # fmt: skip


def _chain_of(pool: Pool, entry: handbook.Entry) -> list[Chain]:
    return [pool.by_key[entry.polymer.key]]


def _entry(pool: Pool, rng: random.Random) -> handbook.Entry | None:
    return some(rng, pool.entries)


def _repeat_unit(pool: Pool, rng: random.Random) -> Bundle | None:
    entry = _entry(pool, rng)
    others = [item for item in pool.entries if entry and item.polymer.key != entry.polymer.key]
    if entry is None or len(others) < 3:
        return None
    wrong = rng.sample(others, 3)
    choices, letter = lettered(rng, entry.polymer.smiles, [item.polymer.smiles for item in wrong])
    if len(set(choices.values())) < 4:
        return None
    question = f"Which repeat unit is that of {entry.name}?"
    return (
        draft(pool, _CATEGORY, "repeat_unit_of_name", 1, question, "mcq", letter, choices=choices,
              chains=_chain_of(pool, entry), tools_expected=("identify_polymer",), **_BOOK),
    )  # fmt: skip


def _name(pool: Pool, rng: random.Random) -> Bundle | None:
    entry = _entry(pool, rng)
    if entry is None:
        return None
    names = [name for item in handbook.by_key()[entry.polymer.key] for name in item.all_names if name != entry.name]
    form = rng.choice(("What is the polymer with the repeat unit {} called?", "Name the polymer {}."))
    return (
        draft(pool, _CATEGORY, "name_of_repeat_unit", 2, form.format(entry.polymer.smiles), "label", entry.name,
              aliases=tuple(dict.fromkeys(names)), chains=_chain_of(pool, entry),
              tools_expected=("identify_polymer",), **_BOOK),
    )  # fmt: skip


def _abbreviation(pool: Pool, rng: random.Random) -> Bundle | None:
    entry = _entry(pool, rng)
    short = some(rng, entry.abbreviations) if entry else None
    if entry is None or short is None or sum(short in item.abbreviations for item in handbook.load()) > 1:
        return None
    names = [*entry.other_names]
    return (
        draft(pool, _CATEGORY, "abbreviation", 1, f"Which polymer is abbreviated {short}?", "label", entry.name,
              aliases=tuple(names), chains=_chain_of(pool, entry), tools_expected=("identify_polymer",), **_BOOK),
    )  # fmt: skip


def _class_of_name(pool: Pool, rng: random.Random) -> Bundle | None:
    entry = _entry(pool, rng)
    if entry is None:
        return None
    classes = classes_of(entry.polymer)
    names = [name for name in ORDER if name in classes]
    if not names:
        return None
    about = _chain_of(pool, entry)
    others = other_classes(classes, about[0].formula)
    if rng.random() < 0.5:
        wrong = rng.sample(others, 3)
        choices, letter = lettered(rng, class_words(names[0]), [class_words(name) for name in wrong])
        question = f"To which class does {entry.name} belong?"
        return (
            draft(pool, _CATEGORY, "class_of_name", 1, question, "mcq", letter, choices=choices, chains=about, **_BOOK),
        )
    yes = rng.random() < 0.5
    name = rng.choice(names) if yes else rng.choice(others)
    question = f"Does {entry.name} belong to this class: {class_words(name)}?"
    return (draft(pool, _CATEGORY, "is_of_class", 1, question, "boolean", yes, chains=about, **_BOOK),)


def _named_value(pool: Pool, rng: random.Random) -> Bundle | None:
    entry = _entry(pool, rng)
    name = rng.choice(("Tg", "Tg", "Tm", "density"))
    value = entry.summary(name) if entry else None
    if entry is None or value is None:
        return None
    quantity = QUANTITIES[name]
    spread = abs((value.upper or value.value) - (value.lower or value.value))
    question = f"What is the {quantity.words} of {entry.name} in {quantity.unit}?"
    about = _chain_of(pool, entry)
    evidence = ({"polymer": entry.polymer.smiles, "property": name, "value": value.value, "unit": value.unit,
                 "method": "measured", "source": value.source},)  # fmt: skip
    if rng.random() < 0.3:
        words = class_words(entry.polymer_class)
        points = (
            KeyPoint(text=f"class: {words}", any_of=(words, words.rstrip("s"))),
            KeyPoint(text=quantity.words, number=value.value, unit=quantity.unit, rel=0.05),
        )
        asked = f"Describe {entry.name} in one or two sentences: its class, and its {quantity.words} with the unit."
        return (
            draft(pool, _CATEGORY, "describe", 2, asked, "text", None, keypoints=points, chains=about,
                  evidence=evidence, **_BOOK),
        )  # fmt: skip
    return (
        draft(pool, _CATEGORY, f"named_{name}", 2, question, "numeric", value.value, unit=quantity.unit, property=name,
              tolerance=Tolerance(abs=max(quantity.tolerance.abs or 0.0, spread)), chains=about, evidence=evidence,
              tools_expected=("known_polymers",), **_BOOK),
    )  # fmt: skip


def _unit(pool: Pool, rng: random.Random) -> Bundle | None:
    table = [item for item in all_properties().values() if item.unit != "dimensionless" and owns(pool, item.id)]
    item = some(rng, table)
    if item is None:
        return None
    units = sorted({other.display_unit for other in all_properties().values() if other.unit != "dimensionless"})
    wrong = rng.sample([unit for unit in units if not compatible(unit, item.unit)], 3)
    choices, letter = lettered(rng, item.display_unit, wrong)
    form = rng.choice(("In which unit can the {} be stated?", "Which of these is a unit of the {}?"))
    return (draft(pool, _CATEGORY, "unit", 1, form.format(item.name), "mcq", letter, choices=choices),)


def _symbol(pool: Pool, rng: random.Random) -> Bundle | None:
    names = [item for item in all_properties().values() if owns(pool, item.id) and item.aliases]
    item = some(rng, names)
    if item is None:
        return None
    alias = rng.choice((item.symbol, *item.aliases))
    said = alias.casefold()
    others = [
        other
        for other in all_properties().values()
        if other.id != item.id and said not in {text.casefold() for text in (other.symbol, other.name, *other.aliases)}
    ]
    if alias == item.name:
        return None
    wrong = [other.name for other in rng.sample(others, 3)]
    choices, letter = lettered(rng, item.name, wrong)
    question = f'Which property of a polymer does "{alias}" stand for?'
    return (draft(pool, _CATEGORY, "symbol", 1, question, "mcq", letter, choices=choices),)


def conversion(pool: Pool, rng: random.Random) -> Bundle | None:
    """Ask to convert a number from one unit to another."""
    unit, target, low, high = _CONVERSIONS[rng.randrange(len(_CONVERSIONS))]
    drawn = (float(f"{rng.uniform(low, high):.3g}") for _ in range(60))
    value = next((item for item in drawn if owns(pool, f"{item:g} {unit}")), None)
    if value is None:
        return None
    result = float(f"{convert(value, unit, target):.6g}")
    question = f"Convert {value:g} {unit} to {target}."
    return (
        draft(pool, _CATEGORY, "conversion", 1, question, "numeric", result, unit=target,
              tolerance=Tolerance(rel=0.002, abs=0.02)),
    )  # fmt: skip


def _mechanism(pool: Pool, rng: random.Random) -> Bundle | None:
    table = mechanisms()
    name = some(rng, [item for item in table if owns(pool, item)])
    if name is None:
        return None
    growth, by_product, _ = table[name]
    if rng.random() < 0.5:
        form = rng.choice(("Is {} a step-growth polymerisation?", "Does the chain grow step by step in {}?"))
        if growth == "step" and rng.random() < 0.4:
            return None
        return (draft(pool, _CATEGORY, "step_growth", 1, form.format(name), "boolean", growth == "step"),)
    if by_product == "?":
        return None
    others = sorted({row[1] for row in table.values() if row[1] not in ("?", by_product)})
    right = by_product or "nothing: it is an addition"
    choices, letter = lettered(rng, right, [item or "nothing: it is an addition" for item in rng.sample(others, 3)])
    question = f"What leaves in this polymerisation: {name}?"
    return (draft(pool, _CATEGORY, "by_product_of_mechanism", 2, question, "mcq", letter, choices=choices),)


def _monomer(pool: Pool, rng: random.Random) -> Bundle | None:
    table = pool.facts
    entry = some(rng, table)
    if entry is None or len(table) < 4:
        return None
    wrong = [item for item in rng.sample(table, 4) if item.smiles != entry.smiles and item.name != entry.name][:3]
    if len(wrong) < 3:
        return None
    if rng.random() < 0.5:
        choices, letter = lettered(rng, entry.smiles, [item.smiles for item in wrong])
        question = f"Which structure is {entry.name}?"
        return (
            draft(
                pool,
                _CATEGORY,
                "monomer_structure",
                1,
                question,
                "mcq",
                letter,
                choices=choices,
                **_terms(entry.source),
            ),
        )
    choices, letter = lettered(rng, entry.name, [item.name for item in wrong])
    question = f"What is the monomer {entry.smiles} called?"
    return (
        draft(pool, _CATEGORY, "monomer_name", 1, question, "mcq", letter, choices=choices, **_terms(entry.source)),
    )


def _terms(source: str) -> dict[str, Any]:
    if source == "common":
        return {"source": "Polysmith list of monomers", "licence": "Apache-2.0"}
    return {"source": "SMiPoly monomer set 202207", "licence": "BSD-3-Clause"}


MAKERS: Final[tuple[Maker, ...]] = (
    _repeat_unit, _name, _abbreviation, _class_of_name, _named_value, _unit, _symbol, conversion, _mechanism, _monomer,
    _monomer,
)  # fmt: skip
