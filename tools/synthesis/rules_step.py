"""All step-growth linkages, in the order in which they are tried."""

from __future__ import annotations

from tools.synthesis.rule_types import Linkage
from tools.synthesis.rules_carbon import CARBON
from tools.synthesis.rules_carbonyl import CARBONYL
from tools.synthesis.rules_rings import RINGS
from tools.synthesis.rules_substitution import SUBSTITUTION

LINKAGES: tuple[Linkage, ...] = (*RINGS, *CARBONYL, *SUBSTITUTION, *CARBON)
