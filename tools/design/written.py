"""From what somebody wrote to a candidate: a repeat unit, the name of a polymer, or its monomers.

People and language models write repeat units with faults that can be mended without guessing (brackets with an n, quote
marks), and often give the monomer where the polymer was asked for; a monomer is polymerised by the forward rules.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.core.errors import InputError, NotCoveredError, StructureError, UnknownNameError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.enumeration import MOST_ATOMS
from tools.design.screen import Screen
from tools.design.structure import unit_size, violated
from tools.naming.monomers import monomer as monomer_named
from tools.naming.resolve import identify
from tools.synthesis.feasibility import assess
from tools.synthesis.forward import polymerise
from tools.synthesis.motifs import two_units, unstable_motifs
from tools.synthesis.outcome import Product

LEAST_FEASIBLE = 0.2  # synthesisability below which a search puts no candidate forward
LONGEST = 500  # characters that are read
_LEAD = re.compile(r"^(?:smiles|repeat unit|polymer|name|monomers?)\s*[:=]\s*", re.IGNORECASE)
_TIMES = re.compile(r"_?\{?[nNxm]\}?$")
_WRAPPED = re.compile(r"[-\s]*[\[({](.*)[\])}]\s*_?\{?[nNxm]\}?[-\s]*")
_PARTS = re.compile(r"\s+(?:\+|and|with)\s+|\s*;\s*", re.IGNORECASE)


def written_candidate(text: str, source: str, spec: DesignSpec) -> Candidate:
    """Read what somebody wrote as a candidate.

    Parameters
    ----------
    text : str
        Repeat unit as SMILES, name of a polymer, or one or two monomers (SMILES or names, joined by "." or " + ").
    source : str
        Name of the source.
    spec : DesignSpec
        The brief; decides between several polymers of the same monomers.

    Returns
    -------
    Candidate
        With its monomers if it was made from them; ``origin`` says how it was read.

    Raises
    ------
    InputError
        If the text is neither; says what to write instead.
    NotCoveredError
        If the monomers give no linear chain.
    """
    if len(text) > LONGEST:
        raise StructureError(f"More than {LONGEST} characters.", code="too_long", hint="Give one repeat unit.")
    plain = _LEAD.sub("", text.strip().strip("`'\"").strip())
    if not plain:
        raise StructureError("Nothing is written.", code="empty", hint="Write a repeat unit such as *CC*.")
    if "*" in plain:
        return Candidate(_unit(plain), source, "a repeat unit")
    try:
        named = identify(plain, suggest=False, systematic=False)
    except (UnknownNameError, StructureError) as error:  # a molecule without chain ends may be a monomer
        return _from_monomers(plain, source, spec, error)
    return Candidate(named.polymer, source, f"a name ({named.method})")


def _unit(text: str) -> Polymer:
    """Read a repeat unit, if need be without the brackets and the n around it."""
    first: StructureError | None = None
    for variant in _variants(text):
        try:
            return Polymer.from_smiles(variant)
        except StructureError as error:
            first = first or error
    raise first or StructureError("Nothing is written.", code="empty")


def _variants(text: str) -> Iterator[str]:
    yield text
    yield _TIMES.sub("", text.rstrip("-")).lstrip("-")
    wrapped = _WRAPPED.fullmatch(text)
    if wrapped is not None:
        yield wrapped[1].strip("-")


def _from_monomers(text: str, source: str, spec: DesignSpec, unread: InputError) -> Candidate:
    parts = [part.strip() for part in _PARTS.split(text) if part.strip()]
    if len(parts) == 1 and " " not in text:
        parts = text.split(".")
    if not 1 <= len(parts) <= 2:
        raise NotCoveredError("A candidate is made of one or two monomers.", hint="Name at most two.")
    monomers = [monomer_named(part) or part for part in parts]
    if any(" " in monomer for monomer in monomers):
        raise unread
    try:
        products = polymerise(*monomers)
    except StructureError as error:
        if error.code == "charset":
            raise unread from error
        raise
    best = _best(products, spec)
    origin = f"polymerised from the monomers {' and '.join(monomers)}"
    return Candidate(
        best.polymer, source, origin, tuple(monomers), best.rule, best.polymerisations, best.note
    )  # fmt: skip


def _best(products: list[Product], spec: DesignSpec) -> Product:
    """Take the most usual product that has the structure asked for, else the most usual one."""
    hard = [item for item in spec.structure if item.hard]
    fitting = (item for item in products if not violated(item.polymer, hard, item.polymerisations, first_only=True))
    return next(fitting, products[0])


def objection(candidate: Candidate, screen: Screen) -> str:
    """Say why a candidate is not worth predicting.

    Parameters
    ----------
    candidate : Candidate
        The candidate.
    screen : Screen
        The constraints of the brief.

    Returns
    -------
    str
        What speaks against its structure, its stability or its making; empty if nothing does.
    """
    polymer = candidate.polymer
    if unit_size(polymer) > MOST_ATOMS:
        return f"the repeat unit has {unit_size(polymer)} heavy atoms; at most {MOST_ATOMS} are considered"
    if screen.excludes(polymer):
        return "it is excluded"
    unmet = screen.unmet(candidate)
    if unmet:
        return f"it misses: {'; '.join(unmet)}"
    motifs = unstable_motifs(two_units(polymer))
    if motifs:
        return f"it is not stable: {', '.join(motifs)}"
    feasible = assess(polymer)
    if feasible.score < LEAST_FEASIBLE:
        weakest = min(feasible.parts, key=lambda part: part.factor)
        return f"it can hardly be made: {weakest.reason}"
    return ""
