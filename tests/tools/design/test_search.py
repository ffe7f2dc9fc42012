"""Sources, screening, evolution and the whole search."""

import pytest

from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.candidate import Candidate, CandidateSource
from tools.design.diversity import diverse
from tools.design.enumeration import EnumerationSource, derived_blocks, families, walk
from tools.design.evolve import Evolution, EvolutionSource, evolve
from tools.design.screen import Screen, screen
from tools.design.search import Budget, search
from tools.design.sources import HandbookSource, ListSource
from tools.design.structure import violated
from tools.synthesis.forward import polymerise
from tools.synthesis.monomers import known_monomers
from tools.synthesis.sites import profile

OPEN = DesignSpec(brief="")


@pytest.mark.parametrize("size", [1, 2, 7, 100, 1001])
def test_walk_visits_everything_once(size):
    assert sorted(walk(size, 3)) == list(range(size))


def test_sources_follow_the_protocol(models):
    for source in (HandbookSource(), EnumerationSource(), ListSource(["*CC*"]), EvolutionSource(Screen(OPEN, models))):
        assert isinstance(source, CandidateSource)


def test_enumeration_is_distinct_deterministic_and_real():
    one = list(EnumerationSource().candidates(OPEN, 600, seed=4))
    other = list(EnumerationSource().candidates(OPEN, 600, seed=4))
    assert one == other
    assert len({c.polymer.key for c in one}) == len(one) == 600
    assert [c.polymer for c in EnumerationSource().candidates(OPEN, 600, seed=5)] != [c.polymer for c in one]
    for candidate in one[::40]:
        assert candidate.polymer in {p.polymer for p in polymerise(*candidate.monomers)}
        assert Polymer.from_smiles(candidate.polymer.smiles) == candidate.polymer


def test_derived_monomers_carry_known_cores():
    found = derived_blocks("alcohol")
    assert len(found) > 20
    for block in found[::10]:
        assert block.monomer not in known_monomers()
        assert len(profile(block.monomer).at("alcohol")) == 2


def test_more_than_a_hundred_thousand_pairs_can_be_reached():
    assert sum(len(family) for family in families(OPEN, derived=True)) > 150_000


def test_enumeration_is_aimed():
    spec = DesignSpec(
        brief="",
        structure=(
            StructuralConstraint(kind="class", name="polyimide"),
            StructuralConstraint(kind="element", name="F", required=True),
        ),
    )
    found = list(EnumerationSource().candidates(spec, 60, seed=0))
    assert len(found) == 60
    assert all(not violated(c.polymer, spec.structure) for c in found)


def test_list_source_reports_what_it_refuses():
    source = ListSource(["*CC*", "CC", "*CC*"])
    assert [c.polymer.smiles for c in source.candidates(OPEN, 10, 0)] == ["*CC*"]
    assert source.refused[0][0] == "CC"


def test_screen_ranks_by_chance_and_keeps_the_violators_last(models, hot):
    units = ["*CC*", "*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1", "*CCCCCC(=O)N*", "*CC(*)c1ccccc1"]
    scored = screen(hot, [Candidate(Polymer.from_smiles(u), "test") for u in units], models=models)
    assert scored[0].polymer.smiles == Polymer.from_smiles(units[1]).smiles
    assert [bool(s.unmet) for s in scored] == sorted(bool(s.unmet) for s in scored)
    assert all(0 <= s.joint <= 1 for s in scored)


def test_maximise_prefers_the_higher_value(models):
    spec = DesignSpec(brief="", constraints=(Constraint(property="Tg", operator="maximise", unit="K", hard=False),))
    units = ["*CC*", "*c1ccc(*)cc1", "*CC(*)c1ccccc1"]
    scored = screen(spec, [Candidate(Polymer.from_smiles(u), "test") for u in units], models=models)
    assert scored[0].polymer.smiles == "*c1ccc(*)cc1"


def test_uncovered_properties_are_reported(models):
    spec = DesignSpec(brief="", constraints=(Constraint(property="Tm", operator=">=", lower=400.0, unit="K"),))
    assert [c.property for c in Screen(spec, models).uncovered] == ["Tm"]


def test_evolution_improves_and_every_child_has_a_route(models, hot):
    table = Screen(hot, models)
    pool = [c for c in EnumerationSource().candidates(hot, 150, seed=2) if table.admits(c)]
    parents = table.score(pool)
    evolution = Evolution(table, 7, parents)
    born = evolve(evolution, 200)
    assert len(born) >= 150
    assert len({s.polymer.key for s in born} | {s.polymer.key for s in parents}) == len(born) + len(parents)
    mean = sum(s.joint for s in parents) / len(parents)
    assert sum(s.joint for s in born) / len(born) > mean
    for scored in born[::25]:
        assert scored.polymer in {p.polymer for p in polymerise(*scored.candidate.monomers)}
        assert not violated(scored.polymer, hot.structure, scored.candidate.polymerisations)


def test_diverse_drops_near_duplicates(models):
    units = [f"*OC{'C' * n}OC(=O)CCCCC(*)=O" for n in (4, 5, 6, 7)] + ["*CC(*)c1ccccc1"]
    spec = DesignSpec(brief="")
    scored = screen(spec, [Candidate(Polymer.from_smiles(u), "test") for u in units], models=models)
    chosen = diverse(scored, 5)
    assert len(chosen) < 5
    assert any(s.polymer.smiles == "*CC(*)c1ccccc1" for s in chosen)


@pytest.fixture(scope="module")
def result(models, hot):
    return search(hot, n=5, seed=1, budget=Budget(enumerated=250, evolved=100), models=models)


def test_search_answers_with_routes(result, hot):
    assert result.feasible
    assert 3 <= len(result.finalists) <= 5
    for finalist in result.finalists:
        assert finalist.scored.failing == 0
        assert not violated(finalist.polymer, hot.structure, finalist.scored.candidate.polymerisations)
        assert finalist.feasibility.score > 0.2
    assert result.counts["enumeration"] > 200


def test_search_is_deterministic(result, models, hot):
    again = search(hot, n=5, seed=1, budget=Budget(enumerated=250, evolved=100), models=models)
    assert [f.polymer for f in again.finalists] == [f.polymer for f in result.finalists]
    assert again.requirements == result.requirements


def test_rejected_name_the_constraint(result):
    assert result.rejected
    assert all(rejected.reasons for rejected in result.rejected)
    assert any("Tg above 197 °C" in rejected.reasons for rejected in result.rejected)


def test_impossible_briefs_are_recognised(models):
    spec = DesignSpec(
        brief="",
        constraints=(Constraint(property="Tg", operator=">=", lower=1500.0, unit="K", text="Tg above 1500 K"),),
    )
    found = search(spec, n=3, budget=Budget(enumerated=60, evolved=0), models=models)
    assert not found.feasible
    assert found.requirements[0].text == "Tg above 1500 K"
    assert found.requirements[0].share == 0.0


def test_search_stops_and_tells(models, hot):
    seen = []
    found = search(
        hot, n=3, budget=Budget(200, 100), models=models, progress=seen.append, should_stop=lambda: len(seen) >= 1
    )
    assert found.stopped
    assert seen[0].stage == "handbook"
    assert found.finalists
