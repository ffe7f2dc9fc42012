"""Whole evaluations: one row per item, equal to the single tools."""

from __future__ import annotations

import numpy as np

from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource
from tools.design.evaluate import PARTS, evaluate
from tools.properties.predict import predict_table
from tools.synthesis.feasibility import assess


def test_rows_equal_the_single_tools() -> None:
    candidates = list(EnumerationSource().candidates(DesignSpec(brief="any"), 12, 5))
    found = evaluate(candidates, ["Tg", "density"])
    table = predict_table([c.polymer for c in candidates], ["Tg", "density"], tier="fast")
    assert found.keys == tuple(c.polymer.key for c in candidates)
    for name in ("Tg", "density"):
        assert np.array_equal(found.predictions.columns[name].mean, table.columns[name].mean)
    for row, candidate in enumerate(candidates):
        whole = assess(candidate.polymer, found.routes[row])
        assert found.feasibility[row] == whole.score == found.explained(row).score
        assert {part.name: part.factor for part in whole.parts} == dict(zip(PARTS, found.parts[row], strict=True))
        route = found.routes[row]
        assert route is not None and {m.smiles for m in route.monomers} == set(candidate.monomers)


def test_a_polymer_without_monomers_is_judged_by_the_route_that_is_found() -> None:
    polymer = Polymer.from_smiles("*CC(*)c1ccccc1")
    found = evaluate([polymer], ["Tg"])
    assert found.feasibility[0] == assess(polymer).score
    assert found.routes[0] is not None and found.routes[0].mechanism


def test_a_polymer_that_no_rule_makes_has_neutral_parts_of_the_route() -> None:
    polymer = Polymer.from_smiles("*OO*")
    found = evaluate([polymer], ["Tg"])
    if found.routes[0] is None:
        assert found.parts[0, PARTS.index("selectivity")] == 1.0
        assert found.parts[0, PARTS.index("route")] < 1.0
    assert found.parts[0, PARTS.index("stability")] < 1.0


def test_nothing_gives_an_empty_table() -> None:
    found = evaluate([], ["Tg"])
    assert len(found) == 0 and found.parts.shape == (0, len(PARTS))


def test_candidates_whose_route_no_longer_gives_them_are_counted() -> None:
    styrene = Polymer.from_smiles("*CC(*)c1ccccc1")
    good = Candidate(styrene, "a", monomers=("C=Cc1ccccc1",), rule=_rule(styrene))
    stale = Candidate(Polymer.from_smiles("*OCCO*"), "a", monomers=("C=Cc1ccccc1", "C=C"), rule="no such rule")
    found = evaluate([good, stale, styrene], ["Tg"])
    assert found.stale.tolist() == [False, True, False]
    assert found.feasibility[0] == found.feasibility[2]
    assert not evaluate([], ["Tg"]).stale.size


def _rule(polymer: Polymer) -> str:
    route = evaluate([polymer], ["Tg"]).routes[0]
    assert route is not None
    return route.rule
