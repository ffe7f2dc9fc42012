"""Oligomers for quantum chemistry: where chains are cut, what is refused, how series are extrapolated. No tblite."""

import sys

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdMolTransforms as transforms

from tools.core.errors import BackendMissing, InputError, NotCoveredError
from tools.core.polymer import Polymer
from tools.simulation.quantum.calibration import REFRACTION_TO_POLARISABILITY, calibrated_gap, columns
from tools.simulation.quantum.chains import MAX_ATOMS, build, conjugated, series
from tools.simulation.quantum.conformer import stretched
from tools.simulation.quantum.engine import BOHR, tblite_version
from tools.simulation.quantum.extrapolation import gap_limit, slope_limit
from tools.simulation.quantum.oligomers import simulate


def polymer(smiles: str) -> Polymer:
    return Polymer.from_smiles(smiles)


def plain(smiles: str, n: int = 1) -> str:
    return Chem.MolToSmiles(Chem.RemoveHs(build(polymer(smiles), n).mol))


@pytest.mark.parametrize(
    ("smiles", "first"),
    [
        ("*OCCOC(=O)c1ccc(cc1)C(=O)*", "COC(=O)c1ccc(C(=O)OC)cc1"),  # no aldehyde, no alcohol
        ("*NC(C)C(*)=O", "CCC(N)=O"),
        ("*NCCCCCC(*)=O", "CCCCC(=O)NC"),
        ("*CC(*)c1ccccc1", "CCc1ccccc1"),
        ("*c1ccc(*)s1", "c1ccsc1"),
        ("*C=C*", "C=C"),
        ("*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1", "CC(C)c1ccc(OC(=O)Oc2ccccc2)cc1"),
    ],
)
def test_capping_leaves_functional_groups_whole(smiles: str, first: str) -> None:
    assert Chem.CanonSmiles(plain(smiles)) == Chem.CanonSmiles(first)


@pytest.mark.parametrize("turned", ["*C(=O)OCCOC(=O)c1ccc(cc1)*", "*CCOC(=O)c1ccc(cc1)C(=O)O*"])
def test_every_way_of_writing_the_chain_gives_the_same_oligomers(turned: str) -> None:
    assert plain(turned, 2) == plain("*OCCOC(=O)c1ccc(cc1)C(=O)*", 2)


@pytest.mark.parametrize("cap", ["H", "CH3"])
def test_the_backbone_runs_from_end_to_end(cap: str) -> None:
    found = build(polymer("*CC(*)c1ccccc1"), 3, cap)
    assert len(found.path) == {"H": 6, "CH3": 8}[cap]
    assert all(
        found.mol.GetBondBetweenAtoms(a, b) is not None for a, b in zip(found.path, found.path[1:], strict=False)
    )
    assert not any(found.mol.GetAtomWithIdx(index).IsInRing() for index in found.path)


@pytest.mark.parametrize(
    ("smiles", "answer"),
    [
        ("*c1ccc(*)s1", True), ("*C=C*", True), ("*C#Cc1ccc(*)cc1", True), ("*c1ccc(*)cc1", True),
        ("*CC*", False), ("*Nc1ccc(*)cc1", False), ("*OCCOC(=O)c1ccc(cc1)C(=O)*", False),
        ("*CC(*)c1ccccc1", False), ("*CC=CC*", False),
    ],
)  # fmt: skip
def test_conjugation_is_that_of_the_backbone(smiles: str, answer: bool) -> None:
    assert conjugated(polymer(smiles)) is answer


def test_long_oligomers_are_left_out_and_huge_units_refused() -> None:
    found = series(polymer("*CC(*)C(=O)OCCCCCCCC"), 8)
    assert 1 <= len(found) < 8
    assert found[-1].mol.GetNumAtoms() <= MAX_ATOMS
    with pytest.raises(NotCoveredError, match="atoms"):
        series(polymer("*CC(*)C(=O)O" + "C" * 45))
    for units in (0, 9):
        with pytest.raises(InputError):
            series(polymer("*CC*"), units)


@pytest.mark.parametrize("smiles", ["*CC(*)C(=O)[O-]", "*CC[N+](C)(C)*"])
def test_only_neutral_closed_shells_are_covered(smiles: str) -> None:
    with pytest.raises(NotCoveredError, match="neutral"):
        series(polymer(smiles))


def test_a_conformer_is_stretched_and_the_same_for_the_same_seed() -> None:
    chain = build(polymer("*CC*"), 4)
    first, again = stretched(chain), stretched(chain)
    assert np.array_equal(first.positions, again.positions)
    assert first.force_field == "MMFF94s"
    ends = first.positions[[chain.path[0], chain.path[-1]]] * BOHR
    assert np.linalg.norm(ends[1] - ends[0]) > 8.5  # seven bonds of 1.53 Å all trans: 8.8 Å
    values = np.linalg.eigvalsh(first.metric)
    assert 0 < values.min() < values.max() <= 1 / np.sqrt(0.03) + 1e-6


def test_backbone_double_bonds_become_trans() -> None:
    chain = build(polymer("*C=C*"), 3)
    found = stretched(chain)
    place = Chem.Conformer(chain.mol.GetNumAtoms())
    for index, xyz in enumerate(found.positions * BOHR):
        place.SetAtomPosition(index, xyz.tolist())
    for a, b, c, d in zip(chain.path, chain.path[1:], chain.path[2:], chain.path[3:], strict=False):
        assert abs(transforms.GetDihedralDeg(place, a, b, c, d)) > 170


def test_a_chain_of_coupled_units_is_extrapolated_exactly() -> None:
    def gap(n: int) -> float:  # Hückel: two bands of n coupled levels each, 4 eV apart, coupling 0.7 and 0.5 eV
        line = np.eye(n, k=1) + np.eye(n, k=-1)
        return float(np.linalg.eigvalsh(4 * np.eye(n) + 0.7 * line)[0] - np.linalg.eigvalsh(0.5 * line)[-1])

    for longest in (2, 3, 4):
        units = list(range(1, longest + 1))
        found = gap_limit(units, [gap(n) for n in units], along=True)
        assert found.form == "coupled units"
        assert found.value == pytest.approx(4 - 2 * 0.7 - 2 * 0.5, abs=1e-9)
        assert found.error is not None and abs(found.value - gap(60)) < found.error


def test_saturated_chains_end_on_a_plateau_and_a_single_oligomer_has_no_error() -> None:
    found = gap_limit([1, 2, 3], [7.0, 6.4, 6.3], along=False)
    assert (found.value, found.form) == (6.3, "plateau")
    assert found.error == pytest.approx(0.1)
    assert gap_limit([1], [7.0], along=True).error is None
    assert gap_limit([1, 2, 3], [3.0, 1.0, 0.2], along=True).value > 0  # never a negative square


def test_increments_come_from_the_longest_oligomers() -> None:
    found = slope_limit([1, 2, 3], [12.0, 22.0, 32.5])
    assert (found.value, found.form) == (10.5, "slope")
    assert found.error == pytest.approx(0.5)
    assert slope_limit([1], [12.0]).value == 12.0


def test_the_calibration_rises_with_the_gap_and_says_where_it_holds() -> None:
    chain = polymer("*CC(*)c1ccccc1")
    low, high = calibrated_gap(3.0, chain), calibrated_gap(5.0, chain)
    assert 0 < low.value < high.value
    assert low.half_width > 0 and low.in_domain and "absolute error" in low.note
    assert not calibrated_gap(0.1, chain).in_domain
    assert abs(REFRACTION_TO_POLARISABILITY - 0.3964) < 1e-4


def test_the_calibration_knows_aromatic_rings_and_carbonyl_groups() -> None:
    assert columns(np.e, polymer("*CC*")).tolist() == [1.0, 0.0, 0.0]
    assert columns(np.e, polymer("*c1ccc(*)s1")).tolist() == [1.0, 1.0, 0.0]
    assert columns(np.e, polymer("*CC(*)C(=O)OC")).tolist() == [1.0, 0.0, 1.0]
    assert columns(np.e, polymer("*CC(*)C#N")).tolist() == [1.0, 0.0, 0.0]


def test_without_tblite_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tblite.interface", None)
    with pytest.raises(BackendMissing, match="pip install"):
        tblite_version()
    with pytest.raises(BackendMissing) as caught:
        simulate(polymer("*CC*"))
    assert caught.value.backend == "tblite" and "tblite" in caught.value.install
