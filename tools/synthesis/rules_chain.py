"""All rules on one whole monomer: chain growth and ring opening."""

from __future__ import annotations

from tools.synthesis.rule_types import MonomerRule
from tools.synthesis.rules_double_bonds import DOUBLE_BONDS
from tools.synthesis.rules_ring_opening import RING_OPENING

MONOMER_RULES: tuple[MonomerRule, ...] = (*DOUBLE_BONDS, *RING_OPENING)
