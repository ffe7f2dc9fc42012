"""Words by which sentences on candidates compare, judge and name: what ``agent.statements`` looks for."""

from __future__ import annotations

import re

CANDIDATES = re.compile(
    r"\bcandidates?\s+[0-9]{1,2}(?:(?:\s*,\s*[0-9]{1,2})*\s*,?\s*(?:and|or)\s+[0-9]{1,2}(?![0-9.]|\s?[°%]))?",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"\b(?:not|no|never|neither|nor|none|without|cannot|unlikely|hardly|barely|respectively|instead|unlike)\b|n['’]t\b",
    re.IGNORECASE,
)
UP = r"higher|greater|larger|bigger|exceed(?:s|ing|ed)?|above|over|more likely|at least|denser|surpass(?:es|ing)?"
DOWN = r"lower|smaller|below|under|less likely|at most|lighter"
COMPARED = re.compile(rf"\b(?:(?P<up>{UP})|(?P<down>{DOWN}))\b", re.IGNORECASE)
EXTREME = re.compile(
    r"\b(?:(?P<up>highest|largest|greatest|maximum|most likely|best|densest)|"
    r"(?P<down>lowest|smallest|least likely|minimum|lightest|worst))\b",
    re.IGNORECASE,
)
UNREAD = re.compile(
    r"\b(?:better|worse|superior|inferior|beats?|outperform\w*|more|less|most|least|fewer|(?:tough|stiff|soft|strong|weak|"
    r"cheap|saf|hott|cool|fast|slow|eas|hard)(?:er|est|ier|iest)|ideal|perfect|optimal|unbeat\w*|equal\w*|same|identical|"
    r"similar|comparable)\b",
    re.IGNORECASE,
)
UNBACKED = re.compile(
    r"\b(?:safe|non-?toxic|toxic|harmless|biocompatible|biodegradable|recyclable|sustainable|green|approved|certified|"
    r"patent\w*|commercial\w*|available|cheap|inexpensive|expensive|costs?|proven|guarantee\w*|soluble|insoluble|"
    r"transparent|colou?rless|recommend\w*|buy)\b",
    re.IGNORECASE,
)
MEETS = re.compile(
    r"\b(?:(?P<up>meets?|meeting|satisf(?:y|ies|ying)|fulfil(?:s|ls|ling|l)?|compl(?:y|ies)|pass(?:es)?)|"
    r"(?P<down>miss(?:es|ing)?|fail(?:s|ing)?|violat(?:es?|ing)|falls? short))\b",
    re.IGNORECASE,
)
EVERY = re.compile(r"\b(?:all|every|each|both|overall|joint|everything)\b", re.IGNORECASE)
LIMIT = re.compile(
    r"\b(?:limits?|requirements?|required|targets?|asked|wanted|brief|threshold|goal|bound)\b[^.;,]{0,24}$",
    re.IGNORECASE,
)
TOPIC_WORDS = re.compile(
    r"\b(?:(?P<chance>chances?|probabilit(?:y|ies)|likelihood|likely)|(?P<make>synthesi[sz]ability))\b", re.IGNORECASE
)
TIED = re.compile(r"^(?:\s|of|is|at|near|about|around|a|the|predicted|measured|reaches|to|be|value|[:=(~≈])*$")
INTERVAL = re.compile(r"\b(?:interval|between|range|ranges|from|bounds?)\b[^.;]{0,40}$", re.IGNORECASE)
