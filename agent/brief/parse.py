"""A brief in plain words to a DesignSpec, by rules alone."""

from __future__ import annotations

import re

from agent.brief.alternatives import read_alternatives
from agent.brief.conflicts import find_problems
from agent.brief.counts import read_bare_counts, take_counts
from agent.brief.draft import Draft
from agent.brief.elements import read_allowed_elements
from agent.brief.hardness import apply_hardness
from agent.brief.lexer import tokenise
from agent.brief.names import Name
from agent.brief.reports import reported, set_aside_samples
from agent.brief.residue import read_residue
from agent.brief.sentences import sentence_ids
from agent.brief.structure import Structure
from agent.brief.tables import read_tables, with_columns
from agent.brief.targets import Targets
from agent.brief.text import fold
from agent.brief.values import find_values
from agent.brief.wishes import read_wishes
from tools.core.errors import BriefError
from tools.core.spec import DesignSpec

MAX_LENGTH = 20_000  # characters; longer briefs are refused, never cut
_STANDARD = re.compile(r"^(?:ISO|ASTM|DIN|JIS|EN|IEC|UL|Fig|Figure|Table|Ref|No|version|v)$", re.IGNORECASE)
_FAMILY_NAMES = frozenset({"nylon", "polyamide", "pa", "nylons", "polyamides"})
_EXAMPLE = "Say what the polymer should be like, for example: 'Tg above 200 °C, density below 1.3 g/cm3, no fluorine'."


def parse_brief(text: str) -> DesignSpec:
    """Read a design brief.

    Parameters
    ----------
    text : str
        The brief, at most 20,000 characters.

    Returns
    -------
    DesignSpec
        Constraints in canonical units, each with its exact place in the brief; what was not understood, what was
        assumed, and the problems that make the brief impossible. A spec with problems must not be designed for.

    Raises
    ------
    BriefError
        If the brief is empty, too long, or asks for nothing.
    """
    return spec_of(read_draft(text))


def read_draft(text: str) -> Draft:
    """Read a brief into a working sheet, to which a second reader may add.

    Parameters
    ----------
    text : str
        The brief, at most 20,000 characters.

    Returns
    -------
    Draft
        What the rules read; perhaps nothing.

    Raises
    ------
    BriefError
        If the brief is empty or too long.
    """
    if not isinstance(text, str):
        raise BriefError("A brief is a text.", hint=_EXAMPLE)
    if len(text) > MAX_LENGTH:
        raise BriefError(
            f"The brief has {len(text)} characters; at most {MAX_LENGTH} are read.",
            hint="Shorten it; nothing was read.",
        )
    folded = fold(text)
    if not folded.text.strip():
        raise BriefError("The brief is empty.", hint=_EXAMPLE)
    tokens = tokenise(folded)
    draft = Draft(folded, tokens, sentence_ids(tokens))
    _read(draft)
    return draft


def spec_of(draft: Draft) -> DesignSpec:
    """Turn a working sheet into a spec.

    Parameters
    ----------
    draft : Draft
        The sheet; its lists are sorted in place.

    Returns
    -------
    DesignSpec
        The spec.

    Raises
    ------
    BriefError
        If the brief asks for nothing.
    """
    if not (draft.constraints or draft.structure or draft.not_understood or draft.problems):
        raise BriefError("The brief asks for nothing that can be designed for.", hint=_EXAMPLE)
    draft.constraints.sort(key=lambda item: item[1].span)
    draft.structure.sort(key=lambda item: item[1].span)
    draft.not_understood.sort(key=lambda item: item.span)
    return DesignSpec(
        brief=draft.folded.original,
        constraints=tuple(constraint for _, constraint in draft.constraints),
        structure=tuple(constraint for _, constraint in draft.structure),
        not_understood=tuple(draft.not_understood),
        assumptions=tuple(draft.assumptions),
        problems=tuple(draft.problems),
        n_candidates=draft.n_candidates,
    )


def _read(draft: Draft) -> None:
    for token in draft.tokens:
        if token.kind == "num" and token.text[0].isalpha() and token.text.casefold().endswith(("temperature", "rt")):
            assert token.number is not None
            draft.assume(f"{token.text!r} was read as {token.number.value:g} °C.")
    _names_with_numbers(draft)
    set_aside_samples(draft)
    draft.reported = reported(draft)
    read_allowed_elements(draft)
    columns = read_tables(draft)
    values = take_counts(draft, with_columns(find_values(draft.tokens, draft.used), columns))
    names = Targets(draft, values).run()
    read_bare_counts(draft, names)
    names = [name for name in names if name.taken or not name.tight]
    _unclaimed(draft, names)
    Structure(draft).run()
    read_alternatives(draft)
    read_wishes(draft, names)
    apply_hardness(draft)
    find_problems(draft)
    read_residue(draft)


def _unclaimed(draft: Draft, names: list[Name]) -> None:
    """Keep property names out of the structure ("oxygen" of "oxygen permeability" is one token, but "char" is not)."""
    for place, name in enumerate(names):
        bracketed = draft.word(name.first - 1) in {"(", "["} and draft.word(name.last + 1) in {")", "]"}
        told = place > 0 and names[place - 1].taken and names[place - 1].ids == name.ids
        if name.taken or (bracketed and told):  # "stretches at least 250 % before it snaps (elongation at break)"
            draft.use(name.first, name.last)


def _names_with_numbers(draft: Draft) -> None:
    """Set aside numbers that are names: "nylon 6,6", "ISO 527", "UL 94"."""
    for at, token in enumerate(draft.tokens[:-1]):
        following = draft.tokens[at + 1]
        hyphen = following.text == "-" and at + 2 < len(draft.tokens)
        number = draft.tokens[at + 2] if hyphen else following
        if number.kind != "num" or number.unit is not None:
            continue
        if _STANDARD.match(token.text) or token.text.casefold() in _FAMILY_NAMES:
            last = at + 1 + hyphen
            draft.use(at + 1, last)
            while (
                last + 2 < len(draft.tokens)
                and draft.word(last + 1) in {",", "-", "/"}
                and draft.tokens[last + 2].kind == "num"
            ):
                if draft.tokens[last + 2].unit is not None or draft.tokens[last + 1].start != draft.tokens[last].end:
                    break
                last += 2
                draft.use(at + 1, last)
            draft.assume(f"{draft.place(at, last)[1]!r} was read as a name.")
