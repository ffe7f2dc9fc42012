"""Hard or soft: how far "must", "ideally" and "would be nice" reach.

Rules: a constraint is hard unless something says otherwise. "must" makes hard; "ideally", "preferably", "nice to have"
and the like make soft. "should" is hard in a brief that never says "must", because briefs are then written with it
throughout, and soft in a brief that does.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from agent.brief.draft import Draft
from agent.brief.words import word_set

_PARTS = frozenset({",", "(", ")", "but", "yet", "|"})
_JOINTS = frozenset({"and", "plus", "with", "&", "while", "whereas", "as well as"})
_VERBS = word_set("verbs")
_HEADING = word_set("heading")
_WANTED = frozenset({"want", "wanted", "wish", "nice", "hope", "desired", "could", "target", "stretch", "should"})
_NEEDED = frozenset({"must", "required", "need", "needed", "hard", "fixed", "shall", "firm", "mandatory"})
_MODALS = frozenset({"should", "must", "would", "could", "will", "may", "can", "to", "shall"})


@dataclass(frozen=True)
class _Cue:
    first: int
    hard: bool


def marks_strength(draft: Draft, at: int) -> bool:
    """Say whether "soft" or "hard" speaks of a constraint rather than of the material.

    Parameters
    ----------
    draft : Draft
        The brief's sheet.
    at : int
        A token.

    Returns
    -------
    bool
        True in brackets, table cells, before a colon and at the end of a list item.
    """
    if draft.word(at) not in {"soft", "hard"}:
        return False
    before, after = draft.word(at - 1), draft.word(at + 1)
    return before in {"(", "[", "|", ":", "-", ","} or after in {")", "]", "|", ":"}


def _cues(draft: Draft) -> list[_Cue]:
    musts = any(token.has("hard") and token.text.casefold().startswith(("must", "shall")) for token in draft.tokens)
    musts = musts or any(token.text.casefold().startswith(("must", "cannot")) for token in draft.tokens)
    cues = []
    for at, token in enumerate(draft.tokens):
        word = token.text.casefold()
        if word in {"soft", "hard"} and not marks_strength(draft, at):
            continue
        tag = _tag(draft, at)
        if tag:
            cues.append(_Cue(at, tag == "hard"))
        elif token.has("soft"):
            cues.append(_Cue(at, False))
        elif token.has("should") or (word.startswith("should") and token.has("lacking", "not")):
            if musts:  # otherwise "should" says no more than saying nothing
                cues.append(_Cue(at, False))
        elif token.has("hard") or (word.startswith("must") and token.has("lacking", "not")):
            cues.append(_Cue(at, True))
    return _cleaned(draft, cues)


def _tag(draft: Draft, at: int) -> str:
    """Read "(must)" and "[want]" behind an item."""
    if (draft.word(at - 1), draft.word(at + 1)) not in {("(", ")"), ("[", "]")}:
        return ""
    return "soft" if draft.word(at) in _WANTED else "hard" if draft.word(at) in _NEEDED else ""


def _cleaned(draft: Draft, cues: list[_Cue]) -> list[_Cue]:
    """Drop "should" beside "ideally" ("should ideally"), and words that only belong to another cue."""
    kept: list[_Cue] = []
    for index, cue in enumerate(cues):
        beside = cues[max(0, index - 2) : index] + cues[index + 1 : index + 3]
        near = [other for other in beside if abs(other.first - cue.first) <= 2]
        weak = cue.hard and any(not other.hard for other in near)
        if not weak:
            kept.append(cue)
    return kept


def _segment(draft: Draft, at: int, *, wide: bool = False) -> tuple[int, int]:
    """The part of the sentence between commas, brackets and (unless wide) joints that holds a token."""
    sentence = draft.sentences[at]
    joints = frozenset() if wide else draft.joints
    first = last = at
    while first > 0 and draft.sentences[first - 1] == sentence:
        opening = _opening(draft, first - 1)
        if opening is None and (_cut(draft, first - 1) or first - 1 in joints):
            break
        first = first - 1 if opening is None else opening
    while last + 1 < len(draft.tokens) and draft.sentences[last + 1] == sentence:
        if _cut(draft, last + 1) or last + 1 in joints:
            break
        last += 1
    return first, last


def _joints(draft: Draft, items: list[int]) -> frozenset[int]:
    """Find the words that part one requirement from the next: "Tg above 200 °C and density below 1.2"."""
    structures = {at for at, _ in draft.structure} | draft.listed
    starts = {at for at, _ in draft.constraints}
    found = set()
    asked = numbered = begun = False
    for at, token in enumerate(draft.tokens):
        if at and (draft.sentences[at] != draft.sentences[at - 1] or _cut(draft, at)):
            asked = numbered = begun = False
        if asked and draft.word(at) in _JOINTS:
            place = bisect_left(items, at)
            shared = place < len(items) and items[place] in structures and not numbered
            own = draft.tokens[at + 1].has("lacking", "having", "not") if at + 1 < len(draft.tokens) else False
            near = place < len(items) and items[place] <= at + 5
            near = near and draft.sentences[items[place]] == draft.sentences[at]
            near = near and not any(_cut(draft, index) for index in range(at, items[place]))
            if near and (own or not shared):  # "free of sulfur and silicon" is one wish
                found.add(at)
        begun = begun or at in starts
        numbered = numbered or (begun and (token.kind == "num" or token.has("maximise", "minimise")))
        asked = asked or numbered
        asked = asked or (at in structures and not token.has("class"))
    return frozenset(found)


def _opening(draft: Draft, at: int) -> int | None:
    """Step over a bracket that ends right before the words looked from: "transmittance (> 80 %) preferred"."""
    if draft.word(at) != ")":
        return None
    for index in range(at - 1, max(-1, at - 16), -1):
        if draft.sentences[index] != draft.sentences[at] or draft.word(index) == ")":
            return None
        if draft.word(index) == "(":
            return index
    return None


def _cut(draft: Draft, at: int) -> bool:
    return draft.word(at) in _PARTS


def _sentence_end(draft: Draft, at: int) -> int:
    while at + 1 < len(draft.tokens) and draft.sentences[at + 1] == draft.sentences[at]:
        at += 1
    return at


def _whole(draft: Draft, cue: _Cue, items: list[int]) -> bool:
    """Say whether a leading cue governs the rest of its sentence rather than its own part of it."""
    before, after = draft.word(cue.first - 1), draft.word(cue.first + 1)
    text = draft.word(cue.first)
    if text.startswith(("must", "shall", "need", "has to", "have to", "would like")):
        return True
    if text.startswith(("should", "ought")):
        return after in _VERBS - {"be", "are", "is"}
    if after == ":" or before in _MODALS or (after == "," and before != ","):
        return True
    following = [at for at in items if at > cue.first]
    stop = following[0] if following else cue.first + 1
    return any(draft.word(at) in _VERBS for at in range(cue.first + 1, stop))


def _header(draft: Draft, cue: _Cue, items: list[int]) -> tuple[int, int] | None:
    """Read "Nice to have:" at the start of a line governs the lines below until the next such header."""
    sentence = draft.sentences[cue.first]
    first = cue.first
    while (
        first > max(0, cue.first - 6)
        and draft.sentences[first - 1] == sentence
        and draft.tokens[first - 1].kind != "line"
    ):
        first -= 1
    last = cue.first
    while last + 1 < min(len(draft.tokens), cue.first + 40) and draft.tokens[last + 1].kind != "line":
        last += 1
    end = next((at for at in range(cue.first, min(last + 1, cue.first + 5)) if draft.word(at) == ":"), -1)
    markdown = draft.word(first) == "#" and cue.first - first <= 4
    if end < 0 and not markdown and not (last - first <= 3 and first <= cue.first <= first + 1):
        return None
    if cue.first - first > 3 and not markdown:
        return None
    if end >= 0 and any(draft.word(at) not in _HEADING and not draft.tokens[at].has("soft", "hard")
                        for at in range(cue.first + 1, end)):  # fmt: skip
        return None
    place = bisect_left(items, first)
    if end < 0 and not markdown and place < len(items) and items[place] <= last:
        return None  # "ideally a polyester" is an item, "Nice to have" a heading
    return (cue.first, last if end < 0 or end == last else end)


def _collective(draft: Draft, cue: _Cue) -> bool:
    """True for "Tg above 200 °C and density below 1.2 are preferred": all that stands before is meant."""
    return draft.word(cue.first).startswith(("are", "both")) or draft.word(cue.first - 1) in {"are", "both"}


def _postfix(draft: Draft, cue: _Cue, items: list[int]) -> bool:
    first, last = _segment(draft, cue.first, wide=_collective(draft, cue))
    own = [at for at in items if first <= at <= last]
    if own:
        return all(at < cue.first for at in own) or (draft.word(first - 1) == "(" and min(own) < cue.first)
    before, after = draft.word(first - 1), draft.word(last + 1)
    if any(draft.tokens[at].kind == "num" for at in range(first, cue.first)):
        return True  # the number of the item before: "Tg, at least 150 °C if possible"
    if before == "(" or after == ")":
        return any(at < first for at in items if draft.sentences[at] == draft.sentences[cue.first])
    if draft.word(first) in {"and", "but"} and cue.first != first:
        return False
    if last + 1 >= len(draft.tokens) or draft.sentences[last + 1] != draft.sentences[cue.first]:
        return True
    following = draft.word(last + 2)
    return before == "," and after == "," and following in {"and", "but", "with"}


def apply_hardness(draft: Draft) -> None:
    """Mark the constraints of a draft hard or soft.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; constraints are replaced in place.
    """
    cues = _cues(draft)
    items = sorted({at for at, _ in draft.constraints} | {at for at, _ in draft.structure} | draft.listed)
    draft.joints = _joints(draft, items)
    verdict: dict[int, tuple[int, bool]] = {}

    def mark(at: int, strength: int, hard: bool) -> None:
        if at not in verdict or strength >= verdict[at][0]:
            verdict[at] = (strength, hard)

    section: list[tuple[int, bool]] = []
    for cue in cues:
        header = _header(draft, cue, items)
        if header is not None:
            section.append((header[1], cue.hard))
    starts = [start for start, _ in section]
    for at in items:
        place = bisect_left(starts, at) - 1
        if place >= 0:
            mark(at, 1, section[place][1])
    by_sentence: dict[int, list[int]] = {}
    for at in items:
        by_sentence.setdefault(draft.sentences[at], []).append(at)
    for cue in cues:
        same = by_sentence.get(draft.sentences[cue.first], [])
        for at in _before_last(draft, cue, items, same):
            mark(at, 3, False)
        postfix = bool(same) and _postfix(draft, cue, same)
        stop = _opposed(draft, cue, cues)
        for at in _reached(draft, cue, same, postfix=postfix):
            if at >= stop:
                break
            mark(at, 3 if postfix else 2, cue.hard)
    _rewrite(draft, verdict)


def _before_last(draft: Draft, cue: _Cue, items: list[int], same: list[int]) -> list[int]:
    """Find what "That isn't essential, though." says of the sentence before: its last requirement."""
    first = cue.first
    while first > 0 and draft.sentences[first - 1] == draft.sentences[cue.first]:
        first -= 1
    if same or cue.hard:
        return []
    place = bisect_left(items, first)
    if draft.word(first) not in {"it", "this", "that", "though"} or not place:
        return []
    last = items[place - 1]
    if draft.sentences[last] != draft.sentences[first] - 1 or draft.word(cue.first - 1) in {",", "and"}:
        return []
    start, _ = _segment(draft, last)
    return [at for at in items[:place] if at >= start]


def _opposed(draft: Draft, cue: _Cue, cues: list[_Cue]) -> int:
    """Where the reach of a leading cue ends: at the part of the sentence that says otherwise."""
    place = bisect_left(cues, cue.first, key=lambda item: item.first) + 1
    for other in cues[place : place + 8]:
        if draft.sentences[other.first] != draft.sentences[cue.first]:
            break
        first, _ = _segment(draft, other.first)
        if other.hard != cue.hard and first > cue.first:
            return first
    return len(draft.tokens)


def _reached(draft: Draft, cue: _Cue, same: list[int], *, postfix: bool) -> list[int]:
    if not same:
        return []
    first, last = _segment(draft, cue.first, wide=_collective(draft, cue))
    if postfix:
        inside = [at for at in same if first <= at < cue.first]
        if inside:
            return inside
        earlier = [at for at in same if at < first]
        if not earlier:
            return []
        start, _ = _segment(draft, earlier[-1])
        return [at for at in earlier if at >= start]
    end = _sentence_end(draft, cue.first) if _whole(draft, cue, same) else _extended(draft, last, cue, same)
    return [at for at in same if cue.first <= at <= end]


def _extended(draft: Draft, last: int, cue: _Cue, items: list[int]) -> int:
    """A cue between commas governs the part after it."""
    if not any(cue.first <= at <= last for at in items) and draft.word(last + 1) in {",", ")"}:
        return _segment(draft, last + 2)[1] if last + 2 < len(draft.tokens) else last
    return last


def _rewrite(draft: Draft, verdict: dict[int, tuple[int, bool]]) -> None:
    for index, (at, constraint) in enumerate(draft.constraints):
        if constraint.assumed or constraint.operator in {"maximise", "minimise"}:
            draft.constraints[index] = (at, constraint.model_copy(update={"hard": False}))
        elif at in verdict:
            draft.constraints[index] = (at, constraint.model_copy(update={"hard": verdict[at][1]}))
    for index, (at, item) in enumerate(draft.structure):
        if at in verdict:
            draft.structure[index] = (at, item.model_copy(update={"hard": verdict[at][1]}))
    if any(token.has("should") for token in draft.tokens):
        soft = any(token.text.casefold().startswith(("must", "cannot", "shall")) for token in draft.tokens)
        draft.assume(
            "'Should' was read as a wish, because the brief also says 'must'."
            if soft
            else "'Should' was read as a requirement, because the brief says 'must' nowhere."
        )
