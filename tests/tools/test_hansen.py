"""Solvents by name, Hansen parameters by group contribution, and what their errors on measured liquids are."""

from __future__ import annotations

import numpy as np
import pytest
from rdkit import Chem

from tools.chemistry.solvents import resolve_solvent, solvents
from tools.core.errors import InputError, NotCoveredError, UnknownNameError
from tools.core.polymer import Polymer
from tools.simulation.hansen import (
    HALF_WIDTHS,
    PARTS,
    group_sums,
    hansen_distance,
    hansen_parameters,
    nearest_solvents,
)

PS, PMMA = Polymer.from_smiles("*CC(*)c1ccccc1"), Polymer.from_smiles("*CC(*)(C)C(=O)OC")


@pytest.fixture(scope="module")
def errors():
    found, measured = [], []
    for solvent in solvents():
        mol = Chem.MolFromSmiles(solvent.smiles)
        try:
            sums = group_sums(mol, set(range(mol.GetNumAtoms())))
        except NotCoveredError:
            continue
        found.append(sums.parameters(solvent.molar_volume))
        measured.append(solvent.hansen)
    return np.abs(np.array(found) - np.array(measured)), np.array(measured)


@pytest.mark.parametrize("text", ["THF", "thf", " tetrahydrofuran ", "C1CCOC1", "C1OCCC1", "Tetra-hydrofuran"])
def test_a_solvent_is_found_under_every_writing(text):
    assert resolve_solvent(text).name == "tetrahydrofuran"


def test_a_molecule_outside_the_table_has_no_numbers():
    found = resolve_solvent("CCCCCCCCCCC")
    assert found.hansen is None and found.molar_volume is None and found.smiles == "CCCCCCCCCCC"


@pytest.mark.parametrize("text", ["unobtainium", "", "x" * 5000])
def test_an_unknown_name_is_said_to_be_unknown(text):
    with pytest.raises(UnknownNameError):
        resolve_solvent(text)


@pytest.mark.parametrize("text", ["*CC*", "CCO.O", "[Na+].[Cl-]", "CC(=O)[O-]"])
def test_what_is_not_one_neutral_molecule_is_refused(text):
    with pytest.raises(InputError):
        resolve_solvent(text)


def test_every_solvent_is_its_own_and_plausible():
    table = solvents()
    assert len({item.smiles for item in table}) == len(table)
    for item in table:
        d, p, h = item.hansen
        assert 12 < d < 23 and 0 <= p < 30 and 0 <= h < 45 and 15 < item.molar_volume < 400
        mass = sum(atom.GetMass() for atom in Chem.AddHs(Chem.MolFromSmiles(item.smiles)).GetAtoms())
        assert 0.55 < mass / item.molar_volume < 1.7  # density, g/cm3


def test_errors_on_measured_liquids_are_those_stated(errors):
    error, measured = errors
    assert len(error) >= 80
    assert np.all(error.mean(axis=0) <= [0.65, 1.9, 1.4])
    assert np.all(error.mean(axis=0) < 0.5 * np.abs(measured - measured.mean(axis=0)).mean(axis=0))


def test_intervals_hold_nine_tenths_of_the_liquids(errors):
    covered = (errors[0] <= np.array(HALF_WIDTHS)).mean(axis=0)
    assert np.all((covered >= 0.88) & (covered <= 0.95))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("*CC(*)c1ccccc1", "*C(CC(c1ccccc1)C*)c1ccccc1"),
        ("*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1", "*c1ccc(OC(=O)Oc2ccc(C(C)(C)*)cc2)cc1"),
        ("*CCOC(=O)c1ccc(C(=O)O*)cc1", "*OC(=O)c1ccc(cc1)C(=O)OCC*"),
    ],
)
def test_the_place_of_the_cut_does_not_matter(first, second):
    one, other = (hansen_parameters(Polymer.from_smiles(text)) for text in (first, second))
    assert [one[name].value for name in PARTS] == [other[name].value for name in PARTS]


def test_polystyrene_by_hand():
    # phenyl 1430, CH2 270, CH 80; V is the volume that the other number implies
    values = hansen_parameters(PS)
    volume = 1780 / values["delta_d"].value
    assert volume == pytest.approx(98.4, abs=0.5)
    assert values["delta_p"].value == pytest.approx(110 / volume)
    assert values["delta_h"].value == 0 and values["delta_h"].lower == 0
    assert values["delta_d"].kind == "estimated" and values["delta_d"].coverage == 0.9


@pytest.mark.parametrize("unit", ["*C(F)(F)C(F)(F)*", "*CCS*", "*c1ccc(*)s1", "*CC(*)c1cccc2ccccc12"])
def test_what_is_not_covered_is_refused(unit):
    with pytest.raises(NotCoveredError):
        hansen_parameters(Polymer.from_smiles(unit))


def test_distance_weighs_dispersion_twice():
    assert hansen_distance((18, 1, 2), (18, 1, 2)) == 0
    assert hansen_distance((19, 0, 0), (18, 0, 0)) == 2
    assert hansen_distance((18, 3, 4), (18, 0, 0)) == 5


def test_solvents_are_ranked():
    ranked = nearest_solvents(PS, 90)
    distances = [distance for _, distance in ranked]
    assert distances == sorted(distances) and len(ranked) == len(solvents())
    place = {solvent.name: index for index, (solvent, _) in enumerate(ranked)}
    assert max(place["toluene"], place["benzene"]) < 10 < min(place["methanol"], place["water"])
    assert "tetrahydrofuran" in {solvent.name for solvent, _ in nearest_solvents(PMMA, 5)}
    with pytest.raises(InputError):
        nearest_solvents(PS, 0)
