"""Solvers for questions about names, classes, units and symbols, from the handbook and the vocabulary."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

from polybench.prediction import Citation
from polybench.refusal import UNANSWERABLE
from polybench.run.question import Question
from polybench.run.reading import bare, molecule, named, polymers, read_polymer
from polybench.run.reading import properties as asked_properties
from polybench.run.solution import Context, Solution
from tools.chemistry import handbook
from tools.chemistry.classes import classes_of
from tools.chemistry.names import mentions
from tools.core.errors import PolysmithError, UnknownNameError
from tools.core.polymer import Polymer
from tools.core.properties import get_property, mentioned_properties
from tools.core.units import compatible, convert
from tools.core.vocabulary import CLASSES
from tools.naming.naming import name_of
from tools.naming.resolve import resolve
from tools.synthesis.monomers import known, resolve_monomer

_CONVERT = re.compile(
    r"(?P<number>[-+−]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*(?P<unit>[^\s,]+)\s+(?:to|into|in)\s+(?P<target>\S+)", re.I
)
_SUBJECT: Final = (
    r"(?:repeat unit (?:is )?that of|repeat unit of|structure of|structure is) (?P<name>.+?)\??$",
    r"(?:abbreviated|abbreviation) (?P<name>\S+?)\??$",
    r"Does (?P<name>.+?) belong",
    r"(?:does|is) (?P<name>.+?) (?:belong|a member|an? )",
    r"(?:of|Describe) (?P<name>.+?)"
    r"(?: in (?:(?:one|K|°C|g/cm3|degC|kg/m3)\b|\S+\.(?:\s|$)).*| and cite.*|\?|\.(?:\s|$)|$)",
)


def _polymer(question: Question) -> tuple[str, Polymer] | None:
    """The polymer that a question names in words."""
    text = question.question
    for pattern in _SUBJECT:
        for match in re.finditer(pattern, text):
            name = match.group("name").strip(" ?.")
            for part in dict.fromkeys((name, name.removeprefix("the polymer ").removeprefix("the "))):
                known_as = _resolved(part)
                if known_as is not None:
                    return part, known_as
    found = mentions(text)
    return (found[0].name, found[0].polymer) if found else None


@lru_cache(maxsize=4096)
def _resolved(name: str) -> Polymer | None:
    """Read a name; kept, because systematic names are read by a program of their own that takes seconds to start."""
    try:
        return resolve(name, suggest=False)
    except PolysmithError:
        return None


def conversion(question: Question, context: Context) -> Solution | None:
    """Convert units."""
    match = _CONVERT.search(question.question)
    if question.answer_type != "numeric" or match is None:
        return None
    unit, target = (match.group(name).rstrip(".?,") for name in ("unit", "target"))
    try:
        return Solution(convert(float(match.group("number").replace("−", "-")), unit, target), "Unit conversion.")
    except PolysmithError:
        return None


def unknown(question: Question, context: Context) -> Solution | None:
    """A polymer that nobody knows, where the question offers to refuse."""
    if not re.search(r"cannot be answered|unanswerable", question.question, re.I) or polymers(question.question):
        return None
    if _polymer(question) is None and re.search(r"\bpolymer\b|\bpoly\(", question.question):
        context.note("identify_polymer", {"text": question.question[:80]}, ok=False)
        return Solution(UNANSWERABLE, "No tool knows this polymer.")
    return None


def measured(question: Question, context: Context) -> Solution | None:
    """Measured values of named polymers, and short descriptions."""
    properties = asked_properties(question.question)
    subject = _polymer(question) if question.answer_type in ("numeric", "text") and properties else None
    if subject is None:
        return None
    name, polymer = subject
    prop = properties[0]
    entries = () if context.simulated else handbook.by_key().get(polymer.key, ())
    values = [item for entry in entries if (item := entry.summary(prop.id))]
    context.note("known_polymers", {"property_name": prop.id}, ok=bool(values))
    number = values[0].value if values else context.property(polymer, prop.id)
    if number is None:
        return None
    record = f"{name}: {prop.name} {number:g} {prop.unit}, measured ({values[0].source})" if values else ""
    cited = (Citation(source="known_polymers", quote=record),) if record else ()
    if question.answer_type == "text":
        words = next((CLASSES[item][0] for item in _classes(polymer)), "polymer")
        said: Any = f"{name} is a {words}; its {prop.name} is {number:g} {prop.unit}."
    else:
        said = convert(number, prop.unit, question.unit) if question.unit else number
    how = f"Measured value of {name}: {values[0].source}." if values else "Predicted."
    return Solution(said, how, cited, {"known_polymers": record} if record else {})


def _classes(polymer: Polymer) -> list[str]:
    """Classes of a polymer: the handbook's first."""
    listed = [entry.polymer_class for entry in handbook.by_key().get(polymer.key, ())]
    return [name for name in dict.fromkeys((*listed, *sorted(classes_of(polymer)))) if name in CLASSES]


def naming(question: Question, context: Context) -> Solution | None:
    """Names of structures and of abbreviations."""
    if question.answer_type != "label":
        return None
    found = polymers(question.question)
    context.note("identify_polymer", {"text": question.question[:80]})
    if found:
        return Solution(name_of(found[0]), "Name of the chain.") if len(found) == 1 else None
    subject = _polymer(question)
    return Solution(name_of(subject[1]), "Looked the name up.") if subject else None


def class_of(question: Question, context: Context) -> Solution | None:
    """Classes of named polymers."""
    if question.answer_type not in ("mcq", "boolean") or polymers(question.question):
        return None
    if not re.search(r"\bclass\b|\bbelong|\bfamily\b", question.question, re.I):
        return None
    subject = _polymer(question)
    if subject is None:
        return None
    context.note("identify_polymer", {"text": subject[0]})
    mine = classes_of(subject[1])
    if question.answer_type == "boolean":
        asked = named(question.question.rpartition(":")[2] or question.question, "classes")
        return Solution(asked[0] in mine, "Classes from the structure.") if asked else None
    hits = [key for key, text in question.choices.items() if set(named(text, "classes")) & mine]
    return Solution(hits[0], "Classes from the structure.") if hits else None


def structure_choice(question: Question, context: Context) -> Solution | None:
    """Which structure a named polymer or monomer has, and the name of a monomer."""
    if question.answer_type != "mcq":
        return None
    offered = {key: read_polymer(text.strip()) for key, text in question.choices.items()}
    if any(offered.values()):
        subject = _polymer(question)
        context.note("identify_polymer", {"text": question.question[:80]}, ok=subject is not None)
        hits = [key for key, item in offered.items() if subject and item == subject[1]]
        return Solution(hits[0], "Structure of the named polymer.") if hits else None
    small = {key: molecule(text.strip()) for key, text in question.choices.items()}
    if all(small.values()):
        name = re.search(r"(?:structure is|structure of) (.+?)\??$", question.question)
        try:
            wanted = resolve_monomer(name.group(1)) if name else ""
        except UnknownNameError:
            wanted = ""
        hits = [key for key, item in small.items() if item == wanted]
        return Solution(hits[0], "Structure of the named monomer.") if hits else None
    token = re.search(r"monomer (\S+?)(?:\?| called)", question.question)
    read = molecule(token.group(1)) if token else None
    entry = known(read) if read else None
    hits = [key for key, text in question.choices.items() if entry and text.casefold() == entry.name.casefold()]
    return Solution(hits[0], "Name in the list of monomers.") if hits else None


def unit(question: Question, context: Context) -> Solution | None:
    """Units and symbols of properties."""
    if question.answer_type != "mcq" or polymers(question.question):
        return None
    text = bare(question.question)
    quoted = re.search(r'["“](.+?)["”]', question.question)
    if quoted:
        try:
            wanted = get_property(quoted.group(1))
        except UnknownNameError:
            return None
        hits = [key for key, item in question.choices.items() if item.casefold() == wanted.name.casefold()]
        return Solution(hits[0], "The property registry.") if hits else None
    properties = mentioned_properties(text)
    if re.search(r"\bunit\b", text, re.I) and properties:
        hits = [key for key, item in question.choices.items() if compatible(item, properties[0].unit)]
        return Solution(hits[0], "The property registry.") if hits else None
    return None


SOLVERS: Final = (conversion, unknown, unit, class_of, measured, naming, structure_choice)
