"""All rules together: reagents, linkages and whole-monomer rules, indexed for both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from tools.synthesis.reagents import REAGENTS
from tools.synthesis.rule_types import Linkage, MonomerRule, Pairing, PairRule, Reagent
from tools.synthesis.rules_chain import MONOMER_RULES
from tools.synthesis.rules_pairs import PAIRS
from tools.synthesis.rules_step import LINKAGES


@dataclass(frozen=True)
class RuleSet:
    """All rules, indexed.

    Attributes
    ----------
    reagents : mapping of str to Reagent
        By id.
    linkages : tuple of Linkage
        Step growth.
    monomer_rules : tuple of MonomerRule
        Chain growth and ring opening.
    pairs : mapping of (str, str) to tuple of (Linkage, Pairing)
        Linkages that a pair of reagent ids can form, either order of the ids is looked up by the caller.
    by_prior : tuple of MonomerRule
        ``monomer_rules``, most usual first.
    pair_rules : tuple of PairRule
        Two monomers of which one enters the chain whole.
    by_id : mapping of str to Linkage
        ``linkages`` by id.
    """

    reagents: Mapping[str, Reagent]
    linkages: tuple[Linkage, ...]
    monomer_rules: tuple[MonomerRule, ...]
    pairs: Mapping[tuple[str, str], tuple[tuple[Linkage, Pairing], ...]]
    by_prior: tuple[MonomerRule, ...]
    pair_rules: tuple[PairRule, ...]
    by_id: Mapping[str, Linkage]


@lru_cache(maxsize=1)
def rule_set() -> RuleSet:
    """Return the shipped rules.

    Returns
    -------
    RuleSet
        The same object on every call.
    """
    pairs: dict[tuple[str, str], list[tuple[Linkage, Pairing]]] = {}
    for linkage in LINKAGES:
        for pairing in linkage.pairings:
            pairs.setdefault((pairing.a, pairing.b), []).append((linkage, pairing))
    return RuleSet(
        reagents={reagent.id: reagent for reagent in REAGENTS},
        linkages=LINKAGES,
        monomer_rules=MONOMER_RULES,
        pairs={key: tuple(found) for key, found in pairs.items()},
        by_prior=tuple(sorted(MONOMER_RULES, key=lambda rule: -rule.prior)),
        pair_rules=PAIRS,
        by_id={linkage.id: linkage for linkage in LINKAGES},
    )
