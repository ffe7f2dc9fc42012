"""Routes of candidates whose monomers and rule are known, and their judgement in numbers."""

from __future__ import annotations

from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.design.candidate import Candidate
from tools.design.enumeration import EnumerationSource
from tools.synthesis.feasibility import factors, judge
from tools.synthesis.forward import react
from tools.synthesis.known_route import known_route


def _sample() -> list[Candidate]:
    return list(EnumerationSource().candidates(DesignSpec(brief="any"), 40, 3))


def test_the_route_is_that_of_a_forward_run() -> None:
    checked = 0
    for candidate in _sample():
        products = react(*candidate.monomers).products
        made = [p for p in products if p.polymer.key == candidate.polymer.key and p.rule == candidate.rule]
        route = known_route(candidate.polymer, candidate.monomers, candidate.rule)
        if made and route is not None:
            checked += 1
            assert (route.mechanism, route.by_product, route.competing, route.note) == (
                made[0].mechanism, made[0].by_product, made[0].competing, made[0].note,
            )  # fmt: skip
    assert checked > 25


def test_numbers_are_those_of_the_judgement() -> None:
    for candidate in _sample():
        route = known_route(candidate.polymer, candidate.monomers, candidate.rule)
        judged = judge(candidate.polymer, route)
        assert factors(candidate.polymer, route) == (judged.score, {part.name: part.factor for part in judged.parts})


def test_unstable_and_unknown_ones_are_judged_alike() -> None:
    for unit in ("*OO*", "*CC(O)(O)*", "*C(C)(C)C(C)(C)*", "*CC(*)C1CO1", "*c1ccc(cc1)C(=O)OC(=O)*"):
        polymer = Polymer.from_smiles(unit)
        judged = judge(polymer, None)
        assert factors(polymer, None) == (judged.score, {part.name: part.factor for part in judged.parts})


def test_monomers_that_do_not_give_the_polymer_have_no_route() -> None:
    assert known_route(Polymer.from_smiles("*CC*"), ("OCCO", "CCO"), "ester") is None


def test_a_more_special_rule_of_the_same_monomers_counts() -> None:
    """Amines on acrylates have a rule of their own; the general one gives the same polymer."""
    monomers = ("C=CC(=O)OCCOC(=O)C=C", "NCCCCCCN")
    made = react(*monomers).products[0]
    route = known_route(made.polymer, monomers, "michael_amine")
    assert route is not None and route.rule == made.rule
    assert {monomer.smiles for monomer in route.monomers} == set(monomers)
