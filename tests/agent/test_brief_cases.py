"""Hand-written briefs with the constraints that a chemist would read in them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.brief import parse_brief
from tools.core.spec import DesignSpec

CASES = [json.loads(line) for line in (Path(__file__).parent / "briefs.jsonl").read_text("utf-8").splitlines()]


def near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return one == pytest.approx(other, rel=1e-6, abs=1e-12)


def same_constraint(found, wanted: dict) -> bool:
    return (
        found.property == wanted["property"]
        and found.operator == wanted["operator"]
        and near(found.lower, wanted["lower"])
        and near(found.upper, wanted["upper"])
        and found.hard == wanted["hard"]
        and found.conditions == wanted.get("conditions", found.conditions)
    )


def same_structure(found, wanted: dict) -> bool:
    return all(getattr(found, key) == value for key, value in wanted.items())


def matched(found: list, wanted: list, same) -> bool:
    left = list(found)
    for item in wanted:
        hit = next((candidate for candidate in left if same(candidate, item)), None)
        if hit is None:
            return False
        left.remove(hit)
    return not left


def differences(spec: DesignSpec, case: dict) -> list[str]:
    wrong = []
    if not matched(spec.constraints, case["constraints"], same_constraint):
        wrong.append("constraints")
    if not matched(spec.structure, case["structure"], same_structure):
        wrong.append("structure")
    if not matched(spec.not_understood, case["not_understood"], lambda item, part: part in item.text):
        wrong.append("not_understood")
    if len(spec.problems) != case["problems"]:
        wrong.append("problems")
    if spec.n_candidates != case.get("n_candidates"):
        wrong.append("n_candidates")
    return wrong


@pytest.mark.parametrize("case", CASES, ids=[f"{i}-{case['brief'][:40]!r}" for i, case in enumerate(CASES)])
def test_brief_is_read_exactly(case):
    spec = parse_brief(case["brief"])
    assert differences(spec, case) == [], spec.model_dump_json(indent=1)
    for item in (*spec.constraints, *spec.structure, *spec.not_understood):
        assert case["brief"][item.span[0] : item.span[1]] == item.text


def test_the_cases_are_many_and_some_were_held_out():
    assert len(CASES) >= 200
    assert sum(case.get("held_out", False) for case in CASES) >= 40
