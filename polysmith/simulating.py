"""Simulations for what a user typed: a plastic, a material file or a repeat unit, and the conditions of a test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tools.core.errors import InputError
from tools.core.evidence import Value

if TYPE_CHECKING:
    from tools.simulation.cone.library import Material
    from tools.simulation.cone.run import ConeReport
    from tools.simulation.cone.thermal import ThermalReport
    from tools.simulation.cone.uncertain import Ensemble, Spread

Engine = Literal["own", "fds"]


@dataclass(frozen=True)
class ConeAnswer:
    """A simulated cone calorimeter test.

    Attributes
    ----------
    material : str
        What was burnt.
    values : tuple of Value
        Time to ignition (left out if it does not ignite), peak heat release rate.
    report : ConeReport
        Curves, balances, inputs.
    ensemble : Ensemble or None
        Draws of uncertain parameters.
    method, parameters, caveats
        What was solved, where the parameters come from, what to keep in mind.
    """

    material: str
    values: tuple[Value, ...]
    report: ConeReport
    ensemble: Ensemble | None
    method: str
    parameters: str
    caveats: tuple[str, ...] = field(default=())

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data; SI units but for the names that say otherwise."""
        report, test = self.report, self.report.exposure
        return {
            "material": self.material,
            "ignites": report.ignition is not None,
            "time_to_ignition_s": report.ignition,
            "peak_hrr_kW_m2": report.peak_hrr / 1e3,
            "peak_time_s": report.peak_time,
            "peak_averaging_s": 10.0,
            "peak_mass_flux_g_m2_s": report.peak_mass_flux * 1e3,
            "time_to_1_g_m2_s_s": report.time_to_mass_flux(1e-3),
            "total_heat_MJ_m2": report.total_heat / 1e6,
            "marhe_kW_m2": report.marhe / 1e3,
            "residue": report.residue,
            "ignition_criterion": report.criterion,
            "values": [v.model_dump(mode="json") for v in self.values],
            "inputs": {
                "flux_kW_m2": test.flux / 1e3, "thickness_mm": report.sample.thickness * 1e3,
                "duration_s": test.duration, "ambient_K": test.ambient, "convection_W_m2K": test.convection,
                "back": test.back, "flame_kW_m2": test.flame / 1e3, "layers": len(report.sample.layers),
                "heat_of_reaction_corrected": report.corrected,
            },
            "draws": _draws(self.ensemble),
            "method": self.method, "parameters": self.parameters, "caveats": list(self.caveats),
            "mass_balance_error": report.mass_error, "energy_balance_error": report.energy_error,
            "curves": {
                "time_s": report.time.round(3).tolist(), "hrr_kW_m2": (report.hrr / 1e3).round(4).tolist(),
                "mass_flux_g_m2_s": (report.mass_flux * 1e3).round(6).tolist(),
                "front_K": report.front.round(3).tolist(), "back_K": report.back.round(3).tolist(),
            },
        }  # fmt: skip


def _draws(ensemble: Ensemble | None) -> dict[str, Any] | None:
    if ensemble is None:
        return None
    import math

    def bounds(name: str, scale: float) -> list[float | None]:
        return [v / scale if math.isfinite(v) else None for v in ensemble.interval(name)]

    return {
        "count": len(ensemble.peak_hrr),
        "ignites": ensemble.ignites,
        "coverage": 0.9,
        "time_to_ignition_s": bounds("ignition", 1.0),
        "peak_hrr_kW_m2": bounds("peak_hrr", 1e3),
        "total_heat_MJ_m2": bounds("total_heat", 1e6),
        "marhe_kW_m2": bounds("marhe", 1e3),
    }


def simulate_cone(
    material: str = "",
    *,
    polymer: str = "",
    flux: float = 50.0,
    thickness: float = 3.0,
    duration: float = 600.0,
    draws: int = 0,
    seed: int = 0,
    corrected: bool = False,
    engine: Engine = "own",
    folder: Path | None = None,
    progress: Callable[[int], None] | None = None,
    **conditions: Any,
) -> ConeAnswer:
    """Simulate a cone calorimeter test.

    Parameters
    ----------
    material : str
        Name of a plastic with published parameters, or a JSON file in the form of the shipped ones.
    polymer : str
        Repeat unit or name instead: parameters are then estimated from the structure.
    flux : float
        External heat flux, kW/m2.
    thickness : float
        mm.
    duration : float
        s.
    draws : int
        Draws of the uncertain parameters for intervals; 0 for none (100 for a repeat unit).
    seed : int
        Seed of the draws.
    corrected : bool
        Correct heats of reaction for temperature, as FDS does by default.
    engine : {"own", "fds"}
        The own solver, or FDS where it is installed.
    folder : Path, optional
        Where FDS keeps its files; needed for that engine.
    progress : callable, optional
        Told how many draws are done.
    **conditions
        Further fields of ``tools.simulation.cone.exposure.Exposure``, in SI units.

    Returns
    -------
    ConeAnswer
        Values, curves, inputs, method and known error.

    Raises
    ------
    InputError
        If neither or both of material and polymer are given, or a condition makes no sense.
    UnknownNameError
        If there is no such material.
    BackendMissing
        If FDS is asked for and not there.
    """
    from tools.simulation.cone.exposure import Exposure
    from tools.simulation.cone.library import slab
    from tools.simulation.cone.run import burn
    from tools.simulation.cone.values import METHOD, cone_values

    entry, spread = _subject(material, polymer)
    try:
        test = Exposure(flux * 1e3, duration, **{"critical_hrr": entry.critical_hrr, **conditions})
    except TypeError as error:
        raise InputError(f"There is no such condition: {error}", hint="See tools.simulation.cone.exposure.") from error
    sample = slab(entry, thickness * 1e-3)
    own = burn(sample, test, corrected=corrected)
    report = own if engine == "own" else _fds(own, folder, corrected)
    count = draws or (100 if polymer else 0)
    ensemble = _ensemble(own, spread, count, seed, progress) if count else None
    return ConeAnswer(
        entry.name, cone_values(report, ensemble, entry, seed=seed, estimated=bool(polymer)), report, ensemble,
        METHOD if engine == "own" else "Fire Dynamics Simulator, solid phase alone", entry.source,
        _caveats(entry, report, polymer, spread is None),
    )  # fmt: skip


def _subject(material: str, polymer: str) -> tuple[Material, Spread | None]:
    """Find the parameters, and their spread where they are estimates."""
    from tools.simulation.cone.library import material as named
    from tools.simulation.cone.library import read_material

    if bool(material) == bool(polymer):
        raise InputError("Give a material or a polymer, one of them.", hint="--material PMMA or --polymer '*CC*'.")
    if polymer:
        from polysmith.predicting import read_polymers
        from tools.simulation.flammability import estimated_material

        found = read_polymers([polymer])[0]
        if isinstance(found, Exception):
            raise found
        return estimated_material(found)
    if material.casefold().endswith(".json"):
        return read_material(Path(material)), None
    return named(material), None


def _fds(own: ConeReport, folder: Path | None, corrected: bool) -> ConeReport:
    from tools.simulation.cone.fds import run_fds

    if folder is None:
        raise InputError("FDS needs a folder for its files.", hint="Give --out FOLDER.")
    return run_fds(
        own.sample, own.exposure, folder, ignition=own.ignition or own.exposure.duration, corrected=corrected
    )


def _ensemble(
    own: ConeReport, spread: Spread | None, count: int, seed: int, progress: Callable[[int], None] | None
) -> Ensemble:
    from tools.simulation.cone.uncertain import Spread, draws
    from tools.simulation.cone.values import widened

    found = draws(own.sample, own.exposure, spread or Spread(), count, seed, progress=progress)
    return found if spread is None else widened(found, seed)


def _caveats(entry: Material, report: ConeReport, polymer: str, published: bool) -> tuple[str, ...]:
    found = [f"ignition criterion: {report.criterion} ({entry.ignition_source})"]
    if published:
        found.append(f"heat of combustion: {entry.heat_source}")
    if report.ignition is None:
        found.append("does not ignite within the test; heat release is what its gas would give off if it burnt")
    if polymer:
        found.append("parameters are estimated from the structure; the interval says how well")
    found.append("dripping, swelling and delamination are not simulated")
    return tuple(found)


def simulate_heating(material: str = "", *, polymer: str = "", rate: float = 1.0) -> tuple[str, ThermalReport]:
    """Simulate thermogravimetry and microcalorimetry of milligrams.

    Parameters
    ----------
    material, polymer : str
        As in ``simulate_cone``.
    rate : float
        Heating rate, K/s.

    Returns
    -------
    tuple of (str, ThermalReport)
        What was heated, and what it did.
    """
    from tools.simulation.cone.library import slab
    from tools.simulation.cone.thermal import heat_up

    entry, _ = _subject(material, polymer)
    return entry.name, heat_up(slab(entry, 1e-3, backed=False), rate)


def estimate_groups(polymer: str, properties: Sequence[str] | None = None) -> list[Value]:
    """Estimate properties of a polymer by group contribution.

    Parameters
    ----------
    polymer : str
        Repeat unit or name.
    properties : sequence of str, optional
        Property ids or names; all that cover the structure when left out.

    Returns
    -------
    list of Value
        Kind "estimated", with 90 % intervals.
    """
    from polysmith.predicting import read_polymers
    from tools.simulation.estimate import estimate

    found = read_polymers([polymer])[0]
    if isinstance(found, Exception):
        raise found
    return list(estimate(found, properties).values())
