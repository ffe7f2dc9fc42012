import numpy as np
import pytest

from tools.core.errors import InputError, UnknownNameError
from tools.core.polymer import Polymer
from tools.properties.artefacts import library
from tools.properties.auxiliary import Helper, choose, similarities
from tools.properties.predict import predict, predict_table
from tools.properties.siblings import FAMILIES, load_corrections, predict_knowing

HELPERS = (
    Helper("band gap", "band_gap", "electronic"),
    Helper("n", "refractive_index", "electronic"),
    Helper("density, simulated", "density", "matter"),
    Helper("density, measured", "density", "matter"),
    Helper("P_O2", "P_O2", "transport"),
)


def test_a_property_never_helps_itself():
    chosen = choose(HELPERS, "density")
    assert chosen.columns.tolist() == [0, 1, 4]
    assert [group.tolist() for group in chosen.groups] == [[0, 1], []]
    assert 4 not in np.concatenate(choose(HELPERS, "Tg").groups), "predicted permeabilities have no kernel"


def test_similarity_is_one_for_itself_and_does_not_depend_on_company():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(9, 5)).astype(np.float32)
    chosen = choose(HELPERS, "Tg")
    whole = similarities(scores, scores, chosen)
    assert all(np.allclose(np.diag(part), 1.0, atol=1e-6) for part in whole)
    alone = similarities(scores[3:4], scores, chosen)
    assert all(np.array_equal(part[3:4], single) for part, single in zip(whole, alone, strict=True))


def test_known_polymers_get_held_out_answers():
    found = library()
    first, (units, reference) = found.first, found.structures
    assert first is not None
    rows = np.array([5, 700, 4000])
    scores = first.scores(reference.parts(rows), [units[row] for row in rows])
    assert np.array_equal(scores, first.table[rows])
    strangers = first.scores(reference.parts(rows), ["*CCC*"] * 3)
    assert not np.array_equal(strangers, scores), "fitted answers differ from held-out ones"
    assert first.known(["not a unit", units[0]]) == 1


def test_a_known_sibling_moves_its_family_and_nothing_else():
    polymer = Polymer.from_smiles("*c1ccc(*)s1")
    plain = predict([polymer], ["band_gap", "electron_affinity", "Tg"])[0]
    gap = plain["band_gap"].value
    low, high = (
        predict_knowing(polymer, {"band_gap": gap + step}, ["ionisation_energy", "electron_affinity", "Tg"])
        for step in (-1.0, 1.0)
    )
    assert low["Tg"] == high["Tg"] == plain["Tg"]
    # a wider gap lies between a higher ionisation energy and a lower electron affinity
    assert low["ionisation_energy"].value < high["ionisation_energy"].value
    assert low["electron_affinity"].value > high["electron_affinity"].value
    assert low["electron_affinity"].note.startswith("Given band gap")
    assert low["electron_affinity"].inputs != plain["electron_affinity"].inputs


def test_impossible_or_pointless_known_values_are_refused():
    polymer = Polymer.from_smiles("*CC*")
    for wrong in (float("nan"), -3.0, 1e9):
        with pytest.raises(InputError, match="possible"):
            predict_knowing(polymer, {"band_gap": wrong})
    with pytest.raises(InputError, match="known already"):
        predict_knowing(polymer, {"Tg": 200.0}, ["Tg"])
    with pytest.raises(UnknownNameError):
        predict_knowing(polymer, {"beauty": 1.0})


def test_corrections_are_better_than_structure_alone_where_siblings_tell():
    corrections = load_corrections()
    assert set(corrections) <= {name for family in FAMILIES for name in family}
    from tools.core.cards import load_card
    from tools.properties.artefacts import SHIPPED

    numbers = load_card(SHIPPED / "siblings").metrics
    for name in ("band_gap_bulk", "electron_affinity", "ionisation_energy", "dielectric_constant_dft", "P_N2"):
        assert numbers[name]["known"]["rmse"] < 0.9 * numbers[name]["structure_only"]["rmse"]


def test_one_and_many_agree_with_the_first_stage():
    polymers = [Polymer.from_smiles(text) for text in ("*CC(*)C#N", "*c1ccc(*)s1", "*OCC*", "*CC(*)c1ccccc1")]
    together = predict_table(polymers, ["Tg", "band_gap_bulk"], tier="accurate")
    for row, polymer in enumerate(polymers):
        alone = predict_table([polymer], ["Tg", "band_gap_bulk"], tier="accurate")
        for name in ("Tg", "band_gap_bulk"):
            assert alone.columns[name].mean[0] == together.columns[name].mean[row]
