"""Structure to burning slab: estimates, their errors, and that nothing is fitted to the polymer asked for."""

import pytest

from tools.core.errors import NotCoveredError
from tools.core.polymer import Polymer
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.library import slab
from tools.simulation.cone.run import burn
from tools.simulation.cone.thermal import heat_up
from tools.simulation.cone.uncertain import Spread, draws, with_model_error
from tools.simulation.estimate import estimate
from tools.simulation.flammability import decomposition, estimated_material, known_decompositions

PE = Polymer.from_smiles("*CC*")
PMMA = Polymer.from_smiles("*CC(*)(C)C(=O)OC")
PEEK = Polymer.from_smiles("*Oc1ccc(cc1)Oc1ccc(cc1)C(=O)c1ccc(*)cc1")


def test_the_kinetics_peak_where_they_should() -> None:
    entry, _ = estimated_material(PMMA)
    report = heat_up(slab(entry, 0.003), 0.5)
    assert report.peak_temperature == pytest.approx(decomposition(PMMA).peak, abs=1.0)


def test_aromatic_chains_decompose_later_and_leave_more() -> None:
    held = {PMMA.key, PEEK.key}
    one, other = decomposition(PMMA, without=held), decomposition(PEEK, without=held)
    assert other.peak > one.peak + 50 and other.char > one.char + 0.1


def test_a_polymer_can_be_kept_out_of_its_own_estimate() -> None:
    assert decomposition(PE, without={PE.key}).known == len(known_decompositions()) - 1
    assert decomposition(PE, without={PE.key}).peak != decomposition(PE).peak


def test_errors_are_measured_and_beat_the_mean() -> None:
    peaks = [row.peak for row in known_decompositions()]
    mean = sum(peaks) / len(peaks)
    by_mean = [abs((sum(peaks) - p) / (len(peaks) - 1) - p) for p in peaks]
    by_model = [
        abs(decomposition(row.polymer, without={row.polymer.key}).peak - row.peak) for row in known_decompositions()
    ]
    assert sum(by_model) < 0.75 * sum(by_mean)
    assert 20 < decomposition(PE).peak_error < 60 and mean > 0


def test_every_known_plastic_burns() -> None:
    for row in known_decompositions():
        entry, _ = estimated_material(row.polymer, without={row.polymer.key})
        report = burn(slab(entry, 0.003), Exposure(75e3, 900.0))
        assert report.ignition is not None and report.peak_hrr > 5e4


def test_what_cannot_be_estimated_is_refused() -> None:
    with pytest.raises(NotCoveredError):
        estimated_material(Polymer.from_smiles("*C(F)(F)C(F)(F)*"))


def test_the_error_of_the_model_widens_intervals() -> None:
    entry, _ = estimated_material(PMMA)
    plain = draws(slab(entry, 0.003), Exposure(50e3, 300.0), Spread(), 40, 1)
    wide = with_model_error(plain, 0.5, 0.3, 2)
    for name in ("ignition", "peak_hrr"):
        (a, b), (c, d) = plain.interval(name), wide.interval(name)
        assert d / c > b / a


def test_estimates_hold_what_was_measured() -> None:
    found = estimate(PMMA, ["Td", "char_yield", "heat_release_capacity"])
    for name, measured in (("Td", 646.0), ("char_yield", 0.5), ("heat_release_capacity", 355.0)):
        value = found[name]
        assert value.lower is not None and value.upper is not None
        assert value.lower <= measured <= value.upper
        assert value.kind == "estimated" and value.conditions["heating rate"] == "0.5 K/s"
