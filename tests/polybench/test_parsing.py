"""Answers in free text: what is read, where it is found, and what is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polybench.numbers import read_quantity
from polybench.parsing import parse
from polybench.prediction import Prediction
from polybench.task import Task
from polybench.wording import looks_like_smiles

BASE = {"id": "t", "split": "dev", "category": "property_prediction", "subtask": "s", "question": "?"}


def task(**fields):
    return Task.model_validate({**BASE, **fields})


MCQ = task(answer_type="mcq", choices=["polyester", "polyamide", "a polyether", "C=O"], answer="B")
BOOLEAN = task(answer_type="boolean", answer=True)
LABEL = task(answer_type="label", answer="poly(vinyl chloride)")
NUMERIC = task(answer_type="numeric", answer=378.15, unit="K")
RANKING = task(answer_type="ranking", choices={"A": "PMMA", "B": "PS", "C": "PE"}, answer=["B", "A", "C"])
SET = task(answer_type="set", answer=["ester", "ether"])
SMILES = task(answer_type="smiles", answer="*CC*")
DESIGN = task(answer_type="design", n_candidates=2, constraints=[{"kind": "attachment_points", "value": 2}])
TEXT = task(answer_type="text", answer="chains are stiff")
ALL = [MCQ, BOOLEAN, LABEL, NUMERIC, RANKING, SET, SMILES, DESIGN, TEXT]


def read(which, response="", **fields):
    return parse(which, Prediction(id="t", response=response, **fields)).value


@pytest.mark.parametrize(
    ("response", "value", "stage"),
    [
        ("B", "B", "last_line"),
        ("Some thoughts.\n\n**(B)**\n", "B", "last_line"),
        ("b.", "B", "last_line"),
        ("The final answer is: **B**", "B", "phrase"),
        ("**Answer:** B) polyamide", "B", "phrase"),
        ("Answer:\n\nB", "B", "phrase"),
        ("answer: A\nNo. The answer is B because of the N-H.", "B", "phrase"),
        (r"so \boxed{B} holds", "B", "boxed"),
        (r"\boxed{\boxed{B}}", "B", "boxed"),
        (r"$\boxed{\text{B}}$", "B", "boxed"),
        ("Answer: **B**. polyamide", "B", "phrase"),
        ('Reasons.\n```json\n{"reason": "x", "answer": "B"}\n```', "B", "last_line"),
        ('{\n "answer": "B"\n}', "B", "last_line"),
        ("```\nB\n```", "B", "last_line"),
        ('{"reason": "A is wrong"}', None, "last_line"),
        ("<answer>A</answer> wait <ANSWER> B </ANSWER>", "B", "tag"),
        ("<answer>A<answer>B</answer></answer>", "B", "tag"),
        ("<answer>B", "B", "tag"),
        ("<answer></answer>\nC", "C", "last_line"),
        ("polyamide", "B", "last_line"),
        ("C=O", "D", "last_line"),
        ("A polymer with an amide bond absorbs water.", None, "last_line"),
        ("I would say that B is likely", None, "last_line"),
        ("The answer is A or B", None, "phrase"),
        ("Answer: A, B", None, "phrase"),
        ("Answer: B) polyester", None, "phrase"),  # letter and text disagree
        ("Answer: A polymer", None, "phrase"),
        ("", None, "none"),
        (" \n \t", None, "none"),
    ],
)
def test_choices(response, value, stage):
    found = parse(MCQ, Prediction(id="t", response=response))
    assert (found.value, found.stage) == (value, stage)


def test_the_explicit_answer_comes_first_and_is_final():
    assert read(MCQ, "<answer>A</answer>", final_answer="B") == "B"
    assert read(MCQ, "<answer>A</answer>", final_answer="The answer is (B).") == "B"
    assert read(MCQ, "<answer>A</answer>", final_answer="no idea") is None
    assert read(MCQ, "<answer>A</answer>", final_answer="  ") == "A"
    assert read(MCQ, final_answer={"answer": "B"}) == "B"
    assert read(MCQ, final_answer=["B"]) == "B"
    assert read(MCQ, final_answer=True) is None


@pytest.mark.parametrize(
    ("response", "value"),
    [("Yes", True), ("No, because", False), ("<answer>TRUE</answer>", True), ("Answer: No it does not", False),
     ("yes or no", None), ("It is true", None), ("yes/no", None), ("not true", None), ("Nothing", None)],
)  # fmt: skip
def test_truth_values(response, value):
    assert read(BOOLEAN, response) is value


@pytest.mark.parametrize(
    ("text", "unit", "value", "interval"),
    [
        ("105 °C", "K", 378.15, None),
        ("Tg = 378 K (105 °C)", "K", 378.0, None),
        ("−40°C", "degC", -40.0, None),
        ("–15 °C", "degC", -15.0, None),
        ("1,234.5 MPa", "MPa", 1234.5, None),
        ("1.234,5 MPa", "MPa", 1234.5, None),
        ("1,234", "MPa", 1234.0, None),
        ("3,5 GPa", "MPa", 3500.0, None),
        ("0,125", "g/cm3", 0.125, None),
        ("12 345 Pa", "Pa", 12345.0, None),
        ("12\u202f345 Pa", "Pa", 12345.0, None),
        ("1'234'567", "Pa", 1234567.0, None),
        ("1.2 × 10^-5 S/cm", "S/cm", 1.2e-5, None),
        ("1.2·10⁻⁵ S/cm", "S/cm", 1.2e-5, None),
        ("1.2e-5", "S/cm", 1.2e-5, None),
        ("10^-5 S/cm", "S/cm", 1e-5, None),
        (r"$105\,^\circ\text{C}$", "K", 378.15, None),
        ("Nylon 6,6 melts at 265 °C", "degC", 265.0, None),
        ("P3HT: 12 °C", "degC", 12.0, None),
        ("0.25 W/(m K)", "W/m/K", 0.25, None),
        ("0.25 W m^-1 K^-1", "W/m/K", 0.25, None),
        ("45 %", "", 45.0, None),
        ("45 %", "dimensionless", 0.45, None),
        ("HOMO: -5.3 eV", "eV", -5.3, None),
        ("105 ± 10 °C", "degC", 105.0, (95.0, 115.0)),
        ("105 (95–115) °C", "K", 378.15, (368.15, 388.15)),
        ("105 °C [95, 115]", "degC", 105.0, (95.0, 115.0)),
        ("105 °C [95,115]", "degC", 105.0, (95.0, 115.0)),
        ("105 °C (90% interval: 95 to 115 °C)", "degC", 105.0, (95.0, 115.0)),
        ("between 95 and 115 K", "K", 105.0, (95.0, 115.0)),
        ("300 MPa", "K", None, None),
        ("nan", "K", None, None),
        ("inf", "K", None, None),
        ("1e999", "K", None, None),
        ("1,2,3", "K", None, None),
        ("no number", "K", None, None),
    ],
)
def test_numbers(text, unit, value, interval):
    found = read_quantity(text, unit)
    if value is None:
        assert found is None
        return
    assert found.value == pytest.approx(value)
    assert (found.lower, found.upper) == (pytest.approx(interval) if interval else (None, None))


def test_numbers_in_prose_are_read_only_if_one_can_be_meant():
    assert read(NUMERIC, "Of 3 similar polymers the nearest has 105 °C.").value == pytest.approx(378.15)
    assert read(NUMERIC, "It is 378 K, that is 105 °C").value == pytest.approx(378)
    assert read(NUMERIC, "PS has 100 °C and PMMA 105 °C") is None
    assert read(NUMERIC, "5 or 6") is None
    assert read(NUMERIC, final_answer=float("nan")) is None
    assert read(NUMERIC, final_answer=True) is None
    stated = read(NUMERIC, final_answer={"value": 105, "unit": "°C", "lower": 95, "upper": 115, "coverage": 0.9})
    assert (stated.lower, stated.level) == (pytest.approx(368.15), 0.9)
    assert read(NUMERIC, final_answer='{"value": 105, "unit": "°C"}').value == pytest.approx(378.15)


@pytest.mark.parametrize(
    "response",
    ["B > A > C", "<answer>B, A, C</answer>", "1. B\n2. A\n3. C", "PS > PMMA > PE", "<answer>BAC</answer>",
     '<answer>["B","A","C"]</answer>', "<answer>B (PS) > A (PMMA) > C</answer>", "Answer: PS, PMMA, and PE",
     r"\boxed{B > A > C}", "- PS\n- PMMA\n- PE"],
)  # fmt: skip
def test_rankings(response):
    assert read(RANKING, response) == ("B", "A", "C")


def test_what_is_no_ranking():
    assert read(RANKING, "A") is None
    assert read(RANKING, "The order is PS, PMMA and PE, I think") is None
    assert read(RANKING, "<answer>A, B, X</answer>") == ("A", "B", "?X")


def test_sets_labels_and_structures():
    assert read(SET, "<answer>Ester, ether</answer>") == ("ester", "ether")
    assert read(SET, "<answer>none</answer>") == ()
    assert read(SET, final_answer=[]) == ()
    assert read(SET, "<answer>1,4-butanediol, adipic acid</answer>") == ("1,4butanediol", "adipicacid")
    assert read(LABEL, "Answer: Polyvinyl chloride.") == read(LABEL, "<answer>poly(vinyl chloride) (PVC)</answer>")
    assert read(SMILES, "**Answer:** `*CC*`") == "*CC*"
    assert read(SMILES, "**Answer:** *CC*") == "*CC*"
    assert read(SMILES, r"\boxed{*C(C(=O)O)C*}") == "*C(C(=O)O)C*"
    assert read(SMILES, "<answer>OCCO.O=C(O)c1ccccc1</answer>") == "OCCO.O=C(O)c1ccccc1"
    assert read(SMILES, "The unit is *CC* or so") is None
    assert read(SMILES, "<answer>*CC* or *CCO*</answer>") is None
    assert read(DESIGN, "<answer>*CC*\n*CCO*\n*CO*</answer>") == ("*CC*", "*CCO*")  # no more than were asked for
    assert read(DESIGN, final_answer=["*CC*", {"smiles": "*CO*"}]) == ("*CC*", "*CO*")
    assert read(DESIGN, "Two units:\n```\n*CC*\n*CCO*\n```") == ("*CC*", "*CCO*")
    assert read(DESIGN, "1. *CC*\n2. *CCO*") == ("*CC*", "*CCO*")
    assert read(DESIGN, "Infeasible: no carbon without carbon.") == "infeasible"
    assert read(DESIGN, "It is impossible to say nothing") is None
    assert [looks_like_smiles(item) for item in ("*CC*", "c1ccccc1", "CCO", "ClCCl", "PVC", "no", "I", "ester")] == [
        True, True, True, True, False, False, False, False,
    ]  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["answer", "value", "smiles", "x"]), inner)
    ),
    max_leaves=8,
)
PIECES = st.sampled_from(
    ["<answer>", "</answer>", "\\boxed{", "}", "answer is ", "\n", "B", "12", "±", "°C", "[", "]", "(", ",", ">", "*CC*", "1e",
     "−", "%", "\ud800", "\x00", "K", "10^", "{", "infeasible"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(response=st.text(max_size=200) | st.lists(PIECES, max_size=30).map("".join), final=JSON)
def test_nothing_crashes_the_parser(response, final):
    for which in ALL:
        for given_answer in (None, final):
            parsed = parse(which, Prediction(id="t", response=response, final_answer=given_answer))
            assert parsed.ok == (parsed.value is not None)


@pytest.mark.parametrize(
    "hostile",
    ["<answer>" * 20_000, "\\boxed{" * 20_000, "answer is " * 20_000, "1" * 100_000, "1," * 50_000, "1 " * 50_000,
     "(" * 100_000, "* " * 50_000, "10^" * 40_000, "A, " * 40_000, "°C" * 50_000, "1 K " * 30_000, "> " * 50_000,
     "<answer>" + "1 ± " * 30_000, "[" * 100_000, "\n" * 100_000, "a" * 100_000, "1.5 (" * 20_000, "-" * 100_000],
)  # fmt: skip
def test_hostile_responses_cost_little(hostile):
    begun = time.process_time()
    for which in ALL:
        parse(which, Prediction(id="t", response=hostile))
        parse(which, Prediction(id="t", final_answer=hostile))
    assert time.process_time() - begun < 5
