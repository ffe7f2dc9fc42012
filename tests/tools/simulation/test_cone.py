"""The slab solver against analytic solutions, balances, grids, and what is known about plastics."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tools.core.errors import InputError, UnknownNameError
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.library import material, materials, slab
from tools.simulation.cone.packing import pack, peak_temperature
from tools.simulation.cone.run import burn, burn_many
from tools.simulation.cone.sample import Component, Layer, Ramp, Reaction, Sample
from tools.simulation.cone.thermal import heat_up
from tools.simulation.cone.uncertain import Spread, draws

STEFAN_BOLTZMANN = 5.670374419e-8


def inert(thickness: float, **changes: float) -> Sample:
    solid = Component("solid", 1100.0, 0.2, 2200.0, 1.0)
    return Sample("solid", {"solid": replace(solid, **changes)}, (Layer(thickness, {"solid": 1.0}),))


def lossless(flux: float, seconds: float, rise: float = 300.0) -> Exposure:
    return Exposure(
        flux, seconds, convection=0.0, critical_hrr=0.0, ignition_temperature=293.15 + rise, reradiation=False
    )


@pytest.mark.parametrize("flux", [25e3, 50e3, 75e3])
def test_thermally_thick_ignition(flux: float) -> None:
    report = burn(inert(0.024), lossless(flux, 120.0))
    assert report.ignition == pytest.approx(math.pi / 4 * 0.2 * 1100 * 2200 * (300 / flux) ** 2, rel=2e-3)


def test_thermally_thin_ignition() -> None:
    report = burn(inert(0.001, conductivity=50.0), lossless(20e3, 120.0))
    assert report.ignition == pytest.approx(1100 * 2200 * 0.001 * 300 / 20e3, rel=2e-3)


@pytest.mark.parametrize("absorption", [5e4, 2000.0])
def test_radiative_equilibrium(absorption: float) -> None:
    sample = inert(0.001, emissivity=0.9, absorption=absorption)
    report = burn(sample, Exposure(20e3, 3000.0, convection=0.0, critical_hrr=0.0))
    assert report.front[-1] == pytest.approx((20e3 / STEFAN_BOLTZMANN + 293.15**4) ** 0.25, abs=0.1)
    assert report.back[-1] == pytest.approx(report.front[-1], abs=0.1)


def test_an_exposed_back_halves_the_equilibrium_flux() -> None:
    sample = inert(0.0005, conductivity=20.0)
    report = burn(sample, Exposure(20e3, 3000.0, convection=0.0, critical_hrr=0.0, back="exposed", back_convection=0.0))
    assert report.front[-1] == pytest.approx((10e3 / STEFAN_BOLTZMANN + 293.15**4) ** 0.25, rel=1e-3)


@pytest.mark.parametrize("name", list(materials()))
@pytest.mark.parametrize("flux", [25e3, 75e3])
def test_mass_and_energy_balance(name: str, flux: float) -> None:
    report = burn(slab(material(name), 0.003), Exposure(flux, 600.0))
    assert report.mass_error < 1e-3
    assert report.energy_error < 1e-2
    assert np.all(np.isfinite(report.hrr)) and report.hrr.min() > -1e-6


@pytest.mark.parametrize("name", ["PMMA", "HDPE", "PC", "PVC", "PEEK"])
def test_a_finer_grid_changes_little(name: str) -> None:
    entry = material(name)
    test = Exposure(60e3, 400.0, critical_hrr=entry.critical_hrr)
    coarse, fine = (burn(slab(entry, 0.006), test, refinement=r) for r in (1.0, 2.0))
    assert coarse.peak_hrr == pytest.approx(fine.peak_hrr, rel=0.01)
    assert coarse.ignition == pytest.approx(fine.ignition, rel=0.01)


def test_heat_released_is_the_mass_lost_times_its_heat() -> None:
    report = burn(slab(material("PMMA"), 0.003), Exposure(75e3, 600.0))
    assert report.residue == pytest.approx(0.0, abs=1e-6)
    assert report.total_heat == pytest.approx(1100 * 0.003 * 24.45e6, rel=1e-3)


def test_more_flux_ignites_sooner_and_burns_harder() -> None:
    sample = slab(material("PMMA"), 0.006)
    reports = burn_many([(sample, Exposure(q * 1e3, 900.0)) for q in (20, 30, 40, 55, 75, 100)])
    times = [r.ignition for r in reports]
    assert all(a is not None and b is not None and a > b for a, b in pairwise(times))
    peaks = [r.peak_hrr for r in reports]
    assert peaks == sorted(peaks)


def test_a_thicker_slab_releases_more_heat_and_does_not_ignite_sooner() -> None:
    entry = material("HDPE")
    reports = [burn(slab(entry, t, backed=False), Exposure(50e3, 1500.0)) for t in (0.0015, 0.003, 0.006, 0.012)]
    heats, times = [r.total_heat for r in reports], [r.ignition or math.inf for r in reports]
    assert heats == sorted(heats)
    assert all(b >= a - 0.5 for a, b in pairwise(times))


@pytest.mark.parametrize("thickness", [0.003, 0.0054, 0.009])
def test_polycarbonate_does_not_ignite_at_25(thickness: float) -> None:
    entry = material("polycarbonate")
    report = burn(slab(entry, thickness), Exposure(25e3, 1800.0, critical_hrr=entry.critical_hrr))
    assert report.ignition is None
    hotter = burn(slab(entry, thickness), Exposure(50e3, 600.0, critical_hrr=entry.critical_hrr))
    assert hotter.ignition is not None


def test_peaks_of_thermogravimetry_follow_kissinger() -> None:
    entry = material("PMMA")
    reaction = entry.components[entry.start].reactions[0]
    for rate in (0.05, 0.5, 1.0):
        assert heat_up(slab(entry, 0.003), rate).peak_temperature == pytest.approx(
            peak_temperature(reaction, rate), abs=1.0
        )


def test_microcalorimetry_conserves_heat_and_leaves_char() -> None:
    report = heat_up(slab(material("PC"), 0.003), 1.0)
    assert report.char == pytest.approx(0.21, abs=1e-3)
    assert report.total_heat == pytest.approx(0.79 * 21.504e6, rel=1e-3)
    assert report.t5 is not None and report.t50 is not None and report.t5 < report.t50


def test_second_order_reaction_against_the_analytic_decay() -> None:
    slow = Reaction(1e-2, 1.0, 1e-3, order=2.0)  # A exp(-E/RT) is A at any temperature
    solid = Component("solid", 1000.0, 5.0, 1000.0, 1.0, reactions=(slow,))
    sample = Sample("solid", {"solid": solid}, (Layer(0.001, {"solid": 1.0}),))
    report = burn(sample, Exposure(0.0, 300.0, convection=0.0, critical_hrr=0.0))
    assert report.residue == pytest.approx(1 / (1 + 1e-2 * 300), rel=5e-3)


def test_parallel_components_react_each_by_itself() -> None:
    quick, slow = Reaction(2e-2, 1.0, 1e-3), Reaction(5e-3, 1.0, 1e-3)
    parts = {n: Component(n, 1000.0, 5.0, 1000.0, reactions=(r,)) for n, r in (("a", quick), ("b", slow))}
    sample = Sample("mix", parts, (Layer(0.001, {"a": 0.25, "b": 0.75}),))
    report = burn(sample, Exposure(0.0, 200.0, convection=0.0, critical_hrr=0.0))
    assert report.residue == pytest.approx(0.25 * math.exp(-4.0) + 0.75 * math.exp(-1.0), rel=2e-3)


def test_the_heat_of_reaction_can_be_corrected_for_temperature() -> None:
    entry = material("PMMA")
    sample = slab(entry, 0.006)
    gas = entry.components["BLACKPMMA"].reactions[0]
    heavier = replace(entry.components["BLACKPMMA"], reactions=(replace(gas, gas_heat_capacity=4500.0),))
    sample = replace(sample, components={**sample.components, "BLACKPMMA": heavier})
    plain = burn(sample, Exposure(75e3, 400.0))
    corrected = burn(sample, Exposure(75e3, 400.0), corrected=True)
    assert corrected.corrected and not plain.corrected
    assert corrected.peak_mass_flux < plain.peak_mass_flux


def test_a_correction_without_change_of_heat_capacity_changes_nothing() -> None:
    gas = Reaction(8.5e12, 188e3, 870e3, gas_heat_capacity=2200.0)
    sample = Sample("x", {"x": Component("x", 1100.0, 0.2, 2200.0, reactions=(gas,))}, (Layer(0.003, {"x": 1.0}),))
    assert pack(sample, corrected=True).heat == pytest.approx(pack(sample).heat)


def test_the_flame_raises_the_peak_and_not_the_time_of_ignition() -> None:
    sample = slab(material("PMMA"), 0.006)
    without, under = burn(sample, Exposure(50e3, 400.0, flame=0.0)), burn(sample, Exposure(50e3, 400.0, flame=20e3))
    assert under.ignition == pytest.approx(without.ignition)
    assert under.peak_hrr > 1.1 * without.peak_hrr


def test_draws_are_reproducible_and_spread() -> None:
    sample, test = slab(material("PMMA"), 0.003), Exposure(50e3, 300.0)
    one, again = (draws(sample, test, Spread(), 24, 7, workers=2) for _ in range(2))
    assert np.array_equal(one.peak_hrr, again.peak_hrr)
    low, high = one.interval("peak_hrr")
    assert low < burn(sample, test).peak_hrr < high
    assert one.ignites == 1.0


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="flux"):
        Exposure(-1.0)
    with pytest.raises(InputError, match="thickness"):
        slab(material("PMMA"), 0.0)
    with pytest.raises(InputError, match="flux"):
        Exposure(math.nan)
    with pytest.raises(UnknownNameError, match="unobtainium"):
        material("unobtainium")
    with pytest.raises(InputError, match="itself"):
        loop = Component("a", 1.0, 1.0, 1.0, reactions=(Reaction(1.0, 1.0, 1.0, "a", 0.5),))
        Sample("loop", {"a": loop}, (Layer(0.001, {"a": 1.0}),))
    with pytest.raises(InputError, match="rise"):
        Ramp((300.0, 200.0), (1.0, 2.0))
    with pytest.raises(InputError, match="rate"):
        heat_up(slab(material("PMMA"), 0.003), 0.0)


def test_what_has_no_heat_of_combustion_does_not_ignite_by_heat_release() -> None:
    report = burn(slab(material("Kydex"), 0.003), Exposure(50e3, 300.0))
    assert report.ignition is None and report.total_heat == 0.0 and report.peak_mass_flux > 0.0
