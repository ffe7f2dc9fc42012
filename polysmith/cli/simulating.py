"""The simulate commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from polysmith.cli.dynamics import register
from polysmith.cli.output import command, console, emit_json, show_table

simulate_app = typer.Typer(help="Physics: cone calorimeter, thermal analysis, dynamics.", no_args_is_help=True)
register(simulate_app)

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
Material = Annotated[str, typer.Option("--material", help="A plastic with published parameters, or FILE.json.")]
Polymer = Annotated[str, typer.Option("--polymer", help="Repeat unit or name; parameters are estimated.")]


@simulate_app.command()
@command
def cone(
    material: Material = "",
    polymer: Polymer = "",
    flux: Annotated[list[float] | None, typer.Option(help="Heat flux, kW/m2; may be repeated.")] = None,
    thickness: Annotated[float, typer.Option(help="mm.")] = 3.0,
    duration: Annotated[float, typer.Option(help="s.")] = 600.0,
    convection: Annotated[float | None, typer.Option(help="At the front, W/(m2 K).")] = None,
    flame: Annotated[float | None, typer.Option(help="Flux of the flame after ignition, kW/m2.")] = None,
    back: Annotated[str, typer.Option(help="adiabatic or exposed, behind the ceramic fibre.")] = "adiabatic",
    critical_hrr: Annotated[float | None, typer.Option(help="Heat release at ignition, kW/m2.")] = None,
    ignition_temperature: Annotated[float | None, typer.Option(help="Surface temperature at ignition, °C.")] = None,
    draws: Annotated[int, typer.Option(min=0, help="Draws of uncertain parameters for intervals.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the draws.")] = 0,
    corrected: Annotated[bool, typer.Option(help="Correct heats of reaction for temperature, as FDS does.")] = False,
    engine: Annotated[str, typer.Option(help="own, or fds where it is installed.")] = "own",
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the files of FDS.")] = None,
    plot: Annotated[Path | None, typer.Option(help="SVG, PNG or PDF file for curves.")] = None,
    as_json: Json = False,
) -> None:
    """Burn a slab in a cone calorimeter: time to ignition, heat release."""
    from polysmith.simulating import simulate_cone
    from tools.core.errors import InputError

    if engine not in ("own", "fds"):
        raise InputError(f"There is no engine {engine!r}.", hint="own or fds")
    given: dict[str, Any] = {"back": back}
    for name, value, scale, shift in (
        ("convection", convection, 1.0, 0.0), ("flame", flame, 1e3, 0.0), ("critical_hrr", critical_hrr, 1e3, 0.0),
        ("ignition_temperature", ignition_temperature, 1.0, 273.15),
    ):  # fmt: skip
        if value is not None:
            given[name] = value * scale + shift
    fluxes = flux or [50.0]
    answers = [
        simulate_cone(
            material, polymer=polymer, flux=q, thickness=thickness, duration=duration, draws=draws, seed=seed,
            corrected=corrected, engine="fds" if engine == "fds" else "own",
            folder=out / f"{q:g}" if out is not None else None, **given,
        )
        for q in fluxes
    ]  # fmt: skip
    if plot is not None:
        from tools.simulation.cone.plots import plot as draw

        draw([a.report for a in answers], [f"{a.material}, {q:g} kW/m2" for a, q in zip(answers, fluxes, strict=True)],
             plot)  # fmt: skip
    if as_json:
        found = [a.as_dict() for a in answers]
        emit_json(found[0] if len(found) == 1 else found)
        return
    _show(answers, fluxes)
    if plot is not None:
        console().print(f"plotted to {plot}", markup=False)


def _show(answers: list[Any], fluxes: list[float]) -> None:
    rows = []
    for answer, flux in zip(answers, fluxes, strict=True):
        report, bounds = answer.report, answer.as_dict()["draws"] or {}
        ignition = "does not ignite" if report.ignition is None else f"{report.ignition:.0f} s"
        rows.append(
            (f"{flux:g}", ignition + _between(bounds.get("time_to_ignition_s")),
             f"{report.peak_hrr / 1e3:.0f}" + _between(bounds.get("peak_hrr_kW_m2")), f"{report.peak_time:.0f}",
             f"{report.total_heat / 1e6:.1f}", f"{report.marhe / 1e3:.0f}", f"{report.residue:.0%}")
        )  # fmt: skip
    head = ["flux kW/m2", "ignition", "peak HRR kW/m2", "at s", "heat MJ/m2", "MARHE kW/m2", "residue"]
    thickness = answers[0].report.sample.thickness * 1e3
    show_table(f"{answers[0].material}, {thickness:g} mm (simulated; peaks averaged over 10 s)", head, rows)
    out = console()
    out.print(f"parameters: {answers[0].parameters}", markup=False)
    for value in answers[0].values:
        out.print(f"known error of {value.property}: {value.note}", markup=False)
    for caveat in dict.fromkeys(c for a in answers for c in a.caveats):
        out.print(f"note: {caveat}", markup=False)


def _between(bounds: list[float | None] | None) -> str:
    if not bounds:
        return ""
    low, high = ("never" if b is None else f"{b:.0f}" for b in bounds)
    return f" ({low} to {high})"


@simulate_app.command()
@command
def tga(
    material: Material = "",
    polymer: Polymer = "",
    rate: Annotated[float, typer.Option(help="Heating rate, K/min.")] = 10.0,
    as_json: Json = False,
) -> None:
    """Heat milligrams in inert gas: temperatures of decomposition, residue."""
    _heating(material, polymer, rate / 60.0, as_json)


@simulate_app.command()
@command
def mcc(
    material: Material = "",
    polymer: Polymer = "",
    rate: Annotated[float, typer.Option(help="Heating rate, K/s.")] = 1.0,
    as_json: Json = False,
) -> None:
    """Microscale combustion calorimetry: heat release capacity, total heat."""
    _heating(material, polymer, rate, as_json)


def _heating(material: str, polymer: str, rate: float, as_json: bool) -> None:
    from polysmith.simulating import simulate_heating

    name, report = simulate_heating(material, polymer=polymer, rate=rate)
    numbers = {
        "peak_temperature_K": report.peak_temperature,
        "temperature_5_percent_K": report.t5,
        "temperature_50_percent_K": report.t50,
        "char": report.char,
        "heat_release_capacity_J_gK": report.heat_release_capacity / 1e3,
        "total_heat_kJ_g": report.total_heat / 1e6,
    }
    if as_json:
        emit_json({
            "material": name, "rate_K_s": rate, "kind": "simulated", **numbers,
            "curves": {"temperature_K": report.temperature[::10].round(2).tolist(),
                       "mass": report.mass[::10].round(6).tolist(),
                       "heat_W_g": (report.heat[::10] / 1e3).round(4).tolist()},
        })  # fmt: skip
        return
    rows = [(key, "-" if value is None else f"{value:.4g}") for key, value in numbers.items()]
    show_table(f"{name} at {rate:g} K/s (simulated)", ["quantity", "value"], rows)


@simulate_app.command()
@command
def qc(
    polymer: Annotated[str, typer.Argument(help="Repeat unit or name.")],
    units: Annotated[int, typer.Option(help="Longest oligomer, 1 to 8 units.")] = 4,
    cap: Annotated[str, typer.Option(help="Chain ends: H or CH3.")] = "H",
    seed: Annotated[int, typer.Option(help="Seed of the conformers.")] = 0,
    polarisability: Annotated[bool, typer.Option(help="Also compute polarisabilities.")] = True,
    seconds: Annotated[float, typer.Option(help="Limit for each oligomer.")] = 300.0,
    as_json: Json = False,
) -> None:
    """Quantum chemistry of oligomers (extra qc): gap, dipole, polarisability."""
    from polysmith.quantum import simulate_qc
    from tools.core.errors import InputError

    if cap not in ("H", "CH3"):
        raise InputError(f"Unknown end cap {cap!r}.", hint="H or CH3")
    report = simulate_qc(
        polymer, units=units, cap="H" if cap == "H" else "CH3", seed=seed, polarisability=polarisability,
        seconds=seconds,
    )  # fmt: skip
    if as_json:
        emit_json(report.as_dict())
        return
    rows = [
        (str(item.units), str(item.atoms), f"{item.homo:.2f}", f"{item.lumo:.2f}", f"{item.gap:.2f}",
         f"{item.dipole:.2f}", "-" if item.polarisability is None else f"{item.polarisability:.1f}")
        for item in report.oligomers
    ]  # fmt: skip
    show_table(
        f"{report.polymer}: oligomers (simulated)",
        ["units", "atoms", "HOMO eV", "LUMO eV", "gap eV", "dipole D", "polarisability Å3"], rows,
    )  # fmt: skip
    out = console()
    error = "" if report.gap.error is None else f" ± {report.gap.error:.2f}"
    out.print(f"gap of the chain by GFN2-xTB: {report.gap.value:.2f}{error} eV ({report.gap.form})", markup=False)
    for value in report.values:
        out.print(
            f"{value.property}: {value.value:.2f} eV ({value.lower:.2f} to {value.upper:.2f}, 90 %)", markup=False
        )
        out.print(f"known error: {value.note}", markup=False)
    out.print(f"method: {report.method}", markup=False)
    for caveat in report.caveats:
        out.print(f"note: {caveat}", markup=False)


@simulate_app.command()
@command
def gc(
    polymer: Annotated[str, typer.Argument(help="Repeat unit with two *, or a name.")],
    properties: Annotated[list[str] | None, typer.Option("-p", "--property", help="Property; may be repeated.")] = None,
    as_json: Json = False,
) -> None:
    """Estimate properties by group contribution, with the error of each method."""
    from agent.numbers import show_value
    from polysmith.simulating import estimate_groups

    found = estimate_groups(polymer, properties)
    if as_json:
        emit_json([value.model_dump(mode="json") for value in found])
        return
    rows = [(value.property, show_value(value), "; ".join(filter(None, (value.note, value.source)))) for value in found]
    show_table(f"{polymer} (estimated, 90 % intervals)", ["property", "value", "how"], rows)
