"""Quantum chemistry of a chain from its oligomers: gap, dipole moments, polarisability, with method and known error.

Each oligomer is computed in a killable worker with limits on time and memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from rdkit import Chem

from tools.chemistry.oligomer import Cap
from tools.core import sandbox
from tools.core.errors import InputError
from tools.core.evidence import Value, inputs_hash
from tools.core.polymer import Polymer
from tools.simulation.quantum.calibration import POLARISABILITY_BIAS, CalibratedGap, calibrated_gap
from tools.simulation.quantum.chains import MAX_ATOMS, build, conjugated, series
from tools.simulation.quantum.conformer import stretched
from tools.simulation.quantum.engine import BOHR, METHOD, polarisability, tblite_version
from tools.simulation.quantum.extrapolation import Limit, gap_limit, slope_limit
from tools.simulation.quantum.geometry import FORCE, relax

SECONDS: Final = 300.0
MEMORY_MB: Final = 4096
#: What is known about the method; shown with every result.
CAVEATS: Final = (
    "gas phase, stretched chain, unmarked stereocentres at random",
    "orbital gap, neither optical nor fundamental: no exciton, no relaxation of charges, no neighbours",
    "empty orbitals of saturated chains come out too high, gaps of conjugated chains too small",
)


@dataclass(frozen=True)
class OligomerResult:
    """What was computed of one oligomer.

    Attributes
    ----------
    units, atoms : int
        Repeat units; atoms, hydrogens included.
    homo, lumo, gap : float
        eV, as GFN2-xTB gives them.
    dipole : float
        Magnitude of the dipole moment of this conformer, debye.
    polarisability : float or None
        Isotropic, Å3, as GFN2-xTB gives it; None if not asked for.
    force : float
        Largest component of the forces left, hartree/bohr.
    steps : int
        Energies and gradients computed.
    converged : bool
        Whether the geometry converged.
    force_field : str
        What the start geometry is from.
    geometry : str
        The geometry in XYZ format, Å.
    """

    units: int
    atoms: int
    homo: float
    lumo: float
    gap: float
    dipole: float
    polarisability: float | None
    force: float
    steps: int
    converged: bool
    force_field: str
    geometry: str


@dataclass(frozen=True)
class QuantumReport:
    """Quantum chemistry of a chain.

    Attributes
    ----------
    polymer : str
        Repeat unit.
    values : tuple of Value
        The chain gap on the scale of density functional theory, with a 90 % interval.
    gap : Limit
        The gap of GFN2-xTB itself, extrapolated, eV.
    polarisability_per_unit : Limit or None
        What a repeat unit adds to the polarisability along the series, Å3, as GFN2-xTB gives it (too low).
    conjugated : bool
        Whether conjugation runs along the backbone.
    oligomers : tuple of OligomerResult
        Ascending.
    method : str
        What was computed, with which version.
    caveats : tuple of str
        What to keep in mind.
    inputs : dict
        Everything that the numbers depend on.
    """

    polymer: str
    values: tuple[Value, ...]
    gap: Limit
    polarisability_per_unit: Limit | None
    conjugated: bool
    oligomers: tuple[OligomerResult, ...]
    method: str
    caveats: tuple[str, ...]
    inputs: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain data."""
        alpha = self.polarisability_per_unit
        return {
            "polymer": self.polymer,
            "values": [value.model_dump(mode="json") for value in self.values],
            "raw_gap_eV": dict(vars(self.gap)),
            "raw_polarisability_per_unit_A3": None if alpha is None else dict(vars(alpha)),
            "conjugated": self.conjugated,
            "oligomers": [dict(vars(item)) for item in self.oligomers],
            "method": self.method, "caveats": list(self.caveats), "inputs": self.inputs,
        }  # fmt: skip


def compute(smiles: str, n: int, cap: Cap, seed: int, with_polarisability: bool) -> OligomerResult:
    """Compute one oligomer; what the worker runs.

    Parameters
    ----------
    smiles : str
        Repeat unit.
    n : int
        Repeat units.
    cap : {"H", "CH3"}
        Chain ends.
    seed : int
        Of the conformer.
    with_polarisability : bool
        Also differentiate by the field, which adds about a quarter to the time.

    Returns
    -------
    OligomerResult
        Relaxed, with its electronic structure.
    """
    chain = build(Polymer.from_smiles(smiles), n, cap)
    conformer = stretched(chain, seed)
    relaxed = relax(conformer)
    found = relaxed.electronic
    symbols = Chem.GetPeriodicTable()
    rows = [
        f"{symbols.GetElementSymbol(int(z))} {x:.5f} {y:.5f} {w:.5f}"
        for z, (x, y, w) in zip(conformer.numbers, relaxed.positions * BOHR, strict=True)
    ]
    return OligomerResult(
        units=n, atoms=len(rows), homo=found.homo, lumo=found.lumo, gap=found.gap,
        dipole=float(np.linalg.norm(found.dipole)),
        polarisability=polarisability(conformer.numbers, relaxed.positions) if with_polarisability else None,
        force=relaxed.force, steps=relaxed.steps, converged=relaxed.converged, force_field=conformer.force_field,
        geometry="\n".join([str(len(rows)), f"{smiles}, {n} units", *rows, ""]),
    )  # fmt: skip


def simulate(
    polymer: Polymer,
    *,
    units: int = 4,
    cap: Cap = "H",
    seed: int = 0,
    with_polarisability: bool = True,
    seconds: float = SECONDS,
) -> QuantumReport:
    """Compute the oligomers of a chain and extrapolate them.

    Parameters
    ----------
    polymer : Polymer
        The chain: neutral, closed shell, elements up to radon.
    units : int
        Longest oligomer, 1 to 8 units; longer ones than 120 atoms are left out, which the caveats say.
    cap : {"H", "CH3"}
        Chain ends.
    seed : int
        Of the conformers; the same seed gives the same numbers.
    with_polarisability : bool
        Also compute polarisabilities.
    seconds : float
        Limit for each oligomer.

    Returns
    -------
    QuantumReport
        Values, oligomers, method and known error.

    Raises
    ------
    BackendMissing
        If tblite is not installed.
    InputError
        If units, cap or seconds make no sense.
    NotCoveredError
        If the chain is charged, open-shell, too large or cannot be built.
    LimitError
        If an oligomer takes too long; ask for fewer units then.
    """
    version = tblite_version()
    if not seconds > 0:
        raise InputError("A time limit is positive.")
    chains = series(polymer, units, cap)
    done = tuple(
        sandbox.run(
            "tools.simulation.quantum.oligomers:compute", polymer.smiles, chain.units, cap, seed, with_polarisability,
            seconds=seconds, memory_mb=MEMORY_MB,
        )
        for chain in chains
    )  # fmt: skip
    inputs = {
        "polymer": polymer.key, "units": [item.units for item in done], "cap": cap, "seed": seed,
        "force_limit": FORCE, "polarisability": with_polarisability, "tblite": version,
    }  # fmt: skip
    along = conjugated(polymer)
    counts = [item.units for item in done]
    gap = gap_limit(counts, [item.gap for item in done], along=along)
    start = f"ETKDG and {done[0].force_field} start"
    method = f"{METHOD} (tblite {version}) of {_words(counts)} with {cap} ends, {METHOD} geometry from an {start}"
    return QuantumReport(
        polymer=polymer.smiles, values=(_value(polymer, gap, method, inputs),), gap=gap,
        polarisability_per_unit=_polarisability(counts, done), conjugated=along, oligomers=done, method=method,
        caveats=_caveats(done, units, gap), inputs=inputs,
    )  # fmt: skip


def _words(counts: list[int]) -> str:
    return "one unit" if len(counts) == 1 else f"{counts[0]} to {counts[-1]} units"


def _value(polymer: Polymer, gap: Limit, method: str, inputs: dict[str, Any]) -> Value:
    found = calibrated_gap(gap.value, polymer)
    lower, upper = (_bound(polymer, gap, found, sign) for sign in (-1.0, 1.0))
    return Value(
        property="band_gap", value=found.value, unit="eV", lower=lower, upper=upper, coverage=0.9, kind="simulated",
        source=f"{method}; {found.source}",
        in_domain=found.in_domain, conditions={"state": "stretched chain, gas phase"}, inputs=inputs_hash(inputs),
        note=found.note,
    )  # fmt: skip


def _bound(polymer: Polymer, gap: Limit, found: CalibratedGap, sign: float) -> float:
    """Add the errors of calibration and extrapolation; a gap that may be nothing has no lower bound but 0."""
    moved = gap.value + sign * (gap.error or 0.0)
    if moved <= 0.0:
        return 0.0
    shift = calibrated_gap(moved, polymer).value - found.value
    return max(found.value + sign * float(np.hypot(found.half_width, shift)), 0.0)


def _polarisability(counts: list[int], done: tuple[OligomerResult, ...]) -> Limit | None:
    numbers = [item.polarisability for item in done if item.polarisability is not None]
    return slope_limit(counts, numbers) if len(numbers) == len(done) else None


def _caveats(done: tuple[OligomerResult, ...], units: int, gap: Limit) -> tuple[str, ...]:
    found = list(CAVEATS)
    if len(done) < units:
        found.append(f"oligomers beyond {done[-1].units} units have more than {MAX_ATOMS} atoms and are left out")
    if gap.error is None:
        found.append("a single oligomer: nothing is extrapolated and its error is unknown")
    loose = [str(item.units) for item in done if not item.converged]
    if loose:
        worst = max(item.force for item in done)
        found.append(f"geometries of {', '.join(loose)} units did not reach {FORCE:g} hartree/bohr (left: {worst:.1e})")
    if any(item.polarisability is not None for item in done):
        found.append(POLARISABILITY_BIAS)
    return tuple(found)
