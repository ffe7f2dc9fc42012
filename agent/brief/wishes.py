"""Qualitative wishes: "high Tg", "colourless", "as light as possible", and wishes that no property stands for."""

from __future__ import annotations

from agent.brief.draft import Draft
from agent.brief.hardness import marks_strength
from agent.brief.lexicon import key_of
from agent.brief.names import Name
from agent.brief.words import LOWER_IS_BETTER, NO_BETTER, Wish
from tools.core.properties import all_properties
from tools.core.spec import Constraint, Operator

_MATTER = frozenset(
    {"polymer", "material", "film", "membrane", "resin", "plastic", "coating", "fiber", "sheet", "foil", "homopolymer",
     "structure", "backbone", "chain", "product", "compound", "sample", "and", "or", "but", "candidate"}
)  # fmt: skip
_REACH = 7
_STOP = frozenset({",", "and", "but", ";", "with", "or"})


def read_wishes(draft: Draft, names: list[Name]) -> None:
    """Read everything qualitative.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; filled in place.
    names : list of Name
        Property mentions, with the values they were given.
    """
    mentions = {at: name for name in names for at in range(name.first, name.last + 1)}
    for name in names:
        if not name.count:
            _name_wish(draft, mentions, name)
    for at, token in enumerate(draft.tokens):
        if at in draft.used:
            continue
        if token.has("wish") and not marks_strength(draft, at):
            _word_wish(draft, at)
        elif token.has("refuse"):
            first = at - 1 if at and draft.word(at - 1) in {"non", "not"} else at
            draft.refuse(first, _complement(draft, at), str(token.values("refuse")[0]))


def _complement(draft: Draft, at: int) -> int:
    """Extend "soluble" to "soluble in NMP"."""
    if draft.word(at + 1) not in {"in", "to", "against", "towards", "by", "with", "at", "from"}:
        return at
    last = at
    for index in range(at + 2, min(at + 8, len(draft.tokens))):
        token = draft.tokens[index]
        if draft.sentences[index] != draft.sentences[at] or index in draft.used or token.kind == "line":
            break
        if (
            token.text.casefold() in _STOP
            or token.text in ".()"
            or token.has("prop", "cmp", "wish", "hard", "soft", "refuse")
        ):
            break
        last = index
    return last


def _direction(draft: Draft, at: int) -> str:
    token = draft.tokens[at]
    for kind in ("maximise", "minimise", "up", "down", "good", "bad", "middling"):
        if token.has(kind):
            if kind in {"maximise", "minimise"} and token.has("maximise") and token.has("minimise"):
                return ""
            return kind
    return ""


def _name_wish(draft: Draft, names: dict[int, Name], name: Name) -> None:
    before, after = _before(draft, names, name), _after(draft, names, name)
    strong = [at for at in (after, before) if at is not None and _extreme(draft, at)]
    if name.taken and not strong:
        for at in (before,):
            if at is not None:
                draft.use(at, at)
        return
    if name.taken and strong[0] == before and draft.tokens[strong[0]].has("cmp"):
        return
    chosen = strong[0] if strong else after if after is not None else before
    if chosen is None:
        if not name.taken and not set(range(name.first, name.last + 1)) & draft.used:
            reason = name.reason or "named without saying what it should be"
            last = _comparison_end(draft, name)
            if last > name.last:
                reason = "compares with something instead of giving a number"
            draft.refuse(name.first, last, reason, final=not name.known or last > name.last)
        return
    first, last = min(chosen, name.first), max(chosen, name.last)
    if not name.known:
        draft.refuse(first, last, name.reason)
        return
    if draft.word(name.last + 1) == "than":
        draft.refuse(first, _segment_end(draft, name.last + 1), "compares with something instead of giving a number")
        return
    draft.use(first, last)
    for identifier in name.ids:
        _wish_for(draft, identifier, chosen, first, last, inverse=name.inverse)


def _comparison_end(draft: Draft, name: Name) -> int:
    """The end of "Tg higher than that of PMMA"; the name itself if nothing is compared."""
    at = name.last + 1
    while at < len(draft.tokens) and draft.tokens[at].has("copula") and not draft.tokens[at].has("cmp"):
        at += 1
    if at >= len(draft.tokens) or not draft.tokens[at].has("cmp") or draft.sentences[at] != draft.sentences[name.first]:
        return name.last
    return _segment_end(draft, at)


def _segment_end(draft: Draft, at: int) -> int:
    sentence = draft.sentences[at]
    while at + 1 < len(draft.tokens) and draft.sentences[at + 1] == sentence:
        if draft.word(at + 1) in {",", "and", "but", ".", ")", "with"} or (
            at + 1 in draft.used and not draft.tokens[at + 1].has("class")
        ):
            break
        at += 1
    return at


def _extreme(draft: Draft, at: int) -> bool:
    return draft.tokens[at].has("maximise", "minimise")


def _before(draft: Draft, names: dict[int, Name], name: Name) -> int | None:
    """Find the word of quality before a name, through a list: "high Tg and modulus"."""
    sentence = draft.sentences[name.first]
    for at in range(name.first - 1, max(-1, name.first - _REACH), -1):
        if draft.sentences[at] != sentence:
            return None
        token = draft.tokens[at]
        if _direction(draft, at) and not _numeric(draft, at) and at not in draft.used:
            return at
        if name.taken and at in names:
            return None
        inside = at in names and not names[at].taken
        if token.text.casefold() in {"and", ",", "/", "or", "&"}:
            if name.taken or at - 1 not in names:
                return None
            continue
        if token.text.casefold() in {"-", "a", "an", "the", "of", "possible", "(", "as", "both"} or inside:
            continue
        if not token.has("copula", "neutral") or token.text in {";", "with"}:
            return None
    return None


def _numeric(draft: Draft, at: int) -> bool:
    following = draft.tokens[at + 1 : at + 3]
    return draft.tokens[at].has("cmp", "post") and any(token.kind == "num" for token in following)


def _after(draft: Draft, names: dict[int, Name], name: Name) -> int | None:
    """Find the word of quality after a name: "Tg should be as high as possible"."""
    sentence = draft.sentences[name.first]
    end = min(len(draft.tokens), name.last + _REACH)
    if name.taken:
        end = min(len(draft.tokens), name.last + 2 * _REACH)
    for at in range(name.last + 1, end):
        if draft.sentences[at] != sentence or at in names:
            return None
        token = draft.tokens[at]
        if _direction(draft, at) and not _numeric(draft, at) and at not in draft.used:
            if token.has("wish") or (not _extreme(draft, at) and _leads(draft, names, at)):
                return None
            return at if not (_leads(draft, names, at)) else None
        if not name.taken and token.text.casefold() in {",", "and", "with", "but"}:
            return None
    return None


def _leads(draft: Draft, names: dict[int, Name], at: int) -> bool:
    """True if the word belongs to a name that follows: "Tg, low density"."""
    for index in range(at + 1, min(at + 4, len(draft.tokens))):
        if index in names:
            return True
        if draft.word(index) not in {"the", "a", "of", "possible", "-", "an", "its"}:
            return False
    return False


def _wish_for(draft: Draft, identifier: str, at: int, first: int, last: int, *, inverse: bool) -> None:
    kind = _direction(draft, at)
    word = draft.tokens[at].text
    prop = all_properties()[identifier]
    if kind == "middling" or (kind in {"good", "bad"} and identifier in NO_BETTER and not inverse):
        draft.refuse(first, last, f"{word!r} does not say which values of the {prop.name} are wanted")
        return
    up = kind in {"maximise", "up", "good"}
    if kind in {"good", "bad"} and identifier in LOWER_IS_BETTER and not inverse:
        up = not up
    if inverse:
        up = not up
    operator: Operator = "maximise" if up else "minimise"
    why = f"{word!r} without a number was read as: {operator} the {prop.name}."
    _add(draft, Wish(identifier, operator, None, why), first, last, at)


def _word_wish(draft: Draft, at: int) -> None:
    wish = draft.tokens[at].values("wish")[0]
    assert isinstance(wish, Wish)
    before = draft.tokens[at - 1] if at else None
    if _modifies_application(draft, at):
        return
    if before is not None and before.has("not", "lacking") and draft.sentences[at] == draft.sentences[at - 1]:
        draft.refuse(at - 1, at, "what is wanted instead is not said")
        return
    prop = all_properties()[wish.property]
    word = draft.place(at, at)[1]
    limit = "" if wish.value is None else f" {wish.value:g} {prop.unit}"
    why = f"{word!r} was read as: {wish.operator} {prop.name}{limit}, because {wish.why}."
    draft.use(at, at)
    _add(draft, wish._replace(why=why), at, at, at)


def _modifies_application(draft: Draft, at: int) -> bool:
    """Say whether the word describes what the polymer is for: "for flexible capacitors"."""
    after = draft.tokens[at + 1] if at + 1 < len(draft.tokens) else None
    if after is None or after.kind != "word" or not {sense.kind for sense in after.senses} <= {"neutral"}:
        return False
    if key_of(after.text) in _MATTER:
        return False
    for index in range(at - 1, max(-1, at - 4), -1):
        if draft.sentences[index] != draft.sentences[at]:
            return False
        if draft.word(index) in {"for", "in", "as"}:
            return True
    return False


def _covered(draft: Draft, wish: Wish) -> str:
    """Return the words of a numeric constraint on the same property in the same direction."""
    up = wish.operator in {"maximise", ">=", ">"}
    for _, item in draft.constraints:
        if item.property == wish.property and not item.assumed:
            bound = item.lower if up else item.upper
            if bound is not None or item.operator in {"between", "around"}:
                return item.text
    return ""


def _add(draft: Draft, wish: Wish, first: int, last: int, at: int) -> None:
    covered = _covered(draft, wish)
    if covered and _direction(draft, at) not in {"maximise", "minimise"}:
        draft.assume(f"{draft.place(at, at)[1]!r} is covered by the number in {covered!r}.")
        return
    draft.assume(wish.why)
    if any(c.property == wish.property and c.operator == wish.operator and (wish.value is None or c.assumed)
           for _, c in draft.constraints):  # fmt: skip
        return
    span, text = draft.place(first, last)
    prop = all_properties()[wish.property]
    operator: Operator = wish.operator  # type: ignore[assignment]  # checked by the model
    constraint = Constraint(
        property=wish.property,
        operator=operator,
        lower=wish.value if wish.operator == ">=" else None,
        upper=wish.value if wish.operator == "<=" else None,
        unit=prop.unit,
        hard=False,
        text=text,
        span=span,
        given_unit=prop.display_unit,
        assumed=wish.why,
    )
    draft.constraints.append((first, constraint))
