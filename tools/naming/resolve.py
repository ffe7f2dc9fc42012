"""From any name to a polymer: handbook, numbers of polyamides, source-based and structure-based nomenclature."""

from __future__ import annotations

from collections.abc import Sequence

from tools.chemistry import handbook, names
from tools.chemistry.classes import classes_of
from tools.chemistry.names import AmbiguousNameError
from tools.core.errors import InputError, PolysmithError, UnknownNameError
from tools.core.polymer import Polymer
from tools.core.vocabulary import CLASSES
from tools.naming import opsin
from tools.naming.lookup import Lookup
from tools.naming.polyamides import copolyamide, number_of, polyamide
from tools.naming.readings import condensed, copolymer_parts, readings
from tools.naming.resolution import CopolymerNameError, Resolution
from tools.naming.text import clean, inside_poly

_ROUNDS = 3  # times OPSIN may be asked: names, and names found inside them


def resolve(text: str, *, polymer_class: str = "", suggest: bool = True, systematic: bool = True) -> Polymer:
    """Return the polymer that a name, abbreviation or SMILES stands for.

    Parameters
    ----------
    text : str
        Name, abbreviation, or repeat unit with two ``*``.
    polymer_class : str
        Class that the polymer belongs to, by id or usual name; decides between polymers of one abbreviation.
    suggest : bool
        Look for names alike when it is unknown, which takes about 10 ms.
    systematic : bool
        Ask OPSIN, if it is installed, for names that the tables and rules do not know; takes about a second.

    Returns
    -------
    Polymer
        The polymer.

    Raises
    ------
    AmbiguousNameError
        If the name stands for several polymers; ``choices`` lists them.
    CopolymerNameError
        If it names a copolymer; ``parts`` lists the parts.
    UnknownNameError
        If the name is unknown; the hint lists close matches.
    StructureError
        If the text is a SMILES that is no repeat unit.
    BackendMissing
        If only OPSIN could read the name and it is not installed.
    """
    return identify(text, polymer_class=polymer_class, suggest=suggest, systematic=systematic).polymer


def identify(text: str, *, polymer_class: str = "", suggest: bool = True, systematic: bool = True) -> Resolution:
    """Return the polymer of a name, and how the name was read.

    Parameters
    ----------
    text, polymer_class, suggest, systematic
        As for ``resolve``, which also lists what is raised.

    Returns
    -------
    Resolution
        The polymer, the method, the monomers, and what the name leaves open.
    """
    found = identify_all([text], polymer_class=polymer_class, suggest=suggest, systematic=systematic)[0]
    if isinstance(found, PolysmithError):
        raise found
    return found


def identify_all(
    texts: Sequence[str], *, polymer_class: str = "", suggest: bool = True, systematic: bool = True
) -> list[Resolution | PolysmithError]:
    """Read many names; OPSIN is started once for all that need it.

    Parameters
    ----------
    texts : sequence of str
        Names.
    polymer_class, suggest, systematic
        As for ``resolve``.

    Returns
    -------
    list of Resolution or PolysmithError
        One per name, in order.

    Raises
    ------
    UnknownNameError
        If ``polymer_class`` is no class.
    """
    wanted = class_id(polymer_class) if polymer_class else ""
    lookup = Lookup()
    found: list[Resolution | PolysmithError] = []
    waiting = list(range(len(texts)))
    found = [UnknownNameError("unread")] * len(texts)
    for turn in range(_ROUNDS):
        asked: list[int] = []
        every: dict[str, None] = {}
        for index in waiting:
            lookup.wanted = {}
            found[index] = _attempt(texts[index], wanted, suggest and not systematic, lookup)
            if lookup.wanted:
                asked.append(index)
                every.update(lookup.wanted)
        waiting = asked
        if not waiting or not systematic or not opsin.available() or turn == _ROUNDS - 1:
            break
        lookup.wanted = every
        lookup.learn()
    return [_explained(text, item, suggest, systematic, lookup, index in waiting)
            for index, (text, item) in enumerate(zip(texts, found, strict=True))]  # fmt: skip


def class_id(word: str) -> str:
    """Return the id of a polymer class.

    Parameters
    ----------
    word : str
        Id or usual name: "polyimide", "polyesters".

    Returns
    -------
    str
        Id of ``tools.core.vocabulary.CLASSES``.

    Raises
    ------
    UnknownNameError
        If there is no such class.
    """
    plain = names.normalise(word)
    for name, aliases in CLASSES.items():
        if plain in {names.normalise(name), *(names.normalise(alias) for alias in aliases)}:
            return name
    raise UnknownNameError(f"No polymer class is called {word!r}.", hint=f"Known: {', '.join(CLASSES)}.")


def _attempt(text: str, wanted: str, suggest: bool, lookup: Lookup) -> Resolution | PolysmithError:
    try:
        return _read(text, wanted, suggest, lookup)
    except PolysmithError as error:
        return error


def _read(text: str, wanted: str, suggest: bool, lookup: Lookup) -> Resolution:
    if "*" in text:
        return Resolution(text, Polymer.from_smiles(text.strip()), "repeat unit", "read as a SMILES")
    name = clean(text)
    code = number_of(name)
    parts = copolyamide(code) if code else ()
    if parts:
        raise CopolymerNameError(text, tuple(_part(part, wanted, lookup) for part in parts))
    unknown: UnknownNameError | None = None
    try:
        return _from_handbook(name, wanted)
    except UnknownNameError as error:
        unknown = error
    numbered = polyamide(name, code) if code else None
    found = [numbered] if numbered else _by_rules(name, wanted, lookup)
    found = [item for item in found if not wanted or wanted in classes_of(item.polymer)]
    if len(found) == 1:
        return found[0]
    if found:
        raise AmbiguousNameError(text, tuple(f"{item.polymer.smiles} ({_short(item)})" for item in found))
    if not lookup.wanted and names.is_molecule(text):
        names.resolve(text, suggest=False)  # says that a molecule is no polymer
    raise unknown


def _short(item: Resolution) -> str:
    return item.how.partition(" of ")[0]


def _by_rules(name: str, wanted: str, lookup: Lookup) -> list[Resolution]:
    parts = copolymer_parts(name)
    if not parts:
        return readings(name, lookup)
    found = condensed(name, lookup)
    if not found:
        raise CopolymerNameError(name, tuple(_part(part, wanted, lookup) for part in parts))
    return found


def _part(name: str, wanted: str, lookup: Lookup) -> tuple[str, str]:
    """Return the name and, if it is clear, the repeat unit of a part of a copolymer."""
    bare = name.removeprefix("poly(").removesuffix(")") if name.startswith("poly(") else name
    for text in (name, bare):
        try:
            return text, _read(text, "", False, lookup).polymer.smiles
        except PolysmithError:
            continue
    return bare, ""


def _from_handbook(name: str, wanted: str) -> Resolution:
    try:
        entry = names.resolve_entry(name, suggest=False)
    except AmbiguousNameError:
        fitting = [item for item in names.entries(name) if wanted and _of_class(item, wanted)]
        if len({item.polymer.key for item in fitting}) != 1:
            if wanted and fitting:
                raise AmbiguousNameError(name, tuple(item.name for item in fitting)) from None
            raise
        entry = fitting[0]
    if wanted and not _of_class(entry, wanted):
        raise UnknownNameError(f"{entry.name} is no {wanted.replace('_', ' ')}.", hint="Check the class.")
    notes = tuple(filter(None, (entry.note,)))
    return Resolution(name, entry.polymer, "handbook", f"handbook entry {entry.name}", notes=notes)


def _of_class(entry: handbook.Entry, wanted: str) -> bool:
    return wanted == entry.polymer_class or wanted in classes_of(entry.polymer)


def _explained(
    text: str, item: Resolution | PolysmithError, suggest: bool, systematic: bool, lookup: Lookup, unread: bool
) -> Resolution | PolysmithError:
    """Make the error of an unknown name helpful: names alike, or the program that may read it."""
    if not isinstance(item, UnknownNameError):
        return item
    try:
        names.resolve_entry(text, suggest=suggest)
    except InputError as error:
        item = error
    if "Did you mean" in item.hint or not systematic or not unread or opsin.available():
        return item
    if inside_poly(clean(text)) is None:
        return item
    return opsin.missing(f"{text[:80]!r} is in no table that ships, and OPSIN, which reads systematic names,")
