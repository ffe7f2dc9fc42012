"""Residues chosen by structure before anything is joined, and chains of one monomer put together from parts."""

import random

import pytest

from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.candidate import Candidate
from tools.design.chain_variation import ChainVariation
from tools.design.enumeration import single_monomer_products
from tools.design.evolve import Evolution, evolve
from tools.design.grafts import Grafts, cuts, faithful, grafted, side_of
from tools.design.narrow import NarrowedSource, holds, narrowed
from tools.design.reach import reached
from tools.design.screen import Screen
from tools.design.structure import violated
from tools.design.variation import Genome, Variation

VINYL = frozenset(("vinyl_radical",))


def _brief(*structure, constraints=()):
    return DesignSpec(brief="", structure=structure, constraints=constraints)


def _chain(monomer, unit):
    return Candidate(Polymer.from_smiles(unit), "test", "", (monomer,), "vinyl_radical", ("chain_growth",))


ADAMANTANE = StructuralConstraint(kind="group", name="adamantane")
ESTER = StructuralConstraint(kind="group", name="ester")
NO_FLUORINE = StructuralConstraint(kind="element", name="F", required=False)


def test_a_rare_group_is_in_everything_that_is_proposed():
    spec = _brief(ADAMANTANE)
    found = list(NarrowedSource().candidates(spec, 200, 1))
    assert len(found) == 200
    assert not [c for c in found if violated(c.polymer, spec.structure)]
    variation = Variation(spec, 1)
    pairs = [g for _ in range(300) if (g := variation.recombined(Genome(), Genome())) is not None and g.linkage]
    assert len(pairs) > 20
    for genome in pairs:
        assert holds(genome.left, ADAMANTANE) or holds(genome.right, ADAMANTANE)


def test_a_group_that_the_linkage_forms_is_asked_of_no_residue():
    by_linkage = {item.family.linkage.id: item for item in narrowed(_brief(ESTER))}
    assert by_linkage["ester"].needs == ()
    assert by_linkage["amide"].needs == (ESTER,)


def test_what_is_excluded_is_in_no_residue():
    spec = _brief(NO_FLUORINE, StructuralConstraint(kind="group", name="nitrile", required=False))
    items = narrowed(spec)
    assert len(items) > 20
    for item in items:
        for block in (*item.family.left, *item.family.right):
            assert "F" not in block.elements
            assert "C#N" not in block.monomer


def test_a_contradiction_leaves_the_families_as_they_are():
    spec = _brief(ESTER, StructuralConstraint(kind="element", name="O", required=False))
    assert len(narrowed(spec)) > 0
    assert list(NarrowedSource().candidates(spec, 5, 1))


def test_narrowing_is_deterministic():
    spec = _brief(ADAMANTANE)
    keys = [[c.polymer.key for c in NarrowedSource().candidates(spec, 60, 3)] for _ in range(2)]
    assert keys[0] == keys[1]


@pytest.mark.parametrize(
    ("monomer", "unit", "sides"),
    [
        ("C=Cc1ccccc1", "*CC(*)c1ccccc1", {"[3*]c1ccccc1"}),
        ("C=C(C)C(=O)OC", "*CC(*)(C)C(=O)OC", {"[3*]C(=O)OC", "[3*]OC"}),
    ],
)
def test_a_chain_is_cut_and_put_together_again(monomer, unit, sides):
    chain = _chain(monomer, unit)
    parts = cuts(chain)
    assert sides <= {side.text for _, side in parts}
    for stem, side in parts:
        again = grafted(stem, side)
        assert again.polymer == chain.polymer
        assert Polymer.from_smiles(again.polymer.smiles) == chain.polymer


def test_another_side_group_gives_the_monomer_and_its_chain():
    stem = next(stem for stem, side in cuts(_chain("C=Cc1ccccc1", "*CC(*)c1ccccc1")) if side.atoms == 6)
    made = grafted(stem, side_of("[3*]c1ccc(C#N)cc1"))
    assert made.monomers == ("C=Cc1ccc(C#N)cc1",)
    assert made.polymer == Polymer.from_smiles("*CC(*)c1ccc(C#N)cc1")
    assert faithful(made)


def test_most_grafts_react_to_the_chain_that_they_name():
    grafts = Grafts(single_monomer_products(VINYL))
    rng = random.Random(0)
    kinds = grafts.kinds
    made = [grafted(rng.choice(grafts.stems(k)), rng.choice(grafts.sides(k))) for k in rng.choices(kinds, k=120)]
    made = [chain for chain in made if chain is not None]
    assert len({chain.polymer.key for chain in made}) > 60
    assert sum(map(faithful, made)) > 0.85 * len(made)


def test_a_chain_that_its_monomer_does_not_give_is_not_faithful():
    assert not faithful(_chain("C=Cc1ccccc1", "*CC(*)C#N"))
    assert not faithful(_chain("CCO", "*CC(*)O"))


def test_side_groups_without_the_excluded_and_with_the_needed():
    spec = _brief(
        NO_FLUORINE,
        StructuralConstraint(kind="group", name="nitrile"),
        StructuralConstraint(kind="polymerisation", name="chain_growth"),
    )
    variation = ChainVariation(spec, random.Random(3))
    pairs = [pair for _ in range(60) if (pair := variation.pair("immigrant", None, None)) is not None]
    assert len(pairs) > 5
    for stem, side in pairs:
        assert "C#N" in stem.monomer + side.text or "N#C" in stem.monomer + side.text
        assert "F" not in stem.monomer + side.text


def test_chain_growth_briefs_are_recombined_and_their_answers_have_a_route(models):
    tg = Constraint(property="Tg", operator=">=", lower=380.0, unit="K")
    spec = _brief(StructuralConstraint(kind="polymerisation", name="chain_growth"), constraints=(tg,))
    screen = Screen(spec, models)
    start = screen.score(list(NarrowedSource().candidates(spec, 150, 1)))
    found = evolve(Evolution(screen, 2, start), 300)
    met = [item for item in found if item.failing == 0]
    assert len(met) > 100
    for item in met[::20]:
        assert len(item.candidate.monomers) == 1
        assert faithful(item.candidate)


def test_a_reserve_ranks_what_is_safely_inside_first(models):
    tg = Constraint(property="Tg", operator=">=", lower=400.0, unit="K")
    low = Constraint(property="dielectric_constant", operator="<=", upper=3.2, unit="")
    spec = _brief(constraints=(tg, low))
    candidates = list(NarrowedSource().candidates(spec, 200, 1))
    plain, aimed = (Screen(spec, models, aim=aim).score(candidates) for aim in ((), ("Tg",)))
    assert {item.reserve for item in plain} == {0.0}
    best = min((item for item in aimed if item.failing == 0), key=lambda item: item.rank)
    assert best.chances[0] >= 0.84
    assert all(item.violation == other.violation for item, other in zip(plain, aimed, strict=True))


def test_a_constraint_is_called_out_of_reach_only_after_a_search_for_it_alone(models):
    tg = Constraint(property="Tg", operator=">=", lower=520.0, unit="K")
    other = Constraint(property="dielectric_constant", operator="<=", upper=2.4, unit="")
    screen = Screen(_brief(constraints=(tg, other)), models)
    start = list(NarrowedSource().candidates(screen.spec, 400, 1))
    poor = [item for item in screen.score(start) if item.distances[0] > 0][:100]
    found = screen.score(reached(screen, tg, poor, 1000, 1))
    assert min(item.distances[0] for item in found) == 0.0
