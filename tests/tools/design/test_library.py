"""The virtual library: every chain once, by number, from anywhere, and real."""

from dataclasses import replace
from itertools import combinations, islice

import pytest

from tools.core.errors import NotCoveredError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec, StructuralConstraint
from tools.core.word import canonical_word
from tools.design.candidate import CandidateSource
from tools.design.enumeration import MOST_ATOMS, block_of
from tools.design.library import Library, library
from tools.design.library_parts import ALTERNATING, pools
from tools.design.library_series import Reader, Series
from tools.design.sources import LibrarySource
from tools.design.structure import elements_of, unit_size
from tools.synthesis.forward import polymerise
from tools.synthesis.residues import residues_of
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import profile

ACIDS = (
    "OC(=O)c1ccc(cc1)C(=O)O",
    "OC(=O)CCC(=O)O",
    "OC(=O)CC(C)C(=O)O",
    "OC(=O)c1ccc(cc1)C(=O)OCCOC(=O)c1ccc(cc1)C(=O)O",
)
DIOLS = ("OCCO", "OCC(C)O", "OCCOC(=O)c1ccc(cc1)C(=O)OCCO", "OCCOC(=O)CCC(=O)OCCO", "OCCCCO")
HYDROXY = ("OCC(=O)O", "CC(O)C(=O)O", "OCCOC(=O)c1ccc(cc1)C(=O)O")


@pytest.fixture(scope="module")
def whole():
    return library()


def _blocks(monomers, *ends):
    reagents = rule_set().reagents
    group = tuple(reagents[name] for name in ends)
    return tuple(block_of(profile(m).smiles, r) for m in monomers for r in residues_of(profile(m), group))


@pytest.fixture(scope="module")
def esters():
    """Monomers that hold esters themselves, so that one chain has many readings."""
    ester = next(pool for pool in pools() if pool.rule == "ester")
    left, right = _blocks(ACIDS, "acid", "acid"), _blocks(DIOLS, "alcohol", "alcohol")
    cross = _blocks(HYDROXY, "alcohol", "acid")
    ones = (1,) * len(left), (1,) * len(right)
    return replace(ester, left=left, right=right, cross=cross, fits_left=ones[0], fits_right=ones[1])


def test_each_chain_comes_exactly_once_whatever_its_readings(esters):
    every = [
        canonical_word(tuple(piece for block in blocks for piece in block.residue.word))
        for kind in ("pair", "inserted", "left", "right")
        for series in [Series(kind, esters)]
        for number in range(len(series))
        if (blocks := series.blocks(number)) is not None
    ]
    given = [candidate.polymer.word for _, candidate in Library([esters], []).read()]
    assert len(every) > len(set(every))
    assert len(given) == len(set(given))
    assert set(given) == set(every)


def test_a_reading_leads_back_to_its_number(esters):
    reader = Reader([esters])
    for kind in ("pair", "inserted", "left", "right"):
        series = Series(kind, esters)
        assert [series.number(series.places(number)) for number in range(len(series))] == list(range(len(series)))
        for number in range(0, len(series), 7):
            blocks = series.blocks(number)
            if blocks:
                word = canonical_word(tuple(piece for block in blocks for piece in block.residue.word))
                found = {(k, series.number(p)) for _, k, p in reader.readings(word) if k == kind}
                assert (kind, number) in found


def test_prefixes_are_distinct_varied_and_start_with_ordinary_polymers(whole):
    first = [candidate for _, candidate in whole.read(0, 2500)]
    later = [candidate for _, candidate in whole.read(whole.ordinary, whole.ordinary + 1500)]
    keys = [candidate.polymer.key for candidate in (*first, *later)]
    assert len(keys) == len(set(keys))
    assert len({candidate.rule for candidate in first}) > 30
    assert all(len(candidate.monomers) <= 2 for candidate in first)
    assert all(len(candidate.monomers) == 3 and "stepwise" in candidate.note for candidate in later)
    assert max(unit_size(candidate.polymer) for candidate in (*first, *later)) <= MOST_ATOMS
    assert {"anhydride", "imine"}.isdisjoint(candidate.rule for candidate in later)


def test_a_position_needs_nothing_before_it(whole):
    start = whole.ordinary - 40
    stream = list(whole.read(start, start + 120))
    again = list(whole.read(start + 60, start + 120))
    assert [item for item in stream if item[0] >= start + 60] == again
    assert whole.size > 3_000_000
    assert Library(periodic=False).size == whole.ordinary


def test_ordinary_polymers_form_by_the_rules(whole):
    for _, candidate in islice(whole.read(500), 0, 400, 10):
        assert candidate.polymer in {product.polymer for product in polymerise(*candidate.monomers)}
        assert Polymer.from_smiles(candidate.polymer.smiles) == candidate.polymer


def test_alternating_chains_are_written_as_chemists_know_them():
    chains = Library([pool for pool in pools() if pool.rule in ALTERNATING], [], periodic=False)
    found = {candidate.polymer: candidate.rule for _, candidate in chains.read()}
    wanted = {
        "*C(=O)OCC(C)O*": "epoxide_co2",
        "*CCC(*)=O": "polyketone",
        "*CC(c1ccccc1)C1C(=O)OC(=O)C1*": "alternating",
        "*C(=O)C=CC(=O)OCC(C)O*": "epoxide_anhydride",
    }
    assert {unit: found[Polymer.from_smiles(unit)] for unit in wanted} == wanted
    for rule in set(found.values()):
        made = [candidate for _, candidate in chains.read() if candidate.rule == rule]
        for candidate in made[:: max(1, len(made) // 8)]:
            assert candidate.polymer in {product.polymer for product in polymerise(*candidate.monomers)}, candidate
    assert set(found.values()) == set(ALTERNATING)
    # two electron-poor alkenes do not alternate
    assert Polymer.from_smiles("*CC(C#N)C1C(=O)OC(=O)C1*") not in found


def _react(*monomers):
    try:
        return bool(polymerise(*monomers))
    except NotCoveredError:
        return False


def test_three_monomers_react_in_pairs(whole):
    for _, candidate in islice(whole.read(whole.ordinary), 0, 300, 15):
        assert sum(_react(*pair) for pair in combinations(candidate.monomers, 2)) >= 2


def test_library_source_is_aimed_and_periodic_only_when_asked():
    spec = DesignSpec(brief="", structure=(StructuralConstraint(kind="element", name="F", required=False),))
    source = LibrarySource()
    assert isinstance(source, CandidateSource)
    found = list(source.candidates(spec, 300, seed=1))
    assert found == list(source.candidates(spec, 300, seed=1))
    assert len({c.polymer for c in found}) == 300
    assert not any("F" in elements_of(c.polymer) for c in found)
    assert all(len(c.monomers) < 3 for c in found)
