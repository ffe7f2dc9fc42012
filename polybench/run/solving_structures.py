"""Solvers for questions about structures: counts, masses, formulas, groups, classes and identity."""

from __future__ import annotations

import re
from typing import Final

from rdkit import Chem

from polybench.run import structures
from polybench.run.question import Question
from polybench.run.reading import ascending, bare, choice_polymers, counted, named, polymers, properties, wants_lowest
from polybench.run.solution import Context, Solution
from tools.core.polymer import Polymer
from tools.core.vocabulary import CLASSES, GROUPS

_MASS = re.compile(r"\bmolar mass|molecular (?:weight|mass)|formula weight", re.I)
_SAME = re.compile(r"\bsame (?:polymer|chain)|equivalent|identical", re.I)


def _about(question: Question) -> str:
    """The question without structures and without the remark on how to count."""
    text = bare(question.question)
    return re.split(r"\bCount (?:along|groups|each)\b|\bNote:", text)[0]


def _one(question: Question) -> Polymer | None:
    found = polymers(question.question)
    return found[0] if len(found) == 1 else None


def number(question: Question, context: Context) -> Solution | None:
    """Counts, molar mass, mass fraction and molar volume."""
    polymer = _one(question)
    if question.answer_type != "numeric" or polymer is None:
        return None
    text = _about(question)
    if re.search(r"mass fraction|weight (?:fraction|percent)|percent by (?:mass|weight)|wt ?%", text, re.I):
        return _fraction(text, polymer, context)
    if _MASS.search(text):
        context.note("identify_polymer", {"text": polymer.smiles})
        unit = structures.mass(polymer)
        density = context.property(polymer, "density") if re.search(r"molar volume", text, re.I) else None
        return Solution(unit / density if density else unit, "Molar mass of the repeat unit from its atoms.")
    if re.search(r"\bhow many\b|\bnumber of\b|\bcount\b", text, re.I):
        found = counted(text)
        if found:
            context.note("identify_polymer", {"text": polymer.smiles})
            total = re.search(r"\b(?:together|in total|and)\b", text) and len(found) > 1
            values = [structures.count(polymer, name) for name in (found if total else found[:1])]
            return Solution(sum(values), f"Counted {', '.join(found)}.")
    return None


def _fraction(text: str, polymer: Polymer, context: Context) -> Solution | None:
    from tools.core.vocabulary import ELEMENTS

    for symbol, names in ELEMENTS.items():
        if any(re.search(rf"\b{re.escape(name)}\b", text, re.I) for name in names):
            context.note("identify_polymer", {"text": polymer.smiles})
            weight = Chem.GetPeriodicTable().GetAtomicWeight(symbol)
            share = 100 * structures.count(polymer, f"element:{symbol}") * weight / structures.mass(polymer)
            return Solution(share, "Mass of the element over the mass of the repeat unit.")
    return None


def label(question: Question, context: Context) -> Solution | None:
    """Formula, or the class as a label."""
    polymer = _one(question)
    if question.answer_type != "label" or polymer is None:
        return None
    text = _about(question)
    if re.search(r"\bformula\b", text, re.I):
        context.note("identify_polymer", {"text": polymer.smiles})
        return Solution(structures.formula(polymer), "Formula of the repeat unit.")
    if re.search(r"\bclass\b|\bkind of polymer\b|\bfamily\b", text, re.I):
        from tools.chemistry.classes import main_class

        name = main_class(polymer)
        return Solution(CLASSES[name][0] if name in CLASSES else name, "Class from the linkages of the chain.")
    return None


def truth(question: Question, context: Context) -> Solution | None:
    """Identity, presence of groups, classes and comparisons of counts."""
    if question.answer_type != "boolean":
        return None
    text, found = _about(question), polymers(question.question)
    if len(found) == 2 and _SAME.search(text):
        context.note("identify_polymer", {"text": found[0].smiles})
        return Solution(found[0] == found[1], "Compared the identity keys of the chains.")
    if len(found) != 1 or properties(text):
        return None
    comparison = re.search(r"\b(more|fewer|less)\b(.*)\bthan\b(.*)", text, re.I)
    if comparison:
        names = [*counted(comparison.group(2))[:1], *counted(comparison.group(3))[:1]]
        if len(names) == 2:
            one, other = (structures.count(found[0], name) for name in names)
            return Solution(one > other if comparison.group(1).casefold() == "more" else one < other, "Counted both.")
    groups, classes = named(text, "groups"), named(text, "classes")
    if classes and re.search(r"\bclass\b|\bis\b.*\ba\b|belong", text, re.I) and not re.search(r"\bgroup\b", text):
        return Solution(classes[0] in structures.classes(found[0]), "Classes from the linkages of the chain.")
    if groups:
        context.note("identify_polymer", {"text": found[0].smiles})
        return Solution(structures.count(found[0], f"group:{groups[0]}") > 0, f"Looked for {groups[0]}.")
    return None


def choice(question: Question, context: Context) -> Solution | None:
    """Which choice has a group, is the class, or has most of something."""
    if question.answer_type != "mcq":
        return None
    text, polymer, offered = _about(question), _one(question), choice_polymers(question)
    if polymer is not None and re.search(r"\bclass\b|\bfamily\b|\bkind of\b", text, re.I) and not offered:
        mine = structures.classes(polymer)
        context.note("identify_polymer", {"text": polymer.smiles})
        hits = [key for key, words in question.choices.items() if set(named(words, "classes")) & mine]
        return Solution(hits[0], "Classes from the linkages of the chain.") if hits else None
    if len(offered) < len(question.choices) or properties(text):
        return None
    if polymer is not None and _SAME.search(text):
        hits = [key for key, item in offered.items() if item == polymer]
        return Solution(hits[0], "Compared identity keys.") if hits else None
    name, values = _measured(text, offered, context)
    if not values:
        return None
    if re.search(r"\b(no|not|without|lacks?)\b", text) or wants_lowest(text):
        return Solution(min(values, key=lambda key: (values[key], key)), f"Least {name}.")
    return Solution(max(values, key=lambda key: (values[key], key)), f"Most {name}.")


def _measured(text: str, offered: dict[str, Polymer], context: Context) -> tuple[str, dict[str, float]]:
    """Molar mass, or the count that a text names first, of every choice; nothing where it names neither."""
    name = "mass" if _MASS.search(text) else next(iter(counted(text)), "")
    if not name:
        return "", {}
    context.note("identify_polymer", {"text": ", ".join(item.smiles for item in offered.values())})
    measure = structures.mass if name == "mass" else lambda item: structures.count(item, name)
    return name, {key: measure(item) for key, item in offered.items()}


def ranking(question: Question, context: Context) -> Solution | None:
    """An order by molar mass or by a count."""
    offered, text = choice_polymers(question), _about(question)
    if question.answer_type != "ranking" or not offered or properties(text):
        return None
    name, values = _measured(text, offered, context)
    if not values:
        return None
    return Solution(sorted(values, key=lambda key: values[key], reverse=not ascending(text)), f"Ordered by {name}.")


def groups(question: Question, context: Context) -> Solution | None:
    """Which groups occur: of those that are listed, else all."""
    polymer = _one(question)
    if question.answer_type != "set" or polymer is None:
        return None
    text = _about(question)
    if not re.search(r"\bgroups?\b", text, re.I):
        return None
    asked = named(text.partition(":")[2] or text, "groups") or list(GROUPS)
    context.note("identify_polymer", {"text": polymer.smiles})
    return Solution(
        [GROUPS[name][0] for name in asked if structures.count(polymer, f"group:{name}")], "Matched the groups."
    )


SOLVERS: Final = (number, label, truth, choice, ranking, groups)
