"""Counted features: "at least 2 aromatic rings", "two ester linkages", "5 candidates"."""

from __future__ import annotations

from agent.brief.draft import Draft
from agent.brief.expressions import ValueExpression, bounded, merge
from agent.brief.lexicon import COUNTED_GROUPS
from agent.brief.names import Name
from agent.brief.words import word_set
from tools.core.spec import NotUnderstood, StructuralConstraint

_STEP = frozenset(
    {"fused", "separate", "different", "distinct", "more", "good", "best", "top", "-", "of", "the", "new", "novel"}
)
_GROUP_NOUNS = word_set("group_nouns") | {"atom", "atoms"}
_COUNTED = {meaning: name for name, meaning in COUNTED_GROUPS.items()}


def take_counts(draft: Draft, values: list[ValueExpression]) -> list[ValueExpression]:
    """Read "at least 2 aromatic rings" and "5 candidates"; return the other values.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; counts are added to it.
    values : list of ValueExpression
        All value expressions.

    Returns
    -------
    list of ValueExpression
        Those that count nothing.
    """
    rest = []
    for value in _joined(draft, values):
        noun = value.last + 1
        while draft.word(noun) in _STEP:
            noun += 1
        token = draft.tokens[noun] if noun < len(draft.tokens) else None
        if (
            token is None
            or value.unit is not None
            or value.chained >= 0
            or draft.sentences[noun] != draft.sentences[value.first]
        ):
            rest.append(value)
        elif token.has("count"):
            closed, last = _closed(draft, value, noun)
            add_count(draft, str(token.values("count")[0]), closed, value.first, last)
        elif token.has("candidate") and value.target is not None and value.operator in {"=", "around"}:
            _candidates(draft, value, noun)
        elif token.has("class") and value.operator == "=":
            _candidates(draft, value, value.last)
        elif token.has("group", "adj", "element", "elsym") and noun == value.last + 1:
            _grouped(draft, value, noun)
        else:
            rest.append(value)
    return rest


def _joined(draft: Draft, values: list[ValueExpression]) -> list[ValueExpression]:
    """Read the two bounds of "at least 1 and at most 3 aromatic rings" as one."""
    out: list[ValueExpression] = []
    for value in values:
        noun = value.last + 1
        while draft.word(noun) in _STEP:
            noun += 1
        counted = noun < len(draft.tokens) and draft.tokens[noun].has("count", "group", "element")
        before = out[-1] if out else None
        if before is not None and counted and value.unit is None and before.unit is None and before.chained < 0:
            gap = {draft.word(at) for at in range(before.last + 1, value.first)}
            loose = not any(
                token.has("prop", "weak", "unknown") for token in draft.tokens[max(0, before.first - 6) : before.first]
            )
            tied = bool(gap) or draft.word(value.first).startswith(("but ", "and "))  # "but no more than four"
            both = merge(before, value) if loose and tied and gap <= {"and", "but", ",", "yet"} else None
            if both is not None and draft.sentences[before.first] == draft.sentences[value.first]:
                out[-1] = both
                continue
        out.append(value)
    return out


def _closed(draft: Draft, value: ValueExpression, noun: int) -> tuple[ValueExpression, int]:
    """Read the bound after the noun: "2 aromatic rings or fewer", "3 rings at most"."""
    after = noun + 1
    while draft.word(after) in _GROUP_NOUNS:
        after += 1
    paren = draft.word(after) == "("
    after += paren
    token = draft.tokens[after] if after < len(draft.tokens) else None
    if token is None or value.operator != "=" or not token.has("post"):
        return value, noun
    following = draft.tokens[after + 1] if after + 1 < len(draft.tokens) else None
    if following is not None and following.kind == "num":
        return value, noun
    return bounded(value, str(token.values("post")[0])), after + paren


def _candidates(draft: Draft, value: ValueExpression, noun: int) -> None:
    assert value.target is not None
    number = value.target.number.value
    draft.use(value.first, value.last)
    draft.use(noun, noun)
    if 1 <= number <= 1000 and number == int(number):
        draft.n_candidates = int(number)
    draft.assume(f"{draft.place(value.first, noun)[1]!r} is how many candidates are wanted, not a property.")


def _grouped(draft: Draft, value: ValueExpression, noun: int) -> None:
    """Read "two ester linkages" as a count where one exists; else the group is demanded and the number listed."""
    token = draft.tokens[noun]
    last = noun
    while draft.word(last + 1) in _GROUP_NOUNS:
        last += 1
    closed, last = _closed(draft, value, last)
    lowest = closed.lower or closed.target
    least = (lowest.number.value if lowest is not None else 0.0) + (closed.operator == ">")
    if least == 1.0 and closed.upper is None:
        draft.use(value.first, value.last)
        return
    for sense in token.senses:
        if sense.kind in {"group", "adj", "element"} and isinstance(sense.value, tuple) and sense.value in _COUNTED:
            add_count(draft, _COUNTED[sense.value], closed, value.first, last)
            return
    if least >= 1.0:
        span, text = draft.place(value.first, last)
        reason = "how many of these groups there are cannot be asked for, only that there is one"
        draft.not_understood.append(NotUnderstood(text=text, span=span, reason=reason))
        draft.use(value.first, value.last)
    else:
        draft.refuse(value.first, last, "how many of these groups there are cannot be asked for")


def read_bare_counts(draft: Draft, names: list[Name]) -> None:
    """Read "no rotatable bonds"; a counted feature without a number is listed.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; filled in place.
    names : list of Name
        Mentions of properties and counted features, with the values they were given.
    """
    for name in names:
        token = draft.tokens[name.first]
        if not name.count or name.taken or name.first in draft.used or token.has("group", "element", "adj"):
            continue
        before = name.first - 1
        if before >= 0 and draft.tokens[before].has("group", "adj", "element", "class"):
            continue  # "triazine rings"
        while draft.word(before) in {"any", "the", "a"}:
            before -= 1
        if before >= 0 and draft.tokens[before].has("lacking") and name.ids[0] != "heavy_atoms":
            span, text = draft.place(before, name.last)
            none = StructuralConstraint(kind="count", name=name.ids[0], lower=0.0, upper=0.0, text=text, span=span)
            draft.structure.append((before, none))
            draft.use(before, name.last)
        else:
            draft.refuse(name.first, name.last, "named without saying how many there should be")


def add_count(draft: Draft, name: str, value: ValueExpression, first: int, last: int) -> None:
    """Add a constraint on a counted feature.

    Parameters
    ----------
    draft : Draft
        The brief's sheet.
    name : str
        Id of the count.
    value : ValueExpression
        How many; ">" and "<" of whole numbers are made inclusive.
    first, last : int
        Token range.
    """
    whole = name != "molar_mass_unit"
    low = value.lower.number.value if value.lower is not None else None
    high = value.upper.number.value if value.upper is not None else None
    if value.target is not None:
        low = high = value.target.number.value
        if value.tolerance is not None:
            low, high = low - value.tolerance.number.value, high + value.tolerance.number.value
    elif whole and value.operator == ">" and low is not None:
        low = float(int(low) + 1)
    elif whole and value.operator == "<" and high is not None:
        high = float(-int(-high // 1) - 1)
    span, text = draft.place(first, last)
    draft.use(first, last)
    constraint = StructuralConstraint(kind="count", name=name, lower=low, upper=high, text=text, span=span)
    draft.structure.append((first, constraint))
