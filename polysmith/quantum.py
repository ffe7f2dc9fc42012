"""Quantum chemistry for what a user typed: a repeat unit or a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tools.simulation.quantum.oligomers import QuantumReport


def simulate_qc(
    polymer: str,
    *,
    units: int = 4,
    cap: Literal["H", "CH3"] = "H",
    seed: int = 0,
    polarisability: bool = True,
    seconds: float = 300.0,
) -> QuantumReport:
    """Compute the gap of a chain, dipole moments and polarisabilities from its oligomers with GFN2-xTB.

    Parameters
    ----------
    polymer : str
        Repeat unit with two ``*``, or name.
    units : int
        Longest oligomer, 1 to 8 units; longer ones than 120 atoms are left out.
    cap : {"H", "CH3"}
        Chain ends.
    seed : int
        Of the conformers.
    polarisability : bool
        Also compute polarisabilities.
    seconds : float
        Limit for each oligomer.

    Returns
    -------
    QuantumReport
        Values, oligomers, inputs, method and known error.

    Raises
    ------
    InputError
        If the polymer cannot be read, or units, cap or seconds make no sense.
    NotCoveredError
        If the chain is charged, open-shell, too large or cannot be built.
    LimitError
        If an oligomer takes too long.
    BackendMissing
        If tblite is not installed.
    """
    from polysmith.predicting import read_polymers
    from tools.simulation.quantum.oligomers import simulate

    found = read_polymers([polymer])[0]
    if isinstance(found, Exception):
        raise found
    return simulate(found, units=units, cap=cap, seed=seed, with_polarisability=polarisability, seconds=seconds)
