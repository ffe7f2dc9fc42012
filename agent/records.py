"""Records from sentences: which material has which value of which property, by rules that prefer silence to a guess."""

from __future__ import annotations

import re
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.units import scan_unit
from agent.evidence import Quote
from agent.materials import Material, materials_in, of_entry
from agent.numbers import as_float, show_unit
from agent.quantities import Stated, stated_in
from tools.chemistry import handbook
from tools.chemistry.handbook import Entry
from tools.core.errors import InputError
from tools.core.evidence import Passage
from tools.core.polymer import Polymer
from tools.core.properties import Property, get_property, property_mentions
from tools.core.units import compatible, convert

# A sentence on one of these does not speak of the neat polymer.
_NOT_NEAT = re.compile(
    r"\b(?:co-?polymers?|blends?|composites?|nano-?composites?|filled|fillers?|plastici[sz]ed|"
    r"cross-?link\w*|cured|graft\w*|"
    r"oligomers?|doped|hydrogels?|bilayers?|mixtures?|solutions?|wt|tacticity|networks?|"
    r"inter-?penetrating|blocks?|clays?|silica|graphene|nanotubes?|whiskers?|modified|functionali[sz]ed|coated|"
    r"loaded|co-?poly\w+|foams?|aerogels?|electrolytes?|laminates?|conformations?|treated)\b|wt\s?%|-co-|(?-i:\w/[A-Z]{2})",
    re.IGNORECASE,
)
# Words before a number that make it a limit, a difference, an error or a condition.
_NO_VALUE = re.compile(
    r"(?:\b(?:above|below|over|under|than|exceed\w*|least|most|up to|until|by|within|every|per|"
    r"error\w*|deviation|uncertain\w*|scatter\w*|"
    r"differ\w*|differences?|shift\w*|increas\w*|decreas\w*|from|between|range\w*|rate|heated|cooled|"
    r"annealed|minus|another|further|estimated|"
    r"predicted|calculated|simulat\w*|expected|expect|target\w*|less|more|if|would|could|might|should|"
    r"not|no)\b[^,;]{0,14}|[±<>≤≥~]\s?)$",
    re.IGNORECASE,
)
_ONLY_PART = re.compile(
    r"\b(?:predict\w*|calculat\w*|simulat\w*|hypothetical|if|suppose|onset of degradation)\b", re.IGNORECASE
)
# What is done to a film or a fibre is in its numbers, but not in the heat that a polymer takes up.
_SHAPED = re.compile(r"\b(?:membranes?|(?:nano-?)?fib(?:re|er)s?|scaffolds?|mats?|yarns?)\b", re.IGNORECASE)
_OF_FORM = frozenset(
    ("density", "youngs_modulus", "tensile_strength", "elongation_at_break", "contact_angle", "water_uptake")
)
_LIKE = re.compile(
    r"\b(?:like|similar to|as (?:with|in|for)|unlike|than|compar\w+ (?:to|with)|such as)\s(?:[\w-]+\s){0,4}$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"[;:,]\s|\s(?:and|whereas|while|but|against|compared with|versus|vs\.?)\s")
_ITS = re.compile(r"^(?:It|Its|This polymer|The polymer)\b")
_AT = re.compile(r"\bat\s*$")
_FAR = 90  # characters between the name of a property and its number


class Record(BaseModel):
    """A statement of a passage on a property of a polymer.

    Attributes
    ----------
    material : str
        Key of the polymer, or its name as written (``agent.materials``).
    name : str
        Its name in the handbook, else as written.
    property : str
        Id of the property.
    value : float
        In the property's canonical unit.
    written : str
        The number with its unit, as the sentence writes it.
    quote : Quote
        The sentence, word for word.
    document : str
        Id of the document.
    conditions : dict of str to str
        Conditions that the sentence states.
    origin : {"rules", "model"}
        Who read it.
    claim : str
        What is said, in the words of a language model; empty for the rules.
    """

    model_config = ConfigDict(frozen=True)

    material: str
    name: str
    property: str
    value: float
    written: str
    quote: Quote
    document: str
    conditions: dict[str, str] = Field(default_factory=dict)
    origin: str = "rules"
    claim: str = ""


def records_in(sentence: str, passage: Passage) -> list[Record]:
    """Read the values that a sentence states for polymers that it names.

    Parameters
    ----------
    sentence : str
        A sentence of the passage, word for word.
    passage : Passage
        The passage.

    Returns
    -------
    list of Record
        One per number that is surely a value of one property of one neat polymer; empty in doubt.
    """
    if _NOT_NEAT.search(sentence) or _ONLY_PART.search(sentence):
        return []
    spoken = materials_in(sentence, limit=40)
    names = tuple(name for entry in spoken for name in entry.all_names)
    found: list[Record] = []
    topics = property_mentions(sentence)
    numbers = [item for item in stated_in(sentence, names) if _unit(item)]
    for item in numbers:
        prop = _property_of(item, sentence, topics, numbers)
        alike = [other for other in numbers if prop is not None and _fits(prop, other)]
        entry = _material_of(item, sentence, passage, spoken, alone=len(alike) == 1) if prop is not None else None
        if prop is None or entry is None or _NO_VALUE.search(sentence, 0, item.start):
            continue
        if _compared(entry, sentence, item) or (_SHAPED.search(sentence) and prop.id in _OF_FORM):
            continue
        value = convert(as_float(item.written), _unit(item), prop.unit)
        low, high = prop.plausible
        if not low <= value <= high or any(known.value == value and known.material == entry.key for known in found):
            continue
        found.append(
            Record(
                material=entry.key,
                name=entry.name,
                property=prop.id,
                value=value,
                written=_written(sentence, item),
                quote=Quote(passage=passage.id, text=sentence),
                document=passage.document_id,
                conditions=conditions_in(sentence, item, numbers),
            )
        )
    return found


def _unit(item: Stated) -> str:
    return item.unit or item.inherited


def _written(sentence: str, item: Stated) -> str:
    unit = scan_unit(sentence, item.end)
    if item.unit and unit is not None:
        return sentence[item.start : unit.end]
    return f"{item.written} {show_unit(_unit(item))}".strip()


def _property_of(
    item: Stated, sentence: str, topics: list[tuple[int, int, Property]], numbers: list[Stated]
) -> Property | None:
    """Return the property that was named last before a number, if its unit fits and no other of the unit is near."""
    fitting = [(start, end, prop) for start, end, prop in topics if _fits(prop, item)]
    before = [(end, prop) for _, end, prop in fitting if end <= item.start]
    if before:
        end, prop = before[-1]
        if _listed_together(fitting, numbers, end):
            return None
        single = len({other.id for _, _, other in fitting}) == 1
        first = not any(end <= other.start < item.start and _fits(prop, other) for other in numbers)
        near = single or (first and item.start - end <= _FAR)
        at = _AT.search(sentence, 0, item.start)
        return prop if near and (at is None or item.start - end <= len(at.group()) + 1) else None
    after = {prop.id: prop for start, _, prop in fitting if 0 <= start - item.end <= 6}  # "a 105 °C glass transition"
    return next(iter(after.values())) if len(after) == 1 and len(fitting) == 1 else None


def _listed_together(topics: list[tuple[int, int, Property]], numbers: list[Stated], end: int) -> bool:
    """Say whether the property that ends at a place was named in one go with another, as "Tg and Tm of X are"."""
    other = [stop for _, stop, prop in topics if stop < end]
    name = next(prop.id for _, stop, prop in topics if stop == end)
    before = {prop.id for _, stop, prop in topics if stop < end} - {name}
    return bool(before) and not any(max(other) <= item.start < end for item in numbers)


def _fits(prop: Property, item: Stated) -> bool:
    return prop.unit != "dimensionless" and compatible(_unit(item), prop.unit)


def _material_of(
    item: Stated, sentence: str, passage: Passage, spoken: tuple[Material, ...], *, alone: bool
) -> Material | None:
    """Return the one polymer that a number is of; None in doubt."""
    cuts = [match.end() for match in _CLAUSE.finditer(sentence)]
    start = max((cut for cut in cuts if cut <= item.start), default=0)
    end = min(
        (match.start() for match in _CLAUSE.finditer(sentence) if match.start() >= item.end), default=len(sentence)
    )
    here = materials_in(sentence[start:end])
    if len(here) == 1:
        return here[0]
    if here:
        return None
    if len(spoken) == 1:
        return spoken[0] if alone else None
    if not spoken and _ITS.match(sentence):
        entry = titled(passage.title)
        return of_entry(entry) if entry is not None else None
    return None


def _compared(entry: Material, sentence: str, item: Stated) -> bool:
    """Say whether a polymer is only compared with; a value in brackets behind it is its own."""
    places = [sentence.find(name) for name in entry.all_names if name in sentence]
    if not places or _LIKE.search(sentence, 0, min(places)) is None:
        return False
    return not re.search(r"\(\s?$", sentence[min(places) : item.start])


@lru_cache(maxsize=1024)
def titled(title: str) -> Entry | None:
    """Return the polymer that a title is the name of; None if it is no such title."""
    wanted = title.strip().casefold()
    return next((entry for entry in handbook.load() if entry.name.casefold() == wanted), None)


def conditions_in(sentence: str, item: Stated, numbers: list[Stated]) -> dict[str, str]:
    """Return temperature and rate that a sentence states beside a value.

    Parameters
    ----------
    sentence : str
        The sentence.
    item : Stated
        The value.
    numbers : list of Stated
        All quantities of the sentence.

    Returns
    -------
    dict of str to str
        Such as ``{"temperature": "35 °C"}``, as written.
    """
    found: dict[str, str] = {}
    for other in numbers:
        if other == item:
            continue
        if compatible(_unit(other), "K/min"):
            found.setdefault("rate", _written(sentence, other))
        elif compatible(_unit(other), "K") and _AT.search(sentence, 0, other.start):
            found.setdefault("temperature", _written(sentence, other))
        elif compatible(_unit(other), "hertz") and _AT.search(sentence, 0, other.start):
            found.setdefault("frequency", _written(sentence, other))
    return found


def polymer_of(text: str) -> tuple[str, str] | None:
    """Return key and name of the polymer that a few words name.

    Parameters
    ----------
    text : str
        Such as "PMMA"; from a model or a reader.

    Returns
    -------
    tuple of (str, str) or None
        None if they name none, or several.
    """
    found = materials_in(text)
    if len(found) == 1:
        return found[0].key, found[0].name
    if "*" in text and not text.count(" ") and len(text) < 200:
        try:
            made = Polymer.from_smiles(text)
        except InputError:
            return None
        return made.key, made.smiles
    return None


def property_id(text: str) -> str:
    """Return the id of the property that a few words name; empty if they name none.

    Parameters
    ----------
    text : str
        An id, a name or a symbol.

    Returns
    -------
    str
        Id.
    """
    try:
        return get_property(text[:80]).id
    except InputError:
        return ""
