"""Briefs in plain words to typed constraints: a grammar over the property registry, the units and the vocabulary.

``fold`` (text) -> ``tokenise`` (lexicon, numbers, units) -> value expressions -> binding to properties -> structure ->
wishes -> hard or soft -> conflicts -> what is left. No step guesses silently: assumptions, problems and what was not
understood are all part of the result.
"""

from agent.brief.parse import MAX_LENGTH, parse_brief, read_draft, spec_of
from agent.brief.show import Row, describe

__all__ = ["MAX_LENGTH", "Row", "describe", "parse_brief", "read_draft", "spec_of"]
