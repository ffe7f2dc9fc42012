"""The Fire Dynamics Simulator as a second engine: write the input of a slab, run ``fds``, read what it gave.

The input is a solid-phase calculation after FDS' own validation cases (a small box around one heated face, no gas
flow). Every distinct heat of combustion gets its own gas, so that heat release follows from the fluxes of the gases.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tools.core.errors import BackendMissing, InputError, LimitError, ToolError
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.run import OUT_STEP, ConeReport, report_of
from tools.simulation.cone.sample import OPAQUE, Component, FloatArray, Quantity, Ramp, Sample

# gases that FDS knows; the first one is the fuel of its reaction line
_GASES = ("METHANE", "ETHANE", "PROPANE", "ETHYLENE", "PROPYLENE", "BENZENE")
_DT = 0.05  # s
_SAFE = re.compile(r"[^A-Za-z0-9_-]+")


def fds_input(
    sample: Sample, exposure: Exposure, name: str, *, ignition: float | None = None, corrected: bool = False
) -> str:
    """Write the input file of a test.

    Parameters
    ----------
    sample : Sample
        The slab.
    exposure : Exposure
        The conditions.
    name : str
        CHID of the case: letters, digits, hyphens, underscores.
    ignition : float, optional
        Time at which the flux of the flame sets in, s; FDS' solid phase alone does not know it.
    corrected : bool
        Let FDS correct heats of reaction for temperature (its default).

    Returns
    -------
    str
        The file.

    Raises
    ------
    InputError
        If there is a flame flux without a time of ignition, or the sample has more distinct gases than can be named.
    """
    if exposure.flame > 0 and ignition is None:
        raise InputError(
            "FDS needs to be told when the flame sets in.", hint="Give the time of ignition, or a flame flux of 0."
        )
    chid = _SAFE.sub("_", name)[:50] or "slab"
    gases = _gases(sample)
    lines = [
        f"&HEAD CHID='{chid}', TITLE='{_SAFE.sub(' ', sample.name)}, {exposure.flux / 1000:g} kW/m2' /",
        "&MESH IJK=3,3,4, XB=-0.15,0.15,-0.15,0.15,0.0,0.4 /",
        f"&MISC SOLID_PHASE_ONLY=.TRUE., TMPA={exposure.ambient - 273.15:.2f} /",
        f"&TIME T_END={exposure.duration:g}, WALL_INCREMENT=1, DT={_DT:g} /",
        f"&REAC FUEL='{_GASES[0]}' /",
        *(f"&SPEC ID='{_GASES[i]}' /" for i in range(1, len(gases))),
        *_materials(sample, gases, corrected),
        *_surface(sample, exposure, ignition),
        "&VENT XB=-0.05,0.05,-0.05,0.05,0.0,0.0, SURF_ID='SAMPLE' /",
        *(f"&VENT MB='{side}', SURF_ID='OPEN' /" for side in ("XMIN", "XMAX", "YMIN", "YMAX", "ZMAX")),
        f"&DUMP DT_DEVC={OUT_STEP:g} /",
        *_devices(len(gases)),
        "&TAIL /",
    ]
    return "\n".join(lines) + "\n"


def _gases(sample: Sample) -> list[float]:
    """Distinct heats of combustion of the gases, the largest first."""
    heats = {r.heat_of_combustion for c in sample.components.values() for r in c.reactions if r.residue_yield < 1.0}
    if len(heats) > len(_GASES):
        raise InputError(f"FDS input is written for at most {len(_GASES)} gases.", hint="Merge reactions.")
    return sorted(heats, reverse=True) or [0.0]


def _materials(sample: Sample, gases: list[float], corrected: bool) -> Iterator[str]:
    for name, component in sample.components.items():
        parts = [
            f"ID='{_plain(name)}'",
            f"DENSITY={component.density:g}",
            f"EMISSIVITY={component.emissivity:g}",
            _number("CONDUCTIVITY", component.conductivity, f"k {_plain(name)}", 1.0),
            _number("SPECIFIC_HEAT", component.heat_capacity, f"c {_plain(name)}", 1e-3),
        ]
        if component.absorption < OPAQUE:
            parts.append(f"ABSORPTION_COEFFICIENT={component.absorption:g}")
        if component.reactions:
            parts.append(f"N_REACTIONS={len(component.reactions)}")
            parts.extend(_reactions(component, gases))
            if not corrected:
                parts.append("ADJUST_H=.FALSE.")
        yield "&MATL " + "\n      ".join(parts) + " /"
        yield from _ramp(component.conductivity, f"k {_plain(name)}", 1.0)
        yield from _ramp(component.heat_capacity, f"c {_plain(name)}", 1e-3)


def _reactions(component: Component, gases: list[float]) -> Iterator[str]:
    for number, reaction in enumerate(component.reactions, start=1):
        yield f"A({number})={reaction.pre_exponential:.6E}"
        yield f"E({number})={reaction.activation_energy:.6E}"
        yield f"HEAT_OF_REACTION({number})={reaction.heat / 1000:g}"
        if reaction.order != 1.0:
            yield f"N_S({number})={reaction.order:g}"
        if reaction.reference_temperature is not None:
            yield f"REFERENCE_TEMPERATURE({number})={reaction.reference_temperature - 273.15:g}"
        if reaction.residue_yield < 1.0:
            gas = _GASES[gases.index(reaction.heat_of_combustion)]
            yield f"SPEC_ID(1,{number})='{gas}'"
            yield f"NU_SPEC(1,{number})={1.0 - reaction.residue_yield:g}"
        if reaction.residue and reaction.residue_yield > 0:
            yield f"MATL_ID(1,{number})='{_plain(reaction.residue)}'"
            yield f"NU_MATL(1,{number})={reaction.residue_yield:g}"


def _number(keyword: str, quantity: Quantity, ramp: str, scale: float) -> str:
    return f"{keyword}_RAMP='{ramp}'" if isinstance(quantity, Ramp) else f"{keyword}={quantity * scale:g}"


def _ramp(quantity: Quantity, name: str, scale: float) -> Iterator[str]:
    if isinstance(quantity, Ramp):
        for temperature, value in zip(quantity.temperatures, quantity.values, strict=True):
            yield f"&RAMP ID='{name}', T={temperature - 273.15:.2f}, F={value * scale:g} /"


def _surface(sample: Sample, exposure: Exposure, ignition: float | None) -> Iterator[str]:
    count = len(sample.layers)
    parts = ["ID='SAMPLE'"]
    for number, layer in enumerate(sample.layers, start=1):
        total = sum(layer.fractions.values())
        names = ",".join(f"'{_plain(name)}'" for name in layer.fractions)
        shares = ",".join(f"{fraction / total:g}" for fraction in layer.fractions.values())
        last = len(layer.fractions)
        parts.append(f"MATL_ID({number},1:{last})={names}")
        parts.append(f"MATL_MASS_FRACTION({number},1:{last})={shares}")
    parts += [
        f"THICKNESS(1:{count})=" + ",".join(f"{layer.thickness:g}" for layer in sample.layers),
        f"STRETCH_FACTOR(1:{count})=" + ",".join("1." for _ in sample.layers),
        f"CELL_SIZE_FACTOR(1:{count})=" + ",".join("0.25" for _ in sample.layers),
        f"EXTERNAL_FLUX={exposure.flux / 1000:g}",
        f"HEAT_TRANSFER_COEFFICIENT={exposure.convection:g}",
    ]
    if exposure.gas is not None:
        parts.append(f"TMP_GAS_FRONT={exposure.gas - 273.15:.2f}")
    if exposure.back == "adiabatic":
        parts.append("BACKING='INSULATED'")
    else:
        parts += ["BACKING='VOID'", f"HEAT_TRANSFER_COEFFICIENT_BACK={exposure.back_convection:g}"]
    ramp = _flux_ramp(exposure, ignition)
    if ramp:
        parts.append("EXTERNAL_FLUX_RAMP='flux'")
    yield "&SURF " + "\n      ".join(parts) + " /"
    for time, factor in ramp:
        yield f"&RAMP ID='flux', T={time:g}, F={factor:g} /"


def _flux_ramp(exposure: Exposure, ignition: float | None) -> list[tuple[float, float]]:
    """Multiples of the external flux over time; the flame adds to it from ignition on."""
    points = list(exposure.ramp) or [(0.0, 1.0), (exposure.duration, 1.0)]
    if exposure.flame <= 0 or ignition is None:
        return list(exposure.ramp)
    if exposure.flux <= 0:
        raise InputError("A flame on a sample without external flux cannot be written.", hint="Give a small flux.")
    times, factors = zip(*points, strict=True)
    grid = sorted({*times, ignition, ignition + _DT, exposure.duration})
    more = exposure.flame / exposure.flux
    return [(t, float(np.interp(t, times, factors)) + (more if t > ignition else 0.0)) for t in grid]


def _devices(gases: int) -> Iterator[str]:
    place = "XYZ=0.0,0.0,0.0, IOR=3, TEMPORAL_STATISTIC='INSTANT VALUE'"
    yield f"&DEVC ID='MLR 1', {place}, QUANTITY='BURNING RATE' /"
    for number in range(2, gases + 1):
        yield f"&DEVC ID='MLR {number}', {place}, QUANTITY='MASS FLUX', SPEC_ID='{_GASES[number - 1]}' /"
    yield f"&DEVC ID='front', {place}, QUANTITY='WALL TEMPERATURE' /"
    yield f"&DEVC ID='back', {place}, QUANTITY='BACK WALL TEMPERATURE' /"
    yield f"&DEVC ID='thickness', {place}, QUANTITY='WALL THICKNESS' /"


def _plain(name: str) -> str:
    """A name that FDS takes between quotes."""
    return re.sub(r"[^A-Za-z0-9_ -]", "_", name)[:50]


def find_fds() -> str:
    """Return the FDS executable.

    Returns
    -------
    str
        Path from FDS_BIN or of ``fds`` on PATH.

    Raises
    ------
    BackendMissing
        If there is none.
    """
    given = os.environ.get("FDS_BIN", "")
    found = shutil.which(given) if given else shutil.which("fds")
    if not found:
        raise BackendMissing(
            "The Fire Dynamics Simulator (fds)", "install it from pages.nist.gov/fds-smv and set FDS_BIN to its path"
        )
    return found


def run_fds(
    sample: Sample,
    exposure: Exposure,
    folder: Path,
    *,
    ignition: float | None = None,
    corrected: bool = False,
    timeout: float = 3600.0,
) -> ConeReport:
    """Run a test in FDS; all its files stay in a folder.

    Parameters
    ----------
    sample : Sample
        The slab.
    exposure : Exposure
        The conditions.
    folder : Path
        Made if it does not exist.
    ignition, corrected
        As in ``fds_input``.
    timeout : float
        s after which FDS is stopped.

    Returns
    -------
    ConeReport
        The same report as the own solver gives.

    Raises
    ------
    BackendMissing
        If FDS is not installed.
    LimitError
        If it takes too long.
    ToolError
        If it stops with an error; the message ends with its last lines.
    """
    binary = find_fds()
    folder.mkdir(parents=True, exist_ok=True)
    chid = "slab"
    text = fds_input(sample, exposure, chid, ignition=ignition, corrected=corrected)
    (folder / f"{chid}.fds").write_text(text, encoding="ascii")
    try:
        done = subprocess.run(
            [binary, f"{chid}.fds"], cwd=folder, capture_output=True, text=True, timeout=timeout, check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise LimitError(f"FDS did not finish within {timeout:g} s; its files are in {folder}.") from error
    (folder / f"{chid}.out.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    table = folder / f"{chid}_devc.csv"
    if done.returncode != 0 or not table.exists():
        last = " | ".join((done.stdout + done.stderr).strip().splitlines()[-3:])
        raise ToolError(f"FDS stopped with an error: {last}", hint=f"Its files are in {folder}.")
    return read_devices(table, sample, exposure, corrected=corrected)


def read_devices(table: Path, sample: Sample, exposure: Exposure, *, corrected: bool = False) -> ConeReport:
    """Read the device file of a case written by ``fds_input``.

    Parameters
    ----------
    table : Path
        ``CHID_devc.csv``: a row of units, a row of names, numbers.
    sample : Sample
        The slab.
    exposure : Exposure
        The conditions.
    corrected : bool
        What the case was written with.

    Returns
    -------
    ConeReport
        Curves and what follows from them.

    Raises
    ------
    InputError
        If the file is not such a table.
    """
    with table.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.reader(handle))
    try:
        names = [name.strip().strip('"') for name in rows[1]]
        numbers = np.array([[float(cell) for cell in row] for row in rows[2:] if row])
    except (IndexError, ValueError) as error:
        raise InputError(
            f"{table.name} is not a device file of FDS.", hint="It needs units, names and rows."
        ) from error
    missing = [name for name in ("Time", "MLR 1", "front") if name not in names]
    if missing or len(numbers) < 3:
        raise InputError(f"{table.name} lacks {', '.join(missing) or 'rows'}.", hint="Was it written by polysmith?")
    column: dict[str, FloatArray] = {name: numbers[:, i] for i, name in enumerate(names)}
    return _from_columns(column, sample, exposure, corrected)


def _from_columns(column: dict[str, FloatArray], sample: Sample, exposure: Exposure, corrected: bool) -> ConeReport:
    gases = _gases(sample)
    time = np.arange(0.0, exposure.duration + 0.5 * OUT_STEP, OUT_STEP)
    record = np.zeros((len(time), 8))
    record[:, 0] = time
    step = np.diff(time, prepend=0.0)
    for number, heat in enumerate(gases, start=1):
        if f"MLR {number}" in column:
            flux = np.interp(time, column["Time"], column[f"MLR {number}"])
            gained = np.cumsum(0.5 * (flux + np.concatenate([[flux[0]], flux[:-1]])) * step)
            record[:, 1] += gained
            record[:, 2] += gained * heat * exposure.efficiency
    record[:, 3] = np.interp(time, column["Time"], column["front"]) + 273.15
    record[:, 4] = np.interp(time, column["Time"], column.get("back", column["front"])) + 273.15
    record[:, 5] = record[0, 5] - record[:, 1]
    return report_of(sample, exposure, _ignition(record, exposure), record, (), corrected)


def _ignition(record: FloatArray, exposure: Exposure) -> float:
    """First time at which a criterion of ignition is met, -1 for none."""
    middle = 0.5 * (record[1:, 0] + record[:-1, 0])
    found = []
    for curve, limit in (
        (np.diff(record[:, 2]) / OUT_STEP, exposure.critical_hrr),
        (np.diff(record[:, 1]) / OUT_STEP, exposure.critical_mass_flux),
        (record[1:, 3], exposure.ignition_temperature),
    ):
        above = np.flatnonzero(curve >= limit) if limit > 0 else np.array([], dtype=np.int64)
        if len(above):
            i = int(above[0])
            before = curve[i - 1] if i else limit
            share = (limit - before) / (curve[i] - before) if curve[i] > before else 1.0
            found.append(float(middle[i] - (1.0 - share) * OUT_STEP))
    return min(found, default=-1.0)
