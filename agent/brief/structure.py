"""Constraints on structure: elements, groups, classes, polymerisations, counts, novelty."""

from __future__ import annotations

from itertools import pairwise

from agent.brief.draft import EITHER_OR, Draft
from agent.brief.lexer import Token
from agent.brief.words import word_set
from tools.core.spec import StructuralConstraint, StructureKind

_KINDS = ("element", "elementset", "group", "class", "adj", "adjset", "route", "maybe_route", "elsym")
_FAMILY = {
    "element": "atom", "elementset": "atom", "adjset": "atom", "elsym": "atom", "group": "group", "adj": "group",
    "class": "class", "route": "route", "maybe_route": "route",
}  # fmt: skip
_GROUP_NOUNS = word_set("group_nouns")
_ATOM_NOUNS = frozenset({"atom", "atoms", "content", "-"})
_FULLY = frozenset({"fully", "wholly", "entirely", "all", "purely", "completely", "only", "solely"})
_STEP_OVER = word_set("step_over")
_CONTEXT_BEFORE = frozenset(
    {
        "than",
        "like",
        "unlike",
        "today's",
        "yesterday's",
        "substitute",
        "beyond",
        "into",
        "onto",
        "replace",
        "replacing",
        "replacement",
        "alternative",
        "versus",
        "vs",
    }
)
_SEARCHING = word_set("searching")
_LISTING = frozenset({",", "and", "or", "/", "&"})
_DENIALS = frozenset({"no", "nope", "neither", "none", "never", "nothing", "nein", "non"})
_INSIDE = frozenset(
    {"backbone", "unit", "chain", "main", "repeat", "repeating", "side", "structure", "polymer", "molecule", "monomer"}
)


class Structure:
    """Reads the structural constraints of a draft.

    Parameters
    ----------
    draft : Draft
        The brief's sheet; filled in place.
    """

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.tokens = draft.tokens
        self.negative: dict[int, bool] = {}

    def run(self) -> None:
        """Fill the draft."""
        mentions = [at for at, token in enumerate(self.tokens) if at not in self.draft.used and self._kind(token)]
        previous: int | None = None
        for at in mentions:
            if at in self.draft.used:
                continue
            polarity = self._polarity(at, previous)
            self.negative[at] = polarity == "without"
            self._emit(at, polarity)
            previous = at
        self._either_or(mentions)
        self._aliphatic()
        self._novelty()

    # -- meaning of one mention -------------------------------------------------------------------------------

    def _kind(self, token: Token) -> str:
        kinds = {sense.kind for sense in token.senses}
        return next((kind for kind in ("class", "group", "adj", "element", "elementset", "adjset", "route",
        "maybe_route",
                                       "elsym") if kind in kinds), "")  # fmt: skip

    def _sentence(self, at: int, other: int) -> bool:
        return 0 <= other < len(self.tokens) and self.draft.sentences[at] == self.draft.sentences[other]

    def _after(self, at: int) -> int:
        """Index of the first token after the mention and its noun: "ester | groups"."""
        following = at + 1
        while self.draft.word(following) in _GROUP_NOUNS | {"atoms", "atom"} and self._sentence(at, following):
            following += 1
        return following

    def _before(self, at: int) -> int:
        """Index of the last token before the mention and its articles and adjectives."""
        index = at - 1
        while index >= 0 and self._sentence(at, index) and not self.tokens[index].has("lacking", "having"):
            token = self.tokens[index]
            adjective = (
                token.has("adj", "adjset") and self._kind(self.tokens[at]) in {"class", "group"} and index == at - 1
            )
            if self.draft.word(index) not in _STEP_OVER and not adjective:
                break
            index -= 1
        return index

    def _polarity(self, at: int, previous: int | None) -> str:
        """Return "with", "without", "bare" or "context"."""
        if at in self.draft.reported:
            return "context"
        after = self._after(at)
        attached = self._attached(at, after)
        if attached:
            return attached
        if self._negated_before(at) or self._suspended(at) or self._denied(at):
            return "without"
        continued = self._continued(at, previous)
        verdict = self._verdict(after)
        listed = previous is not None and {self.draft.word(i) for i in range(previous, at)} & {"or", "nor", "and"}
        if verdict and not (continued == "without" and (listed or verdict == "without")):
            return verdict
        if continued:
            return continued
        before = self._before(at)
        if before >= 0 and self._sentence(at, before):
            if self.draft.word(before) == "for" and self.draft.word(before - 1) in _CONTEXT_BEFORE:
                return "context"  # "an alternative for a fluoropolymer"
            if self.draft.word(before) == "for" and self._wanted(before):
                return "bare"
            if self.draft.word(before) in {"such as", "like"} and self._excluding(before):
                return "without"  # "no heavy elements such as iodine"
            if self.tokens[before].has("context") or self.draft.word(before) in _CONTEXT_BEFORE:
                return "context"
            if self.tokens[before].has("having", "route_cue"):
                return "with"
        return "bare"

    def _attached(self, at: int, after: int) -> str:
        """Read what is attached to the word: "fluorine-free", "ester-containing", "polyester-like"."""
        hyphen = self.draft.word(after) == "-"
        tail = self.tokens[after + hyphen] if after + hyphen < len(self.tokens) else None
        if tail is not None and self._sentence(at, after + hyphen):
            if hyphen and self.draft.word(after + 1) in {"like", "type", "style"}:
                self.draft.use(at, after + 1)
                return "context"
            if tail.has("free_after") and not self._free_to(after + hyphen):
                self.draft.use(at, after + hyphen)
                return "without"
            if hyphen and tail.has("with_after"):
                self.draft.use(at, after + 1)
                return "without" if self._negated_before(at) else "with"
        return ""

    def _suspended(self, at: int) -> bool:
        """Say whether "-free" comes later: "fluorine- and chlorine-free"."""
        index, hung = at + 1, False
        while index < min(len(self.tokens), at + 12) and self._sentence(at, index):
            token = self.tokens[index]
            if token.has("free_after"):
                return hung and self.draft.word(index - 1) == "-" and not self._free_to(index)
            hung = hung or (token.text == "-" and self.draft.word(index + 1) in _LISTING)
            if token.text not in {"-", ","} and self.draft.word(index) not in _LISTING and not self._kind(token):
                return False
            index += 1
        return False

    def _denied(self, at: int) -> bool:
        """Say whether a question is answered with no: "Polyurea or polyurethane? No, neither."."""
        end = at
        while self._sentence(at, end + 1):
            end += 1
        if self.draft.word(end) != "?" or self.draft.word(end + 1) not in _DENIALS:
            return False
        return self.draft.word(end + 2) in {"", ",", ".", "!", ";", "-", "thanks", "please", "of", "\n", "\n-"}

    def _excluding(self, at: int) -> bool:
        for index in range(at - 1, max(-1, at - 6), -1):
            if not self._sentence(at, index) or self.draft.word(index) in {",", "and", "but"}:
                return False
            if self.tokens[index].has("lacking"):
                return True
        return False

    def _wanted(self, at: int) -> bool:
        """Say whether "for" follows a word of searching: "looking for", "five candidates for"."""
        if at == 0 or not self._sentence(at, at - 1):
            return True
        return self.tokens[at - 1].has("candidate") or self.draft.word(at - 1) in _SEARCHING

    def _free_to(self, index: int) -> bool:
        return self.draft.word(index + 1) in {"to", "volume", "energy"}

    def _negated_before(self, at: int) -> bool:
        before = self._before(at)
        if before < 0 or not self._sentence(at, before):
            return False
        token = self.tokens[before]
        if token.has("lacking"):
            return not self._double(before)
        if token.has("having", "route_cue", "not"):
            index = before - 1
            while (
                index >= 0
                and self.draft.word(index) in _STEP_OVER | {"to", "have", "do", "does"}
                and self._sentence(at, index)
            ):
                index -= 1
            return index >= 0 and self._sentence(at, index) and self.tokens[index].has("not", "lacking")
        return False

    def _double(self, index: int) -> bool:
        return self.draft.word(index) == "no more" or self.draft.word(index + 1) in {"only"}

    def _verdict(self, after: int) -> str:
        """Read what follows: "... are not allowed", "... is fine"."""
        for index in range(after, min(after + 4, len(self.tokens))):
            if not self._sentence(after - 1, index):
                return ""
            token = self.tokens[index]
            if token.has("banned_after"):
                self.draft.use(index, index)
                return "without"
            if token.has("allowed_after"):
                self.draft.use(index, index)
                return "context"
            if token.has("needed_after"):
                return "with"
            if not token.has("copula") and self.draft.word(index) not in {"also", "not", ":", "="}:
                return ""
        return ""

    def _continued(self, at: int, previous: int | None) -> str:
        """Continue a list: "no F, Cl or Br", "contains imide and ether groups"."""
        if previous is None or not self._sentence(at, previous):
            return ""
        gap = [self.draft.word(index) for index in range(self._after(previous), at)]
        articles = set() if {"or", "nor"} & set(gap) else {"a", "an"}  # "no F, a polyimide" is a new item
        words = [word for word in gap if word not in _STEP_OVER or word in articles]
        if not words or not set(words) <= {",", "and", "or", "nor", "/", "&"}:
            return ""
        same = _FAMILY[self._kind(self.tokens[at])] == _FAMILY[self._kind(self.tokens[previous])]
        if not self.negative.get(previous):
            return "with" if same and self._explicit(previous) else ""
        if "or" in words or "nor" in words or "/" in words:
            return "without"
        kinds = {self._kind(self.tokens[at]), self._kind(self.tokens[previous])}
        atoms = _FAMILY[self._kind(self.tokens[at])] in {"atom", "group"} and "adj" not in kinds
        if "and" in words or "&" in words:
            return "without" if atoms or (same and "adj" not in kinds) else ""
        return "without" if atoms and (same or self._closes(at)) else ""

    def _closes(self, at: int) -> bool:
        """Say whether a comma list goes on to an "or" or "and" between structure words."""
        index = at + 1
        while index < len(self.tokens) and self._sentence(at, index):
            word = self.draft.word(index)
            if word in {"or", "nor", "and"}:
                return True
            if word not in _GROUP_NOUNS | {",", "atoms"} and not self._kind(self.tokens[index]):
                return False
            index += 1
        return False

    def _explicit(self, at: int) -> bool:
        before = self._before(at)
        return before >= 0 and self._sentence(at, before) and self.tokens[before].has("having", "route_cue")

    # -- writing ----------------------------------------------------------------------------------------------

    def _emit(self, at: int, polarity: str) -> None:
        token = self.tokens[at]
        kind = self._kind(token)
        text = self.draft.place(at, at)[1]
        if kind == "elsym" and polarity not in {"with", "without"}:
            return
        if kind == "maybe_route" and polarity == "bare":
            return
        self.draft.use(at, max(at, self._after(at) - 1))
        if polarity == "context":
            self.draft.assume(f"{text!r} was read as context, not as a constraint.")
            return
        if polarity == "bare" and kind in {"element", "elementset"} and self.draft.word(at + 1) not in _ATOM_NOUNS:
            self.draft.refuse(at, at, "named, but not said whether it must be there or must not")
            return
        if polarity == "bare" and kind == "group" and not self._stands(at):
            self.draft.refuse(at, at, "named, but not said whether it must be there or must not")
            return
        for name, value in self._senses(token, kind):
            self._add(at, name, value, required=polarity != "without")

    def _stands(self, at: int) -> bool:
        if self._after(at) > at + 1 or self.draft.word(at + 1) == "-" or " " in self.tokens[at].text:
            return True
        inside = self.draft.word(at + 1) in {"in", "within", "along"}  # "thiophene in the main chain"
        return inside and bool({self.draft.word(at + 2), self.draft.word(at + 3)} & _INSIDE)

    def _senses(self, token: Token, kind: str) -> list[tuple[StructureKind, str]]:
        if kind == "elsym":
            return [("element", str(token.values("elsym")[0]))]
        found: list[tuple[StructureKind, str]] = []
        for value in token.values(kind):
            assert isinstance(value, tuple)
            if value not in found:
                found.append(value)
        if kind in {"elementset", "adjset"}:
            return found
        return found[-1:] if kind in {"route"} else found[:1]

    def _add(self, at: int, kind: StructureKind, name: str, *, required: bool) -> None:
        first, last = at, at
        before = self._before(at)
        if before >= 0 and self._sentence(at, before) and self.tokens[before].has("lacking", "having"):
            first = before
        after = self._after(at)
        if self.draft.word(after) == "-" and after + 1 in self.draft.used:
            last = after + 1
        elif after < len(self.tokens) and self.tokens[after].has("free_after") and not required:
            last = after
        span, text = self.draft.place(first, max(last, after - 1))
        self.draft.use(first, max(last, after - 1))
        if any((c.kind, c.name, c.required) == (kind, name, required) for _, c in self.draft.structure):
            return
        self.draft.structure.append(
            (at, StructuralConstraint(kind=kind, name=name, required=required, text=text, span=span))
        )

    # -- special readings -------------------------------------------------------------------------------------

    def _either_or(self, mentions: list[int]) -> None:
        """Read "A polyester or a polyamide" cannot be expressed: both are listed, neither is demanded."""
        for first, second in pairwise(mentions):
            if not self._sentence(first, second) or self.negative.get(first) or self.negative.get(second):
                continue
            gap = {self.draft.word(index) for index in range(self._after(first), second)} - _STEP_OVER
            if gap - {","} != {"or"} or self._meaning(first) & self._meaning(second):
                continue  # "Suzuki or Stille coupling" is one demand
            spans = {self.draft.place(at, at)[0] for at in (first, second)}
            kept = [item for item in self.draft.structure if not (item[0] in (first, second) and item[1].required)]
            if len(kept) < len(self.draft.structure) and spans:
                self.draft.structure[:] = kept
                self.draft.refuse(first, second, EITHER_OR)

    def _meaning(self, at: int) -> set[tuple[StructureKind, str]]:
        token = self.tokens[at]
        return set(self._senses(token, self._kind(token)))

    def _aliphatic(self) -> None:
        """Read "Aliphatic" means without aromatic rings."""
        for at, token in enumerate(self.tokens):
            if token.text.casefold() not in {"aliphatic", "nonaromatic"} or at in self.draft.used:
                continue
            span, text = self.draft.place(at, at)
            negated = self._negated_before(at)
            self.draft.use(at, at)
            taken = any(c.name == "aromatic_ring" for _, c in self.draft.structure)
            if negated:
                self.draft.refuse(at, at, "'not aliphatic' does not say what is wanted instead")
            elif not taken:
                self.draft.structure.append(
                    (at, StructuralConstraint(kind="group", name="aromatic_ring", required=False, text=text, span=span))
                )

    def _novelty(self) -> None:
        for at, token in enumerate(self.tokens):
            if at in self.draft.used:
                continue
            new, old = token.has("novelty"), token.has("not_new")
            if not new and not (old and self._negated_before(at)):
                if old and not self._negated_before(at):
                    continue
                continue
            if new and self._negated_before(at):
                continue
            first = at if new else max(0, self._before(at))
            span, text = self.draft.place(first, at)
            self.draft.use(first, at)
            if not any(c.kind == "novelty" for _, c in self.draft.structure):
                self.draft.structure.append(
                    (at, StructuralConstraint(kind="novelty", name="unknown", text=text, span=span))
                )
