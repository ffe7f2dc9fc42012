import numpy as np
import pytest

from tools.core.cards import load_card
from tools.core.errors import ArtefactError, UnknownNameError
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import SHIPPED, Library
from tools.properties.consistency import consistency
from tools.properties.neighbours import nearest_measured
from tools.properties.predict import available, predict, predict_table

MUST_HAVE = {
    *("Tg", "Tm", "density", "P_O2", "P_N2", "P_CO2", "P_CH4", "P_H2", "selectivity_CO2_CH4", "selectivity_O2_N2"),
    *("refractive_index", "dielectric_constant", "thermal_conductivity", "band_gap"),
}
PET = (
    "*OCCOC(=O)c1ccc(cc1)C(*)=O",
    "*C(=O)c1ccc(cc1)C(=O)OCCO*",
    "*CCOC(=O)c1ccc(cc1)C(=O)O*",
    "[*]CCOC(=O)C1=CC=C(C=C1)C(=O)O[*]",
)


def polymer(text):
    return Polymer.from_smiles(text)


def test_every_promised_property_has_a_card():
    cards = available()
    assert set(cards) >= MUST_HAVE
    for name, card in cards.items():
        assert card.data and card.split and card.command == "polysmith finetune properties", name
        assert all("GTRC" not in source.licence for source in card.data), name


def test_artefacts_are_small_and_hold_no_pickles():
    files = [path for path in SHIPPED.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".json", ".npz"}
    assert sum(path.stat().st_size for path in files) < 40e6
    for path in files:
        if path.suffix == ".npz":
            with np.load(path, allow_pickle=False) as arrays:
                assert all(arrays[name].dtype != object for name in arrays.files)
    for folder in SHIPPED.iterdir():
        load_card(folder)


@pytest.mark.parametrize("tier", ["accurate", "fast"])
def test_other_writings_give_the_same_numbers(tier):
    rows = [predict([polymer(text)], tier=tier)[0] for text in PET]
    assert all(row == rows[0] for row in rows[1:])


@pytest.mark.parametrize("tier", ["accurate", "fast"])
def test_company_does_not_change_numbers(tier):
    others = [polymer(text) for text in ("*CC*", "*CC(*)Cl", "*CCO*", PET[0], PET[0])]
    together = predict(others, tier=tier)
    assert together[3] == together[4] == predict([polymer(PET[0])], tier=tier)[0]


def test_values_say_what_they_are():
    for name, value in predict([polymer(PET[0])])[0].items():
        assert value.property == name and value.kind == "predicted" and value.coverage == 0.9
        assert value.lower <= value.value <= value.upper
        low, high = get_property(name).plausible
        assert low <= value.value <= high
        assert value.unit == get_property(name).unit
        assert value.in_domain is not None and value.source and value.inputs
    found = predict([polymer(PET[0])], ["Tg", "n"])[0]
    assert found["Tg"].label_kind == "measured"
    assert found["refractive_index"].label_kind == "simulated"


def test_common_polymers_are_near_their_textbook_values():
    ps = predict([polymer("*CC(*)c1ccccc1")])[0]
    assert abs(ps["Tg"].value - 373) < 20
    assert abs(ps["density"].value - 1.05) < 0.05
    assert abs(ps["refractive_index"].value - 1.59) < 0.05


def test_strange_chemistry_is_out_of_domain_and_less_sure():
    plain, strange = predict([polymer("*CC(*)c1ccccc1"), polymer("*[Ge](CC#CB(C)C)(c1nnsn1)P*")], ["Tg"])
    assert plain["Tg"].in_domain and not strange["Tg"].in_domain
    assert strange["Tg"].upper - strange["Tg"].lower > 2 * (plain["Tg"].upper - plain["Tg"].lower)


def test_wider_coverage_is_wider():
    narrow, wide = (predict_table([polymer("*CC*")], ["Tg"], coverage=level).columns["Tg"] for level in (0.5, 0.95))
    assert narrow.upper[0] - narrow.lower[0] < wide.upper[0] - wide.lower[0]


def test_selectivity_goes_with_the_permeabilities():
    row = predict([polymer("*CC(*)c1ccccc1")], ["P_O2", "P_N2", "selectivity_O2_N2"])[0]
    ratio = row["P_O2"].value / row["P_N2"].value
    assert ratio / 2 < row["selectivity_O2_N2"].value < ratio * 2
    assert "measured ratios" in row["selectivity_O2_N2"].note


def test_empty_and_unknown():
    assert predict([]) == []
    with pytest.raises(UnknownNameError):
        predict([polymer("*CC*")], ["price"])
    with pytest.raises(UnknownNameError):
        predict([polymer("*CC*")], ["nonsense"])


def test_missing_artefacts_are_named(tmp_path):
    with pytest.raises(ArtefactError):
        Library(tmp_path)


def test_nearest_measured_finds_the_polymer_itself():
    first, second = nearest_measured(polymer("*CC(*)c1ccccc1"), "Tg", k=2)
    assert first.similarity == 1 and first.smiles == polymer("*CC(*)c1ccccc1").smiles
    assert first.value.kind == "measured" and first.value.unit == "K"
    assert second.similarity < 1
    assert nearest_measured(polymer("*CC*"), "band_gap", k=1)[0].value.kind == "simulated"


def test_no_neighbour_comes_from_a_barred_source():
    assert all("polyverse" not in item.value.source for item in nearest_measured(polymer("*CC*"), "P_O2", k=50))


def value(name, number):
    return Value(property=name, value=number, unit=get_property(name).unit, kind="predicted", source="test")


def test_contradictions_are_found():
    fine = {"Tg": value("Tg", 350.0), "Tm": value("Tm", 520.0)}
    assert consistency(fine) == []
    wrong = {
        "Tg": value("Tg", 550.0),
        "Tm": value("Tm", 520.0),
        "refractive_index": value("refractive_index", 1.9),
        "dielectric_constant": value("dielectric_constant", 2.2),
        "P_N2": value("P_N2", 3.0),
        "P_O2": value("P_O2", 1.0),
    }
    assert len(consistency(wrong)) == 3


@pytest.mark.slow
def test_screening_speed():
    import time

    polymers = [polymer(f"*CC(*){'C' * (i % 40)}c1ccc({'C' * (i // 40 + 1)})cc1") for i in range(1000)]
    names = [name for name in available() if not name.startswith("selectivity")][:10]
    predict_table(polymers[:2], names)
    started = time.process_time()
    predict_table(polymers, names)
    assert time.process_time() - started < 2.0
