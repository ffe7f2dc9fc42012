"""The ways to read a name that is in no handbook, tried in order; every reading that fits is kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.naming import monomers as table
from tools.naming.condensation import condensation, is_half_systematic
from tools.naming.lookup import Lookup
from tools.naming.resolution import NamedMonomer, Resolution
from tools.naming.source import Made, from_monomers, with_geometry
from tools.naming.text import balanced, inside_poly, split_parts, unwrap

_DIENE: Final = re.compile(r"(?:(?P<geometry>cis|trans)-)?(?:(?P<mode>1,4|1,2|3,4)-)?(?=poly)")
_INSIDE: Final = re.compile(r"(?:(?P<geometry>cis|trans)-)?(?P<mode>1,4|1,2|3,4)-(?=[a-z-]*(?:diene|prene)$)")
_WORDS: Final = re.compile(
    r"(?:(?P<tacticity>isotactic|syndiotactic|atactic|heterotactic|it|st|at|iso|syndio)[\s-]+)?(?:linear\s+)?"
    r"(?=poly|nylon|pa\b)",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(r"\s+(?:polymer|homopolymer|resin|plastic|rubber|film|fibre|fiber|polyimide|PI)s?$")
_PAIR: Final = re.compile(r"[-/]")
# Copolymers that go by an abbreviation, with their monomers.
_COPOLYMERS: Final = {
    "PLGA": "DL-lactide glycolide", "SBR": "styrene 1,3-butadiene", "SBS": "styrene 1,3-butadiene",
    "SIS": "styrene isoprene", "NBR": "acrylonitrile 1,3-butadiene", "SAN": "styrene acrylonitrile",
    "ABS": "acrylonitrile 1,3-butadiene styrene", "EPR": "ethylene propylene", "EPM": "ethylene propylene",
    "FEP": "tetrafluoroethylene hexafluoropropylene", "IIR": "isobutylene isoprene",
    "P(VDF-TrFE)": "vinylidene_fluoride trifluoroethylene", "PVDF-TrFE": "vinylidene_fluoride trifluoroethylene",
    "PVDF-HFP": "vinylidene_fluoride hexafluoropropylene", "EVA": "ethylene vinyl_acetate",
    "EVOH": "ethylene vinyl_alcohol", "EVAL": "ethylene vinyl_alcohol",
}  # fmt: skip


def readings(name: str, lookup: Lookup) -> list[Resolution]:
    """Read a name by the rules of nomenclature.

    Parameters
    ----------
    name : str
        A clean name.
    lookup : Lookup
        Structures of names; what it lacks is noted there.

    Returns
    -------
    list of Resolution
        Empty if no rule reads the name; several if it stands for several polymers.
    """
    words = _WORDS.match(name)
    tacticity = (words["tacticity"] or "") if words else ""
    core = name[words.end() :] if words else name
    shorter = _AFTER.sub("", core)
    notes = (f"{tacticity} is not part of the repeat unit",) if tacticity else ()
    front = _DIENE.match(core)
    marks = (front["mode"] or "", front["geometry"] or "") if front else ("", "")
    core = core[front.end() :] if front else core
    for text in dict.fromkeys((core, shorter)):
        inside = inside_poly(text)
        if inside is None and text.endswith("polymer"):
            continue
        found = list(_of_poly(name, inside, marks, lookup)) if inside else list(_pairs(name, unwrap(text), lookup))
        if found:
            return [_noted(item, notes) for item in _distinct(found)]
    return []


def _noted(item: Resolution, notes: tuple[str, ...]) -> Resolution:
    from dataclasses import replace

    return replace(item, notes=item.notes + notes) if notes else item


def _distinct(found: list[Resolution]) -> list[Resolution]:
    return list({item.polymer.key: item for item in reversed(found)}.values())[::-1]


def _of_poly(name: str, inside: str, marks: tuple[str, str], lookup: Lookup) -> Iterator[Resolution]:
    """Read what stands inside "poly(...)"."""
    parts = split_parts(inside)
    if parts is not None:
        yield from _together(name, parts[0], lookup)
        return
    diene = _INSIDE.match(inside)
    mode, geometry = (diene["mode"], diene["geometry"] or "") if diene else marks
    monomer = inside[diene.end() :] if diene else inside
    if mode or geometry:
        smiles = lookup.monomer(monomer) or lookup.monomer(f"1,3-{monomer}")
        for made in from_monomers([smiles], diene=mode or "1,4") if smiles else ():
            made = made if not geometry else _marked(made, geometry)
            yield _resolution(name, made, [(monomer, smiles)])
        return
    yield from _single(name, inside, lookup)
    yield from _systematic(name, inside, lookup)
    if not lookup.wanted:
        yield from _pairs(name, inside, lookup)


def _marked(made: Made, geometry: str) -> Made:
    return Made(with_geometry(made.polymer, geometry), made.rule, made.mechanism, made.notes)


def _single(name: str, inside: str, lookup: Lookup) -> Iterator[Resolution]:
    """Read "styrene", "butylene succinate" or "6-aminohexanoic acid"."""
    half = condensation(inside, lookup)
    if half is not None and half.made:
        for made in half.made:
            yield _resolution(name, made, list(half.monomers))
        return
    smiles = table.monomer(inside)
    if not smiles and half is None and not is_half_systematic(inside):
        smiles = lookup.systematic(inside)
    for made in from_monomers([smiles]) if smiles and not set("*.") & set(smiles) else ():  # no salts: the ion is lost
        yield _resolution(name, made, [(inside, smiles)])


def _systematic(name: str, inside: str, lookup: Lookup) -> Iterator[Resolution]:
    """Read a structure-based name: OPSIN gives the unit with its two ends."""
    if table.monomer(inside) or " " in inside:
        return
    smiles = re.sub(r"\[\*:\d+\]", "*", lookup.systematic(f"poly({inside})" if balanced(inside) else ""))
    if smiles.count("*") != 2 or re.search(r"(?:^|[^\d'l-])(?:phenylene|xylylene|naphthylene|cyclohexylene)", inside):
        return
    try:
        polymer = Polymer.from_smiles(smiles)
    except StructureError:
        return
    yield Resolution(name, polymer, "structure-based name", f"poly({inside}) names the repeat unit itself (OPSIN)")


def _together(name: str, parts: list[str], lookup: Lookup) -> Iterator[Resolution]:
    """Join two monomers in turn."""
    found = [(part, lookup.monomer(part)) for part in parts]
    if len(found) != 2 or not all(smiles for _, smiles in found):
        return
    for made in from_monomers([smiles for _, smiles in found]):
        yield _resolution(name, made, found)


def _pairs(name: str, text: str, lookup: Lookup) -> Iterator[Resolution]:
    """Read "PMDA-ODA", "BPDA/p-PDA" and "polyimide 6FDA-durene": two monomers of the table that condense."""
    text = re.sub(r"^(?:imide|polyimide|polyurethane|polyurea|polyamide)\s+", "", text)
    for mark in _PAIR.finditer(text):
        found = [(part, table.monomer(part)) for part in (text[: mark.start()].strip(), text[mark.end() :].strip())]
        if not all(smiles for _, smiles in found):
            continue
        made = [item for item in from_monomers([smiles for _, smiles in found]) if item.rule != "alternating"]
        for item in made:
            yield _resolution(name, item, found)
        if made:
            return


def copolymer_parts(name: str) -> list[str]:
    """Return the names of the parts of a copolymer that is not alternating.

    Parameters
    ----------
    name : str
        A clean name.

    Returns
    -------
    list of str
        Names of the parts; empty if it is no such name.
    """
    if name in _COPOLYMERS:
        return [f"poly({part.replace('_', ' ')})" for part in _COPOLYMERS[name].split()]
    whole = split_parts(name)
    if whole is not None and not whole[1]:
        return whole[0]
    inside = inside_poly(_AFTER.sub("", name))
    parts = split_parts(inside) if inside else None
    if parts is None or parts[1]:
        return []
    last = " acid" if parts[0][-1].endswith(" acid") else ""
    named = [
        part if part.endswith(last) or " " in part else part + last for part in parts[0]
    ]  # "lactic-co-glycolic acid"
    return [part if part.startswith("poly") else f"poly({part})" for part in named]


def condensed(name: str, lookup: Lookup) -> list[Resolution]:
    """Read "poly(A-co-B)" of two monomers neither of which polymerises alone: they alternate without choice.

    Parameters
    ----------
    name : str
        A clean name.
    lookup : Lookup
        Structures of names.

    Returns
    -------
    list of Resolution
        Empty if the name is of another kind.
    """
    inside = inside_poly(name)
    parts = split_parts(inside) if inside else None
    if parts is None or len(parts[0]) != 2:
        return []
    found = [lookup.monomer(part) for part in parts[0]]
    if not all(found) or any(from_monomers([smiles]) for smiles in found):
        return []
    return [
        _noted(item, ("these two monomers react only with each other, so -co- means a regular chain",))
        for item in _together(name, parts[0], lookup)
    ]


def _resolution(name: str, made: Made, monomers: list[tuple[str, str]]) -> Resolution:
    named = tuple(NamedMonomer(text, smiles) for text, smiles in monomers)
    of = " and ".join(f"{item.name} ({item.smiles})" for item in named)
    how = f"{made.mechanism} of {of}" if named else made.mechanism
    return Resolution(name, made.polymer, "source-based name", how, named, made.notes)
