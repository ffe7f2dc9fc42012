"""The working sheet of one brief: tokens, findings, and which tokens have a meaning."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.brief.lexer import Token
from agent.brief.text import Folded
from tools.core.spec import Constraint, NotUnderstood, StructuralConstraint

EITHER_OR = "either-or cannot be expressed as one brief: give one brief for each"


@dataclass
class Draft:
    """What has been read of a brief so far.

    Attributes
    ----------
    folded : Folded
        The brief.
    tokens : list of Token
        Its tokens.
    sentences : list of int
        Sentence of every token.
    used : set of int
        Tokens that have been given a meaning.
    constraints, structure : list of (first token, constraint)
        Findings with their place.
    not_understood, assumptions, problems : list
        As in ``DesignSpec``.
    n_candidates : int or None
        How many candidates were asked for.
    listed : set of int
        Tokens listed as not understood.
    joints : frozenset of int
        Words such as "and" that part one requirement from the next.
    reported : frozenset of int
        Tokens of clauses that tell of another material and ask for nothing.
    open : set of int
        Tokens that no rule could make sense of: a second reader may.
    """

    folded: Folded
    tokens: list[Token]
    sentences: list[int]
    used: set[int] = field(default_factory=set)
    constraints: list[tuple[int, Constraint]] = field(default_factory=list)
    structure: list[tuple[int, StructuralConstraint]] = field(default_factory=list)
    not_understood: list[NotUnderstood] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    n_candidates: int | None = None
    listed: set[int] = field(default_factory=set)
    joints: frozenset[int] = frozenset()
    reported: frozenset[int] = frozenset()
    open: set[int] = field(default_factory=set)

    def place(self, first: int, last: int) -> tuple[tuple[int, int], str]:
        """Return the span and the exact words of the brief behind a run of tokens.

        Parameters
        ----------
        first, last : int
            Token indices, inclusive.

        Returns
        -------
        tuple
            Span in the brief and the words there.
        """
        start, end = self.tokens[first].start, self.tokens[last].end
        return self.folded.span(start, end), self.folded.source(start, end)

    def use(self, first: int, last: int) -> None:
        """Mark a run of tokens as understood."""
        self.used.update(range(first, last + 1))

    def refuse(self, first: int, last: int, reason: str, *, final: bool = True) -> None:
        """List a run of tokens as not understood; unless that is final, a second reader may make sense of it."""
        span, text = self.place(first, last)
        self.use(first, last)
        if not final:
            self.open.update(range(first, last + 1))
        if self.listed & set(range(first, last + 1)):
            return
        self.listed.update(range(first, last + 1))
        self.not_understood.append(NotUnderstood(text=text, span=span, reason=reason))

    def assume(self, note: str) -> None:
        """List an assumption once."""
        if note and note not in self.assumptions:
            self.assumptions.append(note)

    def object_to(self, problem: str) -> None:
        """List a problem once."""
        if problem not in self.problems:
            self.problems.append(problem)

    def word(self, index: int) -> str:
        """Return the lower-case text of a token, "" outside the brief."""
        return self.tokens[index].text.casefold() if 0 <= index < len(self.tokens) else ""
