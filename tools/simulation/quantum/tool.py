"""The tool that an agent calls for quantum chemistry."""

from __future__ import annotations

from typing import Any

from tools.naming.resolve import resolve


def simulate_gap(polymer: str, units: int = 3) -> dict[str, Any]:
    """Compute the band gap of a chain by quantum chemistry (GFN2-xTB) of its oligomers; 5 to 120 s of processor time.

    It is less accurate than the learnt model for the chemistry that the model knows, so it serves as a second opinion.

    Parameters
    ----------
    polymer : str
        Name, or repeat unit as SMILES with two ``*``; neutral, closed shell.
    units : int
        Longest oligomer, 1 to 8 units; those beyond 120 atoms are left out.

    Returns
    -------
    dict
        Simulated gap with a 90 % interval, the oligomers behind it, method, known error and caveats.
    """
    from tools.simulation.quantum.oligomers import simulate

    found = simulate(resolve(polymer), units=units, with_polarisability=False).as_dict()
    for item in found["oligomers"]:
        del item["geometry"]
    return found
