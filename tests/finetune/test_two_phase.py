"""Two phases: synthetic labels that can be stopped, nothing known of what is held out, tables from stored answers."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace

import numpy as np
import pytest
import yaml

from finetune.generator.corpus import VIRTUAL
from finetune.two_phase import cohesion, fire
from finetune.two_phase.encoder import EncoderSettings, encoder
from finetune.two_phase.head import Training, new_head, train
from finetune.two_phase.measured import SUMMARY, not_ignited, parts, read_tests
from finetune.two_phase.phases import PhaseSettings
from finetune.two_phase.run import SETTINGS, Labels, label_counts, read_settings, run_two_phase
from finetune.two_phase.statistics import Answer, reduction, table
from finetune.two_phase.synthetic import ROWS, Label, Plan, conditions, hypothetical, make_labels, read_labels
from finetune.two_phase.vectors import Scaler
from tools.core.cards import load_card
from tools.core.errors import InputError, SetupError
from tools.core.polymer import Polymer

HYPOTHETICAL = ("*CC(*)CC", "*CC(*)OC(C)=O", "*CC(*)c1ccc(C)cc1", "*OCCCCCCOC(=O)CCCCC(*)=O")
MEASURED = (("PMMA", 30.0, 1100.0), ("PP", 34.0, 2100.0), ("PC", 149.0, 500.0), ("Nylon", 72.0, 1220.0))
QUICK = PhaseSettings(components=3, hidden=8, steps=60, second_steps=(0, 5, 20))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    with gzip.open(folder / VIRTUAL, "wt", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["smiles", "polymer_class", "mon1", "mon2"])
        rows.writerows([unit, "polyolefin", "x", ""] for unit in (*HYPOTHETICAL, "*CC(C)CC(*)C", "*C(F)(F)C(*)(F)F"))
    (folder / "fire").mkdir()
    with (folder / SUMMARY).open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["material_dir", "heat_flux_kW_m2", "mean_thickness_mm", "mean_tti_s", "mean_phrr_10s_kW_m2"])
        rows.writerows(
            [name, flux, 3.0, time * 50 / flux, peak * flux / 50] for name, time, peak in MEASURED for flux in (25, 50)
        )
        rows.writerow(["Plywood", 50, 10, 20, 300])
        rows.writerow(["PC", 75, 3, 0, 0])
    with (folder / "fire" / "fsri_cone_replicates.csv").open("w", newline="") as handle:
        csv.writer(handle).writerows([["material_dir", "heat_flux_kW_m2", "tti_s"], ["PC", "25", "0"], ["PP", 25, 90]])
    return folder


@pytest.fixture(scope="module")
def tests(data):
    return read_tests(data)


@pytest.fixture(scope="module")
def labels(tests):
    rng, found = np.random.default_rng(0), []
    for number, unit in enumerate(HYPOTHETICAL * 8):
        polymer, part = Polymer.from_smiles(unit), number % 2
        flux, thickness = rng.uniform(25, 75), rng.uniform(2, 8)
        found.append(Label(unit, polymer.key, part, flux, thickness, 2e3 / flux, 20 * flux))
    return tuple(found)


@pytest.fixture(scope="module")
def comparison(tests, labels):
    return fire.Comparison(tests, labels, encoder(EncoderSettings(), home=None), QUICK, "polymer", 2)


def test_measured_tests_are_read_and_those_without_ignition_counted(data, tests):
    assert len(tests) == 8  # no plywood, and no time where nothing ignited
    assert not_ignited(data) == {"PC at 25 kW/m2": 1}
    with pytest.raises(SetupError, match="fsri_polymers_summary"):
        read_tests(data / "fire")


def test_parts_hold_every_measured_polymer_once_and_families_together(tests):
    dealt = parts(tests, 3)
    assert sorted(key for part in dealt for key in part) == sorted({t.polymer.key for t in tests})


def test_hypothetical_polymers_are_no_measured_ones(data):
    polypropylene = Polymer.from_smiles("*CC(*)C")  # the table holds it with two units
    found = hypothetical(data, Plan(number=10), [polypropylene])
    assert polypropylene.key not in {p.key for p in found}
    assert len({p.key for p in found}) == len(found) >= 4
    copies = hypothetical(data, Plan(number=10), [Polymer.from_smiles("*OCCCCCCCOC(=O)CCCCC(*)=O")])
    assert Polymer.from_smiles(HYPOTHETICAL[3]).key not in {p.key for p in copies}  # one methylene less


def test_conditions_depend_on_seed_chain_and_part_alone():
    plan = Plan(flux=(25.0, 75.0), thickness=(2.0, 4.0))
    assert conditions(plan, "a", 0) == conditions(replace(plan, number=7), "a", 0)
    assert len({conditions(p, k, i) for p in (plan, replace(plan, seed=1)) for k in "ab" for i in (0, 1)}) == 8
    drawn = np.array([conditions(plan, str(i), 0) for i in range(500)])
    assert ((drawn >= [25, 2]) & (drawn <= [75, 4])).all()
    assert np.log(drawn[:, 0]).mean() == pytest.approx(np.log(25 * 75) / 2, abs=0.05)


def test_a_stopped_labelling_goes_on_to_the_same_labels(data, tmp_path):
    pmma = Polymer.from_smiles("*CC(*)(C)C(=O)OC")
    plan = Plan(number=3, parts=((), (pmma.key,)), thickness=(1.5, 2.0), longest=300.0, seed=4)
    whole = make_labels(data, tmp_path / "a", plan, [pmma])
    assert len(whole) == 6
    lit = [row for row in whole if not row.failure]
    assert all(1 < row.ignition < 300 and 50 < row.peak < 4000 for row in lit)
    (tmp_path / "b").mkdir()
    lines = (tmp_path / "a" / ROWS).read_bytes().splitlines(keepends=True)
    (tmp_path / "b" / ROWS).write_bytes(b"".join(lines[:3]) + lines[3][:20])  # killed while writing
    assert make_labels(data, tmp_path / "b", plan, [pmma]) == whole
    assert (tmp_path / "a" / ROWS).read_bytes() == (tmp_path / "b" / ROWS).read_bytes()
    assert tuple(read_labels(tmp_path / "b")) == whole
    with pytest.raises(SetupError, match="another plan"):
        make_labels(data, tmp_path / "a", replace(plan, seed=5), [pmma])


def test_what_cannot_be_estimated_is_kept_with_its_reason(data, tmp_path):
    made = make_labels(
        data, tmp_path, Plan(number=6, thickness=(1.5, 1.6), longest=90.0), [Polymer.from_smiles("*CO*")]
    )
    failed = [row for row in made if row.failure.startswith("NotCoveredError")]
    assert [row.key for row in failed] == [Polymer.from_smiles("*C(F)(F)C(*)(F)F").key]
    assert failed[0].ignition is None
    counts = label_counts(made)
    assert counts["rows"] == 6
    assert counts["ignited"] + sum(counts["failures"].values()) == 6


def test_networks_with_rows_left_out_are_those_that_never_saw_them():
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(12, 3)), rng.normal(size=(12, 2))
    targets[3, 1] = np.nan
    left_out = np.zeros((2, 12), dtype=bool)
    left_out[0, :4] = left_out[1, 7:] = True
    start = new_head(3, 5, targets, 0)
    together = train(start, inputs, targets, Training(), (0, 40), 0, left_out=left_out)
    for number, rows in enumerate(~left_out):
        alone = train(start, inputs[rows], targets[rows], Training(), (0, 40), 0)
        for one, many in zip(alone, together, strict=True):
            assert many.predict(inputs)[number] == pytest.approx(one.predict(inputs))


def test_the_network_learns_and_goes_on_from_where_it_stands():
    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(200, 4))
    targets = np.column_stack([np.sin(inputs[:, 0]), inputs[:, 1] * inputs[:, 2]])
    heads = train(new_head(4, 32, targets, 0), inputs, targets, Training(5e-3, 32, 0.0), (0, 1500), 0)
    errors = [np.mean((head.predict(inputs) - targets) ** 2) for head in heads]
    assert errors[1] < 0.05 * errors[0]
    further = train(heads[1], inputs, targets, Training(1e-4), (0, 1), 0)
    assert np.array_equal(further[0].predict(inputs), heads[1].predict(inputs))
    with pytest.raises(InputError, match="no value"):
        new_head(4, 8, np.full((3, 1), np.nan), 0)


def test_what_is_held_out_gives_nothing_to_its_own_answers(comparison, tests, labels):
    held = tests[0].polymer.key
    part = comparison.part_of(held)
    assert held in parts(tests, 2)[part]
    before = comparison.fold(held, 0)
    changed = tuple(replace(t, ignition=t.ignition * 9, peak=t.peak / 9) if t.polymer.key == held else t for t in tests)
    other = [row for row in labels if row.part == part]
    again = fire.Comparison(changed, tuple(labels), comparison.encode, QUICK, "polymer", 2).fold(held, 0)
    assert [a.value for a in again] == [a.value for a in before]
    scrambled = tuple(row if row in other else replace(row, ignition=1.0, peak=1.0) for row in labels)
    third = fire.Comparison(tests, scrambled, comparison.encode, QUICK, "polymer", 2)
    assert [a.value for a in third.fold(held, 0) if a.arm == fire.FIRST] == [
        a.value for a in before if a.arm == fire.FIRST
    ]


def test_plain_methods_leave_the_polymer_out(tests):
    answers = fire.plain_answers(tests, "polymer", 200.0)
    assert {a.arm for a in answers} == set(fire.PLAIN)
    mean = [a for a in answers if a.arm == fire.PLAIN[0] and a.row == "PP at 50 kW/m2" and a.target == "peak_hrr"]
    assert mean[0].value == pytest.approx((1100 * 500 * 1220) ** (1 / 3))
    nearest = [a.value for a in answers if a.arm == fire.PLAIN[1] and a.row == "PP at 50 kW/m2"]
    assert nearest == pytest.approx([72, 1220])  # that of nylon with its methylenes, never its own


def test_a_comparison_goes_on_and_its_table_follows_from_what_is_stored(comparison, tmp_path):
    path = tmp_path / "answers.jsonl"
    whole = comparison.run(2, path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5]) + lines[5][:50])
    assert comparison.run(2, path) == whole
    stored = [a for _, answers in sorted(fire.read_folds(path).items()) for a in answers]
    expected = table(whole, base=fire.NONE, against=fire.BOTH)
    assert table(stored, base=fire.NONE, against=fire.BOTH) == expected
    own = [a.error for a in whole if a.arm == fire.BOTH and a.target == "peak_hrr"]
    assert expected["peak_hrr"]["arms"][fire.BOTH]["error"] == pytest.approx(np.mean(own))  # two tests of each


def test_reduction_is_paired():
    base, better = np.array([0.4, 0.2, 0.8, 0.6]), np.array([0.2, 0.1, 0.4, 0.3])
    found = reduction(base, better)
    assert (found["share"], found["low"], found["high"]) == pytest.approx((0.5, 0.5, 0.5))
    assert (found["better"], found["of"]) == (4, 4)
    assert found["p"] == pytest.approx(2 / 16)
    assert reduction(base, base[::-1])["p"] == 1.0


def test_errors_are_those_of_answers_in_their_unit():
    rows = [Answer("a", s, "p", "r", "t", v, 2.0) for s, v in ((0, 1.0), (1, 3.0))]
    row = table(rows, base="a", against="a")["t"]["arms"]["a"]
    assert (row["error"], row["over_seeds"], row["seeds"]) == (0.5, 0.0, 2)


def test_components_are_turned_columns_of_unit_size():
    rows = np.random.default_rng(0).normal(size=(100, 6)) * [1, 2, 3, 0, 5, 6]
    found = Scaler(rows, 2)(rows)
    assert found.shape == (100, 2)
    assert np.mean(np.var(found, axis=0)) == pytest.approx(1.0)
    assert Scaler(rows)(rows).shape == (100, 5)  # one column is constant


def test_a_recipe_runs_is_carded_and_refuses_another(data, tmp_path):
    recipe = {
        "name": "tiny", "seeds": 2, "phases": json.loads(QUICK.model_dump_json()),
        "labels": {"polymers": 3, "thickness": [1.5, 2.0], "longest": 240, "parts": 2},
    }  # fmt: skip
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(recipe))
    settings, out = read_settings(path), tmp_path / "out"
    found = run_two_phase(settings, data, out, command="polysmith finetune two-phase tiny")
    assert set(found["tables"]) == {"descriptors-polymer"}
    assert found["labels"]["rows"] == 6
    card = load_card(out)
    assert {"labels.jsonl", "tables.json", "answers-descriptors-polymer.jsonl", SETTINGS} <= set(card.files)
    assert set(card.metrics["descriptors-polymer"]) == set(fire.TARGETS)
    with pytest.raises(SetupError, match="holds a run"):
        run_two_phase(settings, data, out)
    assert run_two_phase(settings, data, out, resume=True) == found
    with pytest.raises(SetupError, match="another recipe"):
        run_two_phase(settings.model_copy(update={"seeds": 3}), data, out, resume=True)


def test_cohesion_is_compared_on_folds_by_key_and_keeps_no_measured_value(data, tmp_path):
    units = [f"*CC(*){'C' * n}{end}" for n in range(8) for end in ("O", "Cl", "C(=O)OC")]
    with (data / cohesion.TABLE).open("w", newline="") as handle:
        rows = csv.writer(handle)
        rows.writerow(["smiles", "property", "value"])
        rows.writerows([u, cohesion.PROPERTY, 1.1 * cohesion.estimated(Polymer.from_smiles(u))] for u in units)
        rows.writerow(["*CC(*)[Si](C)(C)C", cohesion.PROPERTY, 300])  # not covered
        rows.writerow([units[0], "Tg", 300])
    settings = read_settings(tmp_path / "two_phase_cohesion").model_copy(
        update={"phases": QUICK, "sizes": (6, 0), "seeds": 2, "labels": Labels(polymers=4)}
    )
    found = run_two_phase(settings, data, tmp_path / "out")
    assert (found["measured"], found["left_out"]) == (len(units), 1)
    tables = found["tables"]["descriptors"]
    assert set(tables) == {"6", "all"}
    arms = tables["all"][fire.NONE]["arms"]
    assert arms[fire.PLAIN[2]]["error"] == pytest.approx(1 - 1 / 1.1)
    assert arms[fire.PLAIN[3]]["error"] == pytest.approx(0.0, abs=1e-9)
    assert not any(unit in (tmp_path / "out" / "tables.json").read_text() for unit in units)
    assert run_two_phase(settings, data, tmp_path / "out", resume=True) == found


def test_recipes_say_what_is_wrong(tmp_path):
    assert read_settings(tmp_path / "two_phase_fire").seeds >= 5
    with pytest.raises(InputError, match="cannot be read"):
        read_settings(tmp_path / "absent.yaml")
    (tmp_path / "bad.yaml").write_text("name: x\nencoders: [{kind: oracle}]\n")
    with pytest.raises(InputError, match=r"encoders\.0\.kind"):
        read_settings(tmp_path / "bad.yaml")
    with pytest.raises(InputError, match="name of its model"):
        encoder(EncoderSettings(kind="hub"), home=tmp_path)


def test_the_small_encoder_goes_on_and_is_checked(tmp_path):
    pytest.importorskip("torch", reason="needs the train extra: pip install polysmith[train]")
    from finetune.two_phase import small_encoder

    chains = [Polymer.from_smiles(f"*CC(*){'C' * n}{end}") for n in range(12) for end in ("O", "Cl")]
    shape = small_encoder.Shape(width=16, layers=1, heads=2, polymers=24, epochs=2, batch=8, save_every=1)
    given = {"shape": shape, "sources": [], "command": "x"}
    first = small_encoder.train_encoder(chains, tmp_path / "a", **given)

    class StopError(Exception):
        pass

    def stop(text):
        if "step 3 " in text:
            raise StopError

    with pytest.raises(StopError):
        small_encoder.train_encoder(chains, tmp_path / "b", **given, progress=stop)
    assert (tmp_path / "b" / small_encoder.CHECKPOINT).is_file()
    assert small_encoder.train_encoder(chains, tmp_path / "b", **given).files == first.files
    encode = encoder(EncoderSettings(kind="small", name="a"), home=tmp_path)
    rows = encode([*chains[:2], Polymer.from_smiles("*CC(CC(*)O)O")])
    assert rows.shape == (3, 16)
    assert np.array_equal(rows[0], rows[2])  # the same chain, written with two units
