"""Marks and aggregates: gold is 1, chance is chance, and every metric agrees with one written by hand."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from polybench.aggregate import group, resampled
from polybench.compare import compare
from polybench.jsonl import read_predictions
from polybench.prediction import Prediction
from polybench.report import compare_html, to_html
from polybench.scorecard import score
from polybench.scoring.closed import kendall_tau
from polybench.scoring.numeric import within
from polybench.scoring.text import makes_point
from polybench.task import KeyPoint, Task, Tolerance
from tools.core.errors import InputError

ESTER = "[CX3](=O)[OX2][#6]"


def task(name, kind, subtask=None, **fields):
    base = {"id": name, "split": "dev", "category": "structural_understanding", "question": "?", "answer_type": kind}
    return Task.model_validate({**base, "subtask": subtask or kind, **fields})


TASKS = [
    task("m", "mcq", choices=["x", "y", "z"], answer="C"),
    task("b", "boolean", answer=False),
    task("l", "label", answer="poly(vinyl chloride)", aliases=["PVC"]),
    task("n", "numeric", answer=105, unit="degC", property="Tg"),
    task("r", "ranking", answer=["s1", "s2", "s3"]),
    task("s", "set", answer=["ester", "ether"]),
    task("e", "set", answer=[]),
    task("c", "smiles", answer="*CCO*"),
    task("k", "smiles", answer="OCCO.O=C(O)CC(O)=O", aliases=["OCCO.ClC(=O)CC(Cl)=O"]),
    task(
        "d",
        "design",
        n_candidates=2,
        answer=["*OCCOC(=O)c1ccc(cc1)C(=O)*", "*OC1CCCC(C1)OC(=O)CC(=O)*"],
        constraints=[
            {"kind": "smarts", "smarts": ESTER, "min": 1},
            {"kind": "descriptor", "name": "MolWt", "max": 300},
            {"kind": "element", "name": "N", "value": 0},
            {"kind": "not_in", "smiles": ["*CC*"]},
            {"kind": "ring_topologies", "min": 1},
            {"kind": "property", "name": "Tg", "min": 100, "unit": "K"},
        ],
    ),
    task("i", "design", answer="infeasible", constraints=[{"kind": "descriptor", "name": "rings", "min": 900}]),
    task("t", "text", keypoints=["stiff chains raise Tg", {"text": "Tg of PS", "number": 373, "unit": "K"}]),
]


def gold(item):
    answer = item.answer
    if item.answer_type == "text":
        answer = "Stiff chains raise the Tg; polystyrene has 100 °C."
    return Prediction(id=item.id, final_answer=list(answer) if isinstance(answer, tuple) else answer)


def test_gold_answers_score_one_in_every_subtask():
    card, marks = score(TASKS, [gold(item) for item in TASKS])
    assert {name: result.score for name, result in card.subtasks.items()} == dict.fromkeys(card.subtasks, 1.0)
    assert card.macro.score == card.macro.parsed == 1.0
    assert all(mark.correct for mark in marks) and not card.failures
    assert "Morgan" in card.conventions["tanimoto"] and "held-out MAE" in card.conventions["property Tg"]
    assert card.subtasks["structural_understanding/design"].metrics["properties_met"] is not None
    assert json.loads(json.dumps(card.model_dump(mode="json"), allow_nan=False))


def test_missing_predictions_are_wrong_and_duplicates_refused():
    card, _ = score(TASKS[:4], [gold(TASKS[0])], resamples=50)
    assert card.macro.score == pytest.approx(0.25)
    assert card.macro.answered == 0.25 and card.stages["missing"] == 3
    with pytest.raises(InputError, match="twice"):
        score(TASKS[:1], [gold(TASKS[0])] * 2)
    with pytest.raises(InputError, match="No prediction belongs"):
        score(TASKS[:1], [Prediction(id="other")])
    with pytest.raises(InputError, match="no tasks"):
        score([], [])
    card, _ = score(TASKS[:1], [gold(TASKS[0]), Prediction(id="other")], resamples=0)
    assert (card.unknown, card.unknown_ids) == (1, ("other",)) and card.macro.lower is None


def test_random_answers_score_chance():
    rng = np.random.default_rng(3)
    tasks, predictions = [], []
    for place in range(3000):
        letters = "ABCD"
        tasks.append(task(f"m{place}", "mcq", choices=list(letters), answer=letters[rng.integers(4)]))
        predictions.append(Prediction(id=f"m{place}", final_answer=letters[rng.integers(4)]))
        tasks.append(task(f"b{place}", "boolean", answer=bool(rng.integers(2))))
        predictions.append(Prediction(id=f"b{place}", final_answer=bool(rng.integers(2))))
        items = [f"i{item}" for item in range(4)]
        tasks.append(task(f"r{place}", "ranking", answer=list(rng.permutation(items))))
        predictions.append(Prediction(id=f"r{place}", final_answer=list(rng.permutation(items))))
    card, _ = score(tasks, predictions, resamples=200)
    taus = [kendall_tau(range(4), order) for order in itertools.permutations(range(4))]
    chance = {"mcq": 1 / 4, "boolean": 1 / 2, "ranking": float(np.mean(np.maximum(taus, 0)))}
    for name, value in chance.items():
        result = card.subtasks[f"structural_understanding/{name}"]
        assert abs(result.score - value) < 4 * math.sqrt(0.25 / 3000)
        assert result.lower < result.score < result.upper
        assert result.upper - result.lower == pytest.approx(2 * 1.96 * 0.5 / math.sqrt(3000), rel=0.6)
    assert card.subtasks["structural_understanding/ranking"].metrics["exact"] == pytest.approx(1 / 24, abs=0.015)


def test_tau_agrees_with_scipy():
    rng = np.random.default_rng(0)
    for size in (2, 3, 7):
        order = list(rng.permutation(size))
        assert kendall_tau(list(range(size)), order) == pytest.approx(
            stats.kendalltau(np.argsort(order), range(size))[0]
        )


def test_tolerance():
    assert within(105.0, 100.0, Tolerance(rel=0.05)) and not within(105.1, 100.0, Tolerance(rel=0.05))
    assert within(0.2, 0.0, Tolerance(abs=0.2)) and within(-95.0, -100.0, Tolerance(rel=0.05))
    assert within(20.0, 10.0, Tolerance(factor=2)) and not within(-20.0, 10.0, Tolerance(factor=2))
    assert within(10.0, 0.0, Tolerance(rel=0.1), "degC")  # 283 K against 273 K
    assert not within(10.0, 0.0, Tolerance(rel=0.1), "eV")


def one(item, answer):
    return score([item], [Prediction(id=item.id, final_answer=answer)], resamples=0)[1][0]


def test_structures_are_the_same_however_they_are_written():
    chain = task("c", "smiles", answer="*CCO*")
    for same in ("*OCC*", "[*]COC[*]", "*CCOCCO*"):
        assert one(chain, same).correct
    other = one(chain, "*CCCO*")
    assert other.score == 0 and 0 < other.detail["tanimoto"] < 1 and other.detail["valid"]
    for broken in ("*CC(", "CCO*", "*C*C*", "*" * 400, "C1" * 200 + "*"):
        mark = one(chain, broken)
        assert mark.score == 0 and not mark.detail.get("valid", False)
    pair = task("k", "smiles", answer="OCCO.O=C(O)CC(O)=O")
    assert one(pair, "C(C(=O)O)C(O)=O.C(CO)O").correct and not one(pair, "OCCO").correct
    radical = task("c", "smiles", answer="*CC(*)N([O])C")  # refused by the gate, but a right answer all the same
    assert one(radical, "*CC(*)N(C)[O]").correct
    assert one(task("c", "smiles", answer="[Na+].[Cl-]"), "[Cl-].[Na+]").correct
    with pytest.raises(InputError, match=r"'c'.*cannot be read"):
        score([task("c", "smiles", answer="*CC(")], [Prediction(id="c", final_answer="*CC*")])


def design(n=1, **constraint):
    return task("d", "design", n_candidates=n, constraints=[constraint])


def test_design_counts_attachment_points_as_carbon_for_groups_and_not_in_weights():
    polyester = "*OCCC(=O)*"
    capped_ketone = {"kind": "smarts", "smarts": "[#6][CX3](=O)[#6]", "value": 1}
    assert one(design(**capped_ketone), polyester).correct  # the cap stands for carbon
    assert one(design(kind="smarts", smarts="[#0]C", value=1), polyester).correct  # #0 is taken at its word
    assert one(design(kind="smarts", smarts="[CX4;H3]", value=0), "*CC*").correct  # a cap alone is no group
    assert one(design(kind="descriptor", name="molar_mass", min=28.0, max=28.1), "*CC*").correct
    assert one(design(kind="descriptor", name="HeavyAtomCount", value=2), "*CC*").correct
    assert one(design(kind="element", element="C", value=2), "*CC*").correct
    assert one(design(kind="element", name="H", value=4), "*CC*").correct
    assert one(design(kind="descriptor", name="HBD", value=1), "*CC(S)*").correct
    assert not one(design(kind="not_in", smiles=["*CCO*"]), "*COC*").correct
    assert not one(design(kind="max_similarity", smiles=["*CCO*"], max=0.99), "*COC*").correct
    assert one(design(kind="max_similarity", smiles=["*CCO*"], max=0.5), "*c1ccc(cc1)S(=O)(=O)*").correct


def test_designs_are_marked_candidate_by_candidate_and_together():
    topologies = task(
        "d", "design", n_candidates=2,
        constraints=[{"kind": "descriptor", "name": "rings", "min": 1}, {"kind": "ring_topologies", "min": 2}],
    )  # fmt: skip
    benzene, pyridine, naphthalene = "*c1ccc(*)cc1", "*c1ccc(*)nc1", "*c1ccc2cc(*)ccc2c1"
    assert one(topologies, [benzene, naphthalene]).score == 1
    assert one(topologies, [benzene, pyridine]).score == pytest.approx(2 / 3)  # the same topology
    assert one(topologies, [benzene, "*CC*"]).score == pytest.approx(1 / 3)
    assert one(topologies, [benzene, "*c1ccc(cc1)*"]).score == pytest.approx(1 / 3)  # twice the same chain
    assert one(topologies, "infeasible").score == 0
    infeasible = task(
        "d", "design", answer="infeasible", constraints=[{"kind": "descriptor", "name": "rings", "min": 9}]
    )
    assert one(infeasible, "Infeasible.").correct and not one(infeasible, [benzene]).correct
    alike = task("d", "design", n_candidates=2, constraints=[{"kind": "max_mutual_similarity", "max": 0.9}])
    assert one(alike, [benzene, "*CC*"]).correct


@pytest.mark.parametrize(
    "constraint",
    [
        {"kind": "smarts", "smarts": "[C", "min": 1},
        {"kind": "descriptor", "name": "beauty", "min": 1},
        {"kind": "element", "name": "Xx", "min": 1},
        {"kind": "property", "name": "colour of the lid", "min": 1},
        {"kind": "property", "name": "Tg", "min": 1, "unit": "MPa"},
        {"kind": "attachment_points", "value": 3},
        {"kind": "not_in", "smiles": ["*CC("]},
    ],
)
def test_constraints_that_cannot_be_checked_name_the_task(constraint):
    with pytest.raises(InputError, match="'d'"):
        one(design(**constraint), "*CC*")


def test_key_points():
    text = "Bulky side groups make the chain stiff, so that Tg rises to about 105 °C; it is not soluble in water."
    assert makes_point(text, KeyPoint(text="bulky side group"))
    assert makes_point(text, KeyPoint(text="Tg", number=378.15, unit="K", rel=0.01))
    assert not makes_point(text, KeyPoint(text="Tg", number=420, unit="K"))
    assert makes_point(text, KeyPoint(text="not soluble"))
    assert not makes_point("The side groups are bulky.", KeyPoint(text="side groups are not bulky"))
    assert makes_point(text, KeyPoint(text="x", any_of=("stiff", "rigid")))
    assert not makes_point(text, KeyPoint(text="x", any_of=("tiff",)))
    item = task("t", "text", keypoints=["stiff", "red"])
    card, marks = score(
        [item], [Prediction(id="t", response=text)], judge=lambda *_: 0.25, judge_name="mine", resamples=0
    )
    assert marks[0].score == 0.25 and marks[0].detail["lexical"] == 0.5 and card.conventions["text"] == "judge: mine"


def test_numbers_agree_with_numpy_and_intervals_are_counted():
    rng = np.random.default_rng(1)
    right = rng.normal(400, 60, 200)
    said = right + rng.normal(0, 20, 200)
    tasks = [
        task(f"n{i}", "numeric", answer=float(value), unit="K", tolerance={"abs": 15}) for i, value in enumerate(right)
    ]
    predictions = [
        Prediction(id=f"n{i}", response=f"Answer: {value - 273.15!r} °C (90% interval {value - 303.15!r} to {value - 243.15!r})")
        for i, value in enumerate(said.tolist())
    ]  # fmt: skip
    card, _ = score(tasks, predictions, resamples=100)
    result = card.subtasks["structural_understanding/numeric"]
    numbers = result.metrics["numbers"][0]
    error = said - right
    assert numbers["mae"] == pytest.approx(np.abs(error).mean())
    assert numbers["rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert numbers["r2"] == pytest.approx(1 - (error**2).sum() / ((right - right.mean()) ** 2).sum())
    assert result.score == pytest.approx((np.abs(error) <= 15).mean())
    assert card.calibration[0]["level"] == 0.9
    assert card.calibration[0]["covered"] == pytest.approx((np.abs(error) <= 30).mean())


def test_the_gap_counts_composites_whose_parts_are_right():
    tasks, predictions = [], []
    for place, (first, second, whole) in enumerate(itertools.product((True, False), repeat=3)):
        ids = [f"{place}{part}" for part in "abw"]
        for name, right in zip(ids, (first, second, whole), strict=True):
            more = {"composition": {"subq_ids": ids[:2]}} if name.endswith("w") else {}
            tasks.append(task(name, "boolean", answer=True, **more))
            predictions.append(Prediction(id=name, final_answer=right))
    tasks.append(task("x", "boolean", answer=True, composition={"subq_ids": ["not here"]}))
    card, _ = score(tasks, predictions, resamples=0)
    assert card.gap == {"gap": 0.5, "n": 2, "composites": 8, "incomplete": 1, "right_without": 3}
    assert card.failures[0].composite


def test_the_bootstrap_draws_polymers_and_not_rows():
    """Ten copies of each polymer's result say no more than one."""
    rng = np.random.default_rng(5)
    right = rng.integers(0, 2, 60).astype(bool)
    tasks = [task(f"{p}-{c}", "boolean", answer=True, polymer_keys=[f"k{p}"]) for p in range(60) for c in range(10)]
    predictions = [Prediction(id=item.id, final_answer=bool(right[int(item.id.split("-")[0])])) for item in tasks]
    result = score(tasks, predictions)[0].macro
    assert result.polymers == 60
    assert result.upper - result.lower == pytest.approx(2 * 1.96 * right.std() / math.sqrt(60), rel=0.2)
    groups = group([task("a", "boolean", answer=True, polymer_keys=["p", "q"]), *tasks[:2]])
    assert groups.cluster.tolist() == [0, 1, 1]


def test_same_seed_same_numbers():
    tasks = [task(f"b{i}", "boolean", answer=True) for i in range(50)]
    predictions = [Prediction(id=f"b{i}", final_answer=i % 3 == 0) for i in range(50)]
    first, second = (score(tasks, predictions, seed=4)[0] for _ in range(2))
    assert first == second
    assert score(tasks, predictions, seed=5)[0].macro.lower != 0
    values = np.array([[1.0], [0.0]])
    draws = resampled(group(tasks[:2]), values, seed=1, resamples=400)
    assert set(np.unique(draws)) == {0.0, 0.5, 1.0} and draws.mean() == pytest.approx(0.5, abs=0.06)


def test_categories_are_means_of_subtasks_and_macro_leaves_out_agentic():
    tasks = [
        *(task(f"a{i}", "boolean", "one", answer=True) for i in range(9)),
        task("b", "boolean", "two", answer=True),
        task("c", "boolean", "x", answer=True, category="property_prediction"),
        task("d", "mcq", "y", choices=["1", "2"], category="agentic", tools_expected=["predict", "search"]),
    ]
    calls = [{"name": "predict"}, {"name": "search", "ok": False}]
    answers = [Prediction(id=item.id, final_answer=item.id != "b") for item in tasks[:-1]]
    card, marks = score(tasks, [*answers, Prediction.model_validate({"id": "d", "tool_calls": calls})], resamples=10)
    assert card.categories["structural_understanding"].score == 0.5
    assert card.macro.score == 0.75 and card.macro_over == ("structural_understanding", "property_prediction")
    assert card.categories["agentic"].score == marks[-1].score == 0.5


def test_runs_are_compared_in_pairs():
    tasks = [task(f"b{i}", "boolean", answer=True) for i in range(100)]
    runs = {}
    for name, right in (("a", 50), ("b", 60), ("c", 50)):
        answers = [Prediction(id=f"b{i}", final_answer=i < right) for i in range(100)]
        runs[name] = score(tasks, answers, resamples=0)[1]
    rows = compare(tasks, runs)
    better, same = (rows[0].differences[name] for name in "bc")
    assert rows[0].part == "macro" and better.value == pytest.approx(0.1) and better.clear
    assert better.upper - better.lower == pytest.approx(
        2 * 1.96 * 0.3 / 10, rel=0.2
    )  # paired: of the differences alone
    assert (same.value, same.lower, same.clear) == (0, 0, False)
    with pytest.raises(InputError, match="two runs"):
        compare(tasks, {"a": runs["a"]})
    with pytest.raises(InputError, match="different tasks"):
        compare(tasks, {"a": runs["a"], "b": runs["b"][:-1]})
    page = compare_html(rows, list(runs), title="x.jsonl")
    assert "+0.100" in page and "http" not in page.replace("http-equiv", "")


def test_the_report_is_one_page_and_escapes_what_it_shows():
    tasks = [*TASKS, task("q", "label", question="<script>alert(1)</script>", answer="<b>", id="<i>q")]
    answers = [Prediction(id="<i>q", response="answer: <img src=x onerror=1>\ud800", model="m<b>")]
    card, _ = score(tasks, answers, resamples=50)
    page = to_html(card, title="tasks")
    page.encode()
    assert "<script" not in page and "<img src=x" not in page and "m<b>" not in page
    assert "http" not in page.replace("http-equiv", "") and "data:image/svg+xml" in page


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=40, deadline=None)
@given(lines=st.lists(st.fixed_dictionaries({"id": st.sampled_from([t.id for t in TASKS]) | JSON}, optional={
    "response": st.text(max_size=50) | JSON, "final_answer": JSON, "usage": JSON, "tool_calls": JSON, "latency_s": JSON,
    "mode": JSON}), max_size=6))  # fmt: skip
def test_malformed_predictions_never_crash(tmp_path_factory, lines):
    seen: set[str] = set()
    kept = [line for line in lines if not (str(line["id"]) in seen or seen.add(str(line["id"])))]
    path = tmp_path_factory.mktemp("p") / "p.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in kept) + "{broken\n")
    found = read_predictions(path)
    assert len(found.predictions) + len(found.bad) == len(kept) + 1
    known = [item for item in found.predictions if item.id in {t.id for t in TASKS}]
    card, _ = score(TASKS, known, bad=found.bad, resamples=0)
    json.dumps(card.model_dump(mode="json"), allow_nan=False)
