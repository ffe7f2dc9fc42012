"""Follow-ups: what kind they are, what they are answered with, and that nothing unbacked is said."""

from __future__ import annotations

import pytest

from agent.brief import parse_brief
from agent.evidence import Ledger
from agent.experiments import next_experiments
from agent.followup import follow_up, understand
from agent.followup.judging import given, judge
from agent.report.model import Report
from agent.verify import verify_claim
from tools.core.errors import InputError, UnknownNameError

BRIEF = "Film with Tg above 150 °C, dielectric constant below 3.2, no fluorine, made by polycondensation"
UNITS = (
    "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1",
    "*Oc1ccc(C2(c3ccc(OC(*)=O)cc3)c3ccccc3-c3ccccc32)cc1",
    "*Nc1ccc(Cc2ccc(NC(=O)c3ccc(C(*)=O)cc3)cc2)cc1",
)


@pytest.fixture(scope="module")
def report():
    spec, ledger = parse_brief(BRIEF), Ledger()
    made = judge([given(unit) for unit in UNITS], spec, ledger)
    finalists = tuple(item.model_copy(update={"rank": rank}) for rank, item in enumerate(made, 1))
    return Report(
        run_id="20260101-000000-abcdef",
        verdict="answered",
        spec=spec,
        finalists=finalists,
        experiments=next_experiments(finalists, ledger),
        ledger=ledger,
    )


PHRASES = {
    "why_not": (
        "why not PEEK?", "Why isn't Kapton an option?", "what about polystyrene?", "would PMMA work?", "PEEK?",
        "what's wrong with poly(ether imide)?", "is nylon 6,6 suitable?", "why not *CC(*)c1ccccc1",
        "could I use PET instead?", "did you consider PES?", "why not 3?", "why is 2 not first?", "why not a polyimide?",
        "and why not poly(4-ethylstyrene)?",
    ),
    "easier": (
        "cheaper?", "is there something cheaper?", "which one is the least expensive?", "what do they cost?",
        "easier to make", "which is easiest to synthesise?", "which of these is the most practical?",
    ),
    "change": (
        "without fluorine", "no chlorine please", "Tg above 250 instead", "and Tg above 300 °C", "Tg above 250 °C",
        "raise the Tg to 260 °C", "relax the dielectric constant to 3.5", "lower the dielectric constant to 2.6",
        "forget the dielectric constant", "drop 2", "allow fluorine", "fluorine is ok", "only polyimides",
        "could it be halogen-free?", "halogen-free?", "what about Tg above 300 °C?", "also density below 1.2 g/cm3",
        "by ring-opening polymerisation instead", "can you make it with a higher Tg?", "no more than 5 aromatic rings",
    ),
    "compare": (
        "compare 1 and 3", "1 vs 3", "compare the first and the third", "how does 2 differ from 3?", "compare all",
        "which is better, 1 or 2?", "compare 1 with PEEK", "compare the top two", "compare them",
        "what is the difference between candidates 1 and 2?", "compare PEEK and PES",
    ),
    "route": (
        "show the route of 2", "how do I make 2?", "how is the first one synthesised?", "synthesis of candidate 3",
        "what monomers do I need for 1?", "how would you make them all?", "how can I make it?",
    ),
    "more_like": ("more like 2", "something similar to 3", "variations of the best", "other polymers like 2"),
    "next": ("what would you do next?", "next steps", "what should I measure first?", "what now?"),
    "explain": ("why 1?", "explain 3", "tell me more about 2", "how sure are you about 1?"),
}  # fmt: skip
NOT_FOLLOWING = (
    "new brief: Tg above 100 °C", "what is the Tg of PEEK?", "what is a glass transition?", "hello", "thanks!", "",
    "Design a membrane with CO2 permeability above 100 Barrer", "what does the literature say about polyimides?",
    "A flexible film with Tg below 0 °C, density below 1.1 g/cm3 and no chlorine, made by ring-opening polymerisation",
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PHRASES.items() for text in texts])
def test_the_kind_is_read_from_the_words(report, kind, text):
    asked = understand(text, report)
    assert asked is not None
    assert asked.kind == kind


@pytest.mark.parametrize("text", NOT_FOLLOWING)
def test_new_briefs_and_other_questions_are_no_follow_ups(report, text):
    assert understand(text, report) is None


def test_candidates_are_meant_by_number_by_word_and_never_by_a_digit_of_a_name(report):
    assert understand("compare the first and number 3", report).ranks == (1, 3)
    assert understand("compare 2 with nylon 6", report).ranks == (2,)
    assert understand("compare the top two", report).ranks == (1, 2)
    with pytest.raises(InputError, match="no candidate 9"):
        understand("compare 1 and 9", report)
    with pytest.raises(UnknownNameError, match="unobtainium"):
        understand("why not unobtainium?", report)


def _said(report, text):
    found = follow_up(report, understand(text, report))
    for claim in found.claims:
        assert verify_claim(claim, found.ledger, known_names=None).ok or claim.values
    assert found.removed == 0
    return found


def test_why_not_names_the_requirement_that_is_missed_with_its_measured_value(report):
    found = _said(report, "why not PMMA?")
    missed = next(claim for claim in found.claims if "measured glass transition" in claim.text)
    value = next(found.ledger.values[key] for key in missed.values)
    assert value.kind == "measured"
    assert value.value < 150 + 273.15
    assert found.claims[0].text.startswith("poly(methyl methacrylate) misses")
    assert len(found.finalists) == 1


def test_a_polymer_that_misses_nothing_is_not_talked_down(report):
    found = _said(report, f"why not {UNITS[1]}?")
    assert found.asked.polymers
    assert any("first of the ranking" in claim.text or "chance of" in claim.text for claim in found.claims)
    other = _said(report, "why not *Oc1ccc(C3(c2ccc(OC(*)=O)cc2)CCCCC3)cc1")
    assert "misses none" in other.claims[0].text


def test_money_is_not_known_and_said_so(report):
    assert "No prices" in _said(report, "cheaper?").notes[0]
    made = _said(report, "easier to make")
    assert not made.notes
    scores = [float(row[1].split()[0]) for row in made.grid.rows]
    assert scores == sorted(scores, reverse=True)


def test_a_comparison_is_read_from_the_ledger(report):
    found = _said(report, "compare 1 and 3")
    assert found.grid.head == ("", "Candidate 1", "Candidate 3")
    chance = report.ledger.derived[report.finalists[2].chance].value
    row = next(row for row in found.grid.rows if row[0] == "chance to meet all")
    assert row[2] == f"{chance:.0f} % [{report.finalists[2].chance}]"


def test_a_change_gives_the_brief_that_a_new_run_begins_with(report):
    found = follow_up(report, understand("Tg above 250 instead", report))
    limits = [item for item in found.spec.constraints if item.property == "Tg"]
    assert [item.lower for item in limits] == [pytest.approx(523.15)]
    assert len(found.spec.structure) == len(report.spec.structure)
    loose = follow_up(report, understand("allow fluorine", report)).spec
    assert "F" not in {item.name for item in loose.structure}
    higher = follow_up(report, understand("can you make it with a higher Tg?", report)).spec
    assert {item.operator for item in higher.constraints if item.property == "Tg"} == {">", "maximise"}
    again = follow_up(report, understand("without fluorine", report))
    assert "already" in again.notes[0]
    assert not again.claims


def test_dropping_what_is_not_asked_for_is_refused(report):
    with pytest.raises(InputError, match="No requirement"):
        understand("drop the density limit", report)


def test_variations_are_new_polymers_made_by_the_same_reaction(report):
    found = _said(report, "more like 1")
    own = {item.key for item in report.finalists}
    assert found.finalists
    assert not own & {item.key for item in found.finalists}
    assert all(item.parents == (report.finalists[0].smiles,) for item in found.finalists)
    assert found == _said(report, "more like 1")


def test_routes_and_next_steps_come_from_the_report(report):
    route = _said(report, "show the route of 2")
    assert report.finalists[1].routes[0].mechanism in {row[1] for row in route.grid.rows}
    steps = _said(report, "what would you do next?")
    assert [row[1] for row in steps.grid.rows] == [item.title for item in report.experiments]


def test_without_candidates_there_is_nothing_to_compare(report):
    empty = report.model_copy(update={"finalists": ()})
    with pytest.raises(InputError, match="no candidates"):
        follow_up(empty, understand("compare them", empty))
