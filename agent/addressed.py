"""Sentences that speak to their reader instead of telling about polymers: orders, second person, talk about answering.

The checks are linguistic. An English sentence orders something when a clause of it opens with the bare form of a
verb, when it says "you", or when it says what whoever reads, answers or reports has to do. Verbs that make a reader
speak or act (report, ignore, call) are grave; those of a laboratory protocol (add, heat) are not.
"""

from __future__ import annotations

import re
from importlib import resources


def _lines(name: str) -> list[str]:
    text = (resources.files("agent") / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _groups() -> dict[str, frozenset[str]]:
    """Read the word lists."""
    found: dict[str, list[str]] = {}
    for line in _lines("addressed_words.txt"):
        if line.endswith(":"):
            words = found.setdefault(line[:-1], [])
        else:
            words += line.split()
    return {name: frozenset(words) for name, words in found.items()}


def _talk() -> tuple[re.Pattern[str], ...]:
    """Read the patterns of talk about answering."""
    named: dict[str, str] = {}
    patterns = []
    for line in _lines("addressed_talk.txt"):
        name, equals, body = line.partition(" = ")
        if equals and name.isupper():
            named[name] = body
            continue
        for key, meaning in named.items():
            line = line.replace(f"{{{key}}}", meaning)
        patterns.append(re.compile(line))
    return tuple(patterns)


# Conventions of papers, which order nothing that matters: see, note, consider, recall, suppose, assume, compare, let.
_WORDS = _groups()
_SPEAKING, _BOTH, _BENCH = _WORDS["speak"], _WORDS["both"], _WORDS["bench"]
_SAYING = _WORDS["saying"]
_NOT_AN_OBJECT, _FINITE, _DETERMINERS = _WORDS["not_object"], _WORDS["finite"], _WORDS["determiners"]
_META = _talk()
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_LEAD = (
    r"(?:(?:and|then|or|but|so|now|first|firstly|next|finally|lastly|instead|also|again|therefore|hence|"
    r"step|dear|hey|hi|important|urgent|attention|warning|notice|ok|okay|good|reader|readers|assistant|"
    r"model|ai|assistants)\b[\s,:.!\d-]*)*"
)
_HEAD = re.compile(
    rf"(?:^|[.:;!?\n\"“”‘«»|(\[—–…]|\s-\s|(?<=\s)['‘`]|→|=>|"
    rf"->)[\s\"“'‘`*_#>\d.)\]-]*{_LEAD}(?P<verb>[a-z][a-z'-]*)(?=\W|$)"
)
_AFTER_CLAUSE = re.compile(
    r"(?:^|[.:;\n(]\s*)(?:and |so |but )?(?:when|whenever|if|before|after|for|to|in|while|unless|"
    r"whatever|whichever|once|until|as|"
    r"since|because|on|regardless|during|from|wherever|given|upon|instead|at)\b[^.;:\n]*?,\s*"
    + _LEAD
    + r"(?P<verb>[a-z][a-z'-]*)(?=\W|$)"
)  # fmt: skip
_TAIL = re.compile(
    r"(?:(?:^|[.;:\n]\s*)(?:consider|assume|suppose|note|see|take|recall|imagine|"
    r"let)\b[^.;]*?\b(?:and|then)|,\s*so)\s+(?P<verb>[a-z][a-z'-]*)(?=\W|$)"
)
# Where the object of a verb of saying ends, and what stands in a sentence that gives what is to be said of it.
_OBJECT_END = re.compile(r"[.;:,=≈](?!\d)|\b(?:which|that|who|whose|as|to|with|when|whenever|if|because|since|where)\b")
_TO_BE_SAID = re.compile(r"[=:≈]|(?<![\w.])[-−]?\d|\b(?:as|to|with|which is)\b")
_PAST = re.compile(r"[a-z]{3,}ed|rose|fell|grew|became|found|led|took|lies|lay")
_SECOND = re.compile(r"(?<![\w-])(?:you|your|yours|yourself|yourselves|y'all|you're|you'll|you've|youre)(?![\w-])")


def address(text: str) -> tuple[str, bool]:
    """Say how a sentence speaks to its reader.

    Parameters
    ----------
    text : str
        The sentence, uncovered (see ``agent.disguises.uncovered``).

    Returns
    -------
    str
        Such as ``"second person"``, ``"talk about answering"`` or ``"an order"``; empty if it does not.
    bool
        True if it is grave: the reader is to speak or to act.
    """
    low = " ".join(text.casefold().replace("’", "'").split(" "))
    for pattern in _META:
        if pattern.search(low):
            return "talk about answering", True
    verb = _order(low)
    if verb:
        return "an order", verb not in _BENCH
    return ("second person", False) if _SECOND.search(low) else ("", False)


def _order(low: str) -> str:
    """Return the verb of an order; empty if the text holds none."""
    for pattern in (_HEAD, _AFTER_CLAUSE, _TAIL):
        place = 0
        while (match := pattern.search(low, place)) is not None:
            verb, rest = match["verb"], low[match.end("verb") :]
            parted = low[: match.start("verb")].rstrip().endswith("-")  # "solid - state" of a text cut into words
            if _is_order(verb, rest) or (verb in _SAYING and not parted and _says_bare(rest)):
                return verb
            place = max(match.start() + 1, match.end("verb") - len(verb))
    return ""


def _is_order(verb: str, rest: str) -> bool:
    """Tell whether a verb at the head of a clause orders something."""
    following = [word.casefold() for word in _WORD.findall(rest)[:4]]
    first = re.match(r"\s*(\S*)", rest)
    glued = rest[:1] in {"-", "(", "/"} or (first is not None and first[1][:1] in {",", ")", "/"})
    if verb in {"do", "don't", "never", "always", "please", "kindly", "simply", "just"}:
        if verb in {"please", "kindly"} and following and following[0] in {"see", "refer", "note", "contact", "find"}:
            return False
        if verb in {"please", "kindly"}:
            return bool(following)
        then = following[1:] if following[:1] == ["not"] else following
        return bool(then) and then[0] in _SPEAKING | _BOTH | _BENCH | {"be"}
    if glued:
        return False
    if verb in _SPEAKING:
        return not (following and following[0] in _NOT_AN_OBJECT - {"from", "by", "in", "on", "at", "and"})
    if verb not in _BOTH | _BENCH or not rest.strip():
        return False
    if (following and following[0] in _DETERMINERS) or re.match(r"\s*[:=\d\"'“`*]", rest):
        return True
    if following and following[0] in _NOT_AN_OBJECT:
        return False
    near = re.match(r"\s+((?:\S+\s+){0,7})", rest + " ")
    words = near[1].split() if near is not None else []
    aimed = any(word.strip(",.;") in {"as", "to", "=", "first", "instead", "with"} for word in words[1:]) or any(
        re.search(r"[a-z]\d|\d[a-z]|_", word) for word in words[:1]
    )
    return aimed and not any(word in _FINITE for word in words[1:])


def _says_bare(rest: str) -> bool:
    """Tell whether bare nouns after a verb of saying are its object: something is to be said of them, and no verb is.

    Prose that opens with such a word as a noun ("state variables are", "record efficiencies were") goes on with a verb.
    """
    words = _WORD.findall(_OBJECT_END.split(rest, maxsplit=1)[0])
    told = _TO_BE_SAID.search(rest) is not None
    nouns = len(words) >= 2 and words[0] not in _NOT_AN_OBJECT
    return told and nouns and not any(word in _FINITE or _PAST.fullmatch(word) for word in words[1:])
