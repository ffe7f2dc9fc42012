"""The handbook: every value sourced and plausible, every unit readable, every key known."""

import json
from importlib import resources

import pytest

from tools.chemistry import handbook
from tools.chemistry.classes import classes_of
from tools.core.properties import get_property
from tools.core.vocabulary import CLASSES

ENTRIES = handbook.load()


def entry(name):
    return next(item for item in ENTRIES if item.name == name)


def test_is_of_the_expected_size():
    assert len(ENTRIES) >= 250
    assert sum(len(item.values) for item in ENTRIES) >= 450


@pytest.mark.parametrize("item", ENTRIES, ids=lambda item: item.name)
def test_entry_is_well_formed(item):
    assert item.polymer_class in CLASSES
    assert item.smiles.count("*") == 2
    assert item.polymer.key
    assert len(set(item.all_names)) == len(item.all_names)
    for value in item.values:
        known = get_property(value.property)
        assert value.unit == known.unit
        assert known.plausible[0] <= value.value <= known.plausible[1]
        assert value.kind == "measured"
        assert len(value.source) > 10
        assert "memory" not in (value.source + value.note).casefold()


def test_names_are_unique_and_every_key_belongs_to_one_entry():
    names = [item.name.casefold() for item in ENTRIES]
    assert len(set(names)) == len(names)
    shared = {key: [item.name for item in items] for key, items in handbook.by_key().items() if len(items) > 1}
    assert shared == {}


def test_every_source_is_used_and_described():
    path = resources.files("tools.chemistry") / "data" / "handbook.json"
    table = json.loads(path.read_text(encoding="utf-8"))
    used = {value["source"] for row in table["polymers"] for value in row["values"]}
    assert used == set(table["sources"])


def test_melting_lies_above_the_glass_transition():
    for item in ENTRIES:
        melts, glass = item.measured("Tm"), item.measured("Tg")
        if melts and glass:
            assert max(value.value for value in melts) > min(value.value for value in glass), item.name


@pytest.mark.parametrize(
    ("name", "property_id", "forbidden"),
    [
        ("poly(epsilon-caprolactone)", "Tg", 328),
        ("poly(ethylene oxide)", "Tg", 258),
        ("poly(methylhydrosiloxane)", "Tg", 270),
        ("poly(4-hydroxybutyrate)", "Tg", 275),
        ("poly(methyl vinyl ketone)", "Tg", 388),
        ("poly(vinyl acetate)", "Tg", 355),
        ("poly(ether ether ketone)", "Tm", 548),
        ("cellulose", "density", 0.94),
        ("polypyrrole", "density", 0.93),
        ("polynorbornene (ring-opened)", "density", 1.3),
    ],
)
def test_known_wrong_numbers_are_left_out(name, property_id, forbidden):
    assert forbidden not in [value.value for value in entry(name).measured(property_id)]


def test_sources_that_differ_are_kept_as_a_range():
    summary = entry("polypropylene (isotactic)").summary("Tg")
    assert (summary.lower, summary.upper) == (233.0, 273.0)
    assert summary.lower <= summary.value <= summary.upper
    assert summary.coverage is None
    assert "contested" in summary.note
    assert summary.source.count(";") >= 3


def test_one_source_gives_no_range():
    summary = entry("poly(1-pentene)").summary("Tg")
    assert summary.value == 223.0
    assert summary.lower is None
    assert entry("poly(1-pentene)").summary("refractive_index") is None


@pytest.mark.parametrize(
    ("name", "property_id", "low", "high"),
    [
        ("polystyrene (atactic)", "Tg", 365, 380),
        ("poly(ethylene terephthalate)", "Tm", 525, 545),
        ("poly(dimethylsiloxane)", "Tg", 145, 155),
        ("polytetrafluoroethylene", "density", 2.1, 2.3),
        ("poly(4,4'-oxydiphenylene pyromellitimide)", "Tg", 620, 690),
    ],
)
def test_landmarks(name, property_id, low, high):
    assert low <= entry(name).summary(property_id).value <= high


def test_classes_agree_with_those_recognised_from_the_structure():
    differ = {
        item.name: (item.polymer_class, sorted(classes_of(item.polymer)))
        for item in ENTRIES
        if classes_of(item.polymer) and item.polymer_class not in classes_of(item.polymer)
    }
    assert differ == {}
