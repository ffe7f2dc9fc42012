"""A spec becomes sub-questions in an order that respects their dependencies."""

from __future__ import annotations

import pytest

from agent.planner import make_plan
from agent.wording import describe_constraint, describe_structure
from tools.catalogue import catalogue
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint

TG = Constraint(property="Tg", operator=">", lower=523.15, unit="K", given_unit="°C")
EPS = Constraint(property="dielectric_constant", operator="<", upper=2.8, unit="dimensionless")
CO2 = Constraint(property="P_CO2", operator=">=", lower=100.0, unit="Barrer")
ALPHA = Constraint(property="selectivity_CO2_CH4", operator=">=", lower=30.0, unit="dimensionless")
NO_F = StructuralConstraint(kind="element", name="F", required=False)


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        (TG, "glass transition temperature above 250 °C"),
        (EPS, "dielectric constant below 2.80"),
        (
            TG.model_copy(update={"operator": "maximise", "lower": None}),
            "glass transition temperature as high as possible",
        ),
        (
            TG.model_copy(update={"operator": "between", "upper": 573.15}),
            "glass transition temperature between 250 °C and 300 °C",
        ),
        (TG.model_copy(update={"given_unit": "°F"}), "glass transition temperature above 482 °F"),
        (
            EPS.model_copy(update={"conditions": {"frequency": "10 GHz"}}),
            "dielectric constant below 2.80, frequency 10 GHz",
        ),
    ],
)
def test_constraints_in_words(constraint, words):
    assert describe_constraint(constraint) == words


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        (NO_F, "no element F"),
        (StructuralConstraint(kind="class", name="polyimide"), "is a polyimide"),
        (StructuralConstraint(kind="polymerisation", name="step_growth", required=False), "not made by step growth"),
        (
            StructuralConstraint(kind="count", name="aromatic_rings", lower=2, upper=2),
            "2 aromatic rings per repeat unit",
        ),
        (StructuralConstraint(kind="count", name="rings", upper=3), "at most 3 rings per repeat unit"),
        (StructuralConstraint(kind="novelty", name="unknown"), "not a polymer that is already known"),
    ],
)
def test_structure_in_words(constraint, words):
    assert describe_structure(constraint) == words


def test_dependencies_come_first_and_the_design_question_depends_on_all_of_them():
    plan = make_plan(DesignSpec(brief="x", constraints=(TG, EPS), structure=(NO_F,)))
    seen = set()
    for question in plan.questions:
        assert set(question.depends_on) <= seen
        seen.add(question.id)
    design = next(item for item in plan.questions if item.skill == "design")
    before = [item.id for item in plan.questions if item.skill in {"property", "structure", "trade-off"}]
    assert list(design.depends_on) == before
    assert [item.skill for item in plan.questions] == [
        "property",
        "property",
        "structure",
        "trade-off",
        "design",
        "synthesis",
        "physics",
    ]


def test_permeability_and_selectivity_trade_off():
    plan = make_plan(DesignSpec(brief="x", constraints=(CO2, ALPHA)))
    assert any(item.skill == "trade-off" and "upper bound" in item.query for item in plan.questions)


def test_the_allow_list_names_tools_of_the_catalogue():
    class Nothing:
        def search(self, query, k=10, *, expansions=()):
            return []

        def get(self, passage_id):
            raise KeyError(passage_id)

    plan = make_plan(DesignSpec(brief="x", constraints=(TG, EPS), structure=(NO_F,)))
    assert plan.allowed_tools() <= catalogue(Nothing()).keys()
    assert "search_literature" not in catalogue()
