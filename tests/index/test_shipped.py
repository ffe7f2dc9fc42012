"""The shipped corpus: complete, sourced, consistent with the handbook, found by the questions it answers."""

import json
import re
import time
from importlib import resources

import pytest

from index.api import open_default
from index.shipped import CARDS, NOTES, corpus, open_shipped
from tools.chemistry.handbook import load

ROWS = [
    json.loads(line)
    for line in (resources.files("index") / "corpus" / "notes.jsonl").read_text(encoding="utf-8").splitlines()
]
HANDBOOK_NUMBERS = {f"{value.value:g}" for entry in load() for value in entry.values}


@pytest.fixture(scope="module")
def index():
    return open_default()


def test_one_card_for_every_polymer_and_unique_ids():
    documents = corpus()
    assert sum(d.source == CARDS for d in documents) == len(load())
    assert sum(d.source == NOTES for d in documents) == len(ROWS) >= 40
    assert len({d.id for d in documents}) == len(documents)


def test_every_value_of_a_card_stands_beside_its_source():
    for entry, document in zip(load(), corpus(), strict=False):
        assert document.title == entry.name
        assert entry.smiles in document.text
        for value in entry.values:
            assert value.source in document.text
            shown = f"{value.value:.0f} K" if value.unit == "K" else f"{value.value:g} {value.unit}"
            assert shown in document.text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_notes_cite_every_reference_and_nothing_else(row):
    marks = {int(mark) for mark in re.findall(r"\[(\d+)\]", row["text"])}
    assert marks == set(range(1, len(row["references"]) + 1))
    assert 100 <= len(row["text"].split()) <= 250
    for reference in row["references"]:
        assert len(reference["text"]) > 15
        assert reference["verified"]
        if reference["doi"]:
            assert re.fullmatch(r"10\.\d{4,5}/\S+", reference["doi"])
            assert reference["doi"] in reference["text"]


def test_a_reference_is_written_the_same_everywhere():
    seen = {}
    for row in ROWS:
        for reference in row["references"]:
            assert seen.setdefault(reference["key"], reference) == reference


def test_temperatures_that_notes_take_from_the_handbook_are_there():
    checked = 0
    for row in ROWS:
        for sentence in re.split(r"(?<=\])[.;]?\s", row["text"]):
            if "handbook" in sentence:
                for number in re.findall(r"\b(\d{3}) K\b", sentence):
                    assert number in HANDBOOK_NUMBERS, (row["id"], number)
                    checked += 1
    assert checked >= 40


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How do long side chains change the glass transition temperature?", "notes/tg-side-chains"),
        ("Why are aromatic polyimides coloured?", "notes/colourless-polyimides"),
        ("lower the dielectric constant without fluorine", "notes/dielectric-constant"),
        ("trade-off between permeability and selectivity", "notes/robeson-bound"),
        ("ceiling temperature of ring-opening polymerization", "notes/rop-thermodynamics"),
        ("donor acceptor narrow band gap", "notes/band-gap"),
        ("heat release capacity group contributions", "notes/flammability-groups"),
        ("cooling rate in DSC measurements", "notes/dsc-rate"),
        ("stoichiometric balance and conversion in polycondensation", "notes/step-growth"),
        ("Tg of poly(vinyl carbazole)", "handbook/poly-n-vinylcarbazole"),
        ("melting temperature of nylon 6,10", "handbook/nylon-6-10"),
        ("Kapton", "handbook/poly-4-4-oxydiphenylene-pyromellitimide"),
    ],
)
def test_questions_find_their_passage(index, question, expected):
    assert expected in [passage.document_id for passage in index.search(question, 3)]


def test_opens_and_answers_quickly(index):
    open_shipped.cache_clear()
    started = time.process_time()
    open_shipped()
    assert time.process_time() - started < 1.0
    started = time.process_time()
    for _ in range(20):
        index.search("glass transition temperature of polyimides", 8)
    assert (time.process_time() - started) / 20 < 0.1
