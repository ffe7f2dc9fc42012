"""Ring strain and ceiling temperature.

``RING_ENTHALPY`` holds mean experimental enthalpies of ring-opening polymerisation by ring size, from 91 values of the
collection "ROP_enthalpy" in polyVERSE (github.com/Ramprasad-Group/polyVERSE). Used as a predictor and left one out, the
ring-size mean has a mean absolute error of 10.1 kJ/mol, no worse than a model on fingerprints at this number of values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.errors import InputError

# ring size: mean enthalpy in kJ/mol, number of values
RING_ENTHALPY = {3: (-91.0, 4), 4: (-54.0, 9), 5: (-17.0, 46), 6: (-13.0, 42), 7: (-19.0, 5), 8: (-27.0, 2)}
MEAN_ABSOLUTE_ERROR = 10.1  # kJ/mol
GAS_CONSTANT = 8.314462618  # J/(mol K), CODATA 2018


@dataclass(frozen=True)
class StrainEstimate:
    """Estimated enthalpy of a ring-opening polymerisation.

    Attributes
    ----------
    ring_size : int
        Atoms of the smallest ring that opens.
    enthalpy : float
        kJ/mol; negative favours the polymer.
    error : float
        Mean absolute error of the estimate, kJ/mol.
    values : int
        Measured values behind it.
    """

    ring_size: int
    enthalpy: float
    error: float
    values: int

    @property
    def text(self) -> str:
        """The estimate in one sentence."""
        return (
            f"Ring of {self.ring_size}: enthalpy of polymerisation about {self.enthalpy:.0f} ± {self.error:.0f} kJ/mol "
            f"(mean of {self.values} measured rings of this size)."
        )


@lru_cache(maxsize=8192)
def ring_opening_enthalpy(monomer: str) -> StrainEstimate | None:
    """Estimate the enthalpy of ring-opening polymerisation from ring size.

    Parameters
    ----------
    monomer : str
        SMILES of the ring.

    Returns
    -------
    StrainEstimate or None
        For the smallest non-aromatic ring; None without a ring of 3 to 8 atoms.
    """
    mol = Chem.MolFromSmiles(monomer)
    sizes = [
        len(ring)
        for ring in mol.GetRingInfo().AtomRings()
        if not all(mol.GetAtomWithIdx(i).GetIsAromatic() for i in ring)
    ]
    size = min((size for size in sizes if size in RING_ENTHALPY), default=None)
    if size is None:
        return None
    enthalpy, count = RING_ENTHALPY[size]
    return StrainEstimate(size, enthalpy, MEAN_ABSOLUTE_ERROR, count)


def ceiling_temperature(enthalpy: float, entropy: float, concentration: float = 1.0) -> float:
    """Return the temperature above which the monomer is favoured.

    Parameters
    ----------
    enthalpy : float
        Enthalpy of polymerisation, kJ/mol, negative.
    entropy : float
        Standard entropy of polymerisation at 1 mol/L, J/(mol K), negative.
    concentration : float
        Monomer concentration, mol/L.

    Returns
    -------
    float
        Tc = dH / (dS + R ln[M]), K (F. S. Dainton and K. J. Ivin, 1948).

    Raises
    ------
    InputError
        If the signs allow no ceiling temperature.
    """
    if concentration <= 0:
        raise InputError("The monomer concentration must be positive.", hint="Give mol/L.")
    slope = entropy + GAS_CONSTANT * math.log(concentration)
    if enthalpy >= 0 or slope >= 0:
        raise InputError(
            "A ceiling temperature needs a negative enthalpy and a negative entropy of polymerisation.",
            hint="With other signs the polymer is favoured always, never, or above a floor temperature.",
        )
    return 1000.0 * enthalpy / slope
