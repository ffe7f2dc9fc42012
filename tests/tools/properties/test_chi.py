"""Flory-Huggins parameters: what is predicted, for which pairs, and with which interval."""

from __future__ import annotations

import numpy as np
import pytest

from tools.chemistry.solvents import resolve_solvent
from tools.core.errors import ArtefactError, InputError, NotCoveredError
from tools.core.polymer import Polymer
from tools.properties.chi import SHIPPED, load_chi, measured_chi, predict_chi
from tools.properties.densities import NAMES, molecule_densities, polymer_densities

PS = Polymer.from_smiles("*CC(*)c1ccccc1")


def chi(polymer, solvent, temperature=298.15):
    return predict_chi([(Polymer.from_smiles(polymer), resolve_solvent(solvent), temperature)])[0]


def test_good_and_bad_solvents_of_polystyrene():
    toluene, methanol, water = (chi("*CC(*)c1ccccc1", name) for name in ("toluene", "methanol", "water"))
    assert toluene.value < 0.5 < methanol.value
    assert methanol.value - methanol.lower > 0 and water.value > 1
    assert toluene.property == "chi" and toluene.kind == "predicted" and toluene.label_kind == "measured"
    assert toluene.lower < toluene.value < toluene.upper and toluene.coverage == 0.9
    assert toluene.conditions == {"solvent": "toluene", "temperature": "298.15 K"}


def test_other_writings_give_the_same_number():
    first = chi("*CC(*)c1ccccc1", "Cc1ccccc1", 320.0)
    other = chi("*C(CC(c1ccccc1)C*)c1ccccc1", "toluene", 320.0)
    assert (first.value, first.lower, first.upper) == (other.value, other.lower, other.upper)


def test_a_batch_gives_the_numbers_of_single_pairs():
    pairs = [(PS, resolve_solvent(name), warmth) for name in ("toluene", "hexane", "THF") for warmth in (290.0, 400.0)]
    together = predict_chi(pairs)
    assert [value.value for value in together] == [predict_chi([pair])[0].value for pair in pairs]


def test_strange_polymers_get_wider_intervals_and_are_flagged():
    known, strange = chi("*CC(*)c1ccccc1", "toluene"), chi("*C(F)(F)C(F)(F)*", "toluene")
    assert known.in_domain and not strange.in_domain
    assert strange.upper - strange.lower > known.upper - known.lower
    assert not chi("*CC(*)c1ccccc1", "toluene", 700.0).in_domain


def test_measured_values_are_there_with_their_source():
    found = measured_chi(PS, resolve_solvent("toluene"))
    assert found and all(value.kind == "measured" and "Orwoll" in value.source for value in found)
    assert not measured_chi(Polymer.from_smiles("*CCCCCCCC(*)CCC"), resolve_solvent("toluene"))


@pytest.mark.parametrize("temperature", [0.0, -5.0, float("nan"), float("inf")])
def test_impossible_temperatures_are_refused(temperature):
    with pytest.raises(InputError):
        chi("*CC(*)c1ccccc1", "toluene", temperature)


def test_elements_without_descriptors_are_refused():
    with pytest.raises(NotCoveredError):
        chi("*C[Ge](C)(C)*", "toluene")


def test_an_empty_list_and_a_missing_model():
    assert predict_chi([]) == []
    with pytest.raises(ArtefactError):
        load_chi(SHIPPED.parent / "absent")


def test_card_tells_the_numbers_beside_the_baselines():
    card = load_chi().card
    for split in ("pair_out", "polymer_out", "solvent_out"):
        numbers = card.metrics[split]
        assert numbers["blend"]["rmse"] < 0.7 * numbers["mean_predictor"]["rmse"]
        assert numbers["blend"]["rmse"] < 0.8 * numbers["nearest_neighbour"]["rmse"]
        assert 0.85 <= card.coverage[split] <= 0.95
    assert all("GTRC" not in source.licence for source in card.data)
    assert sum(path.stat().st_size for path in SHIPPED.iterdir()) < 1_000_000


def test_descriptors_do_not_depend_on_the_cut_and_are_intensive():
    one, two = polymer_densities("*CC(*)c1ccccc1"), polymer_densities("*CC(CC(*)c1ccccc1)c1ccccc1")
    assert len(one.numbers) == len(NAMES)
    np.testing.assert_allclose(one.numbers, two.numbers, rtol=1e-9)
    np.testing.assert_allclose(one.numbers, polymer_densities("*C(c1ccccc1)C*").numbers, rtol=1e-9)
    assert two.volume == pytest.approx(2 * one.volume)
    assert molecule_densities("CCO").elements == {"C", "O"}
