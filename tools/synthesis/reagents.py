"""Functional groups of step-growth monomers and the chain ends they leave."""

from __future__ import annotations

from tools.synthesis.reagents_carbon import CARBON
from tools.synthesis.reagents_hetero import HETERO
from tools.synthesis.reagents_rings import RINGS
from tools.synthesis.rule_types import Reagent

REAGENTS: tuple[Reagent, ...] = (*HETERO, *RINGS, *CARBON)
