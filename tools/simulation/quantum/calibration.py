"""From GFN2-xTB to density functional theory: the measured relation of the two, and how far it holds.

The relation was fitted by ``benchmarks/quantum.py``, which also measured its error on polymers left out of the fit.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from math import pi
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from tools.core.polymer import Polymer

_CARBONYL = Chem.MolFromSmarts("[#6]=[O,S]")
#: Å3 of polarisability per cm3/mol of molar refraction: 3 / (4 pi N_A) (Lorentz and Lorenz).
REFRACTION_TO_POLARISABILITY: Final = 3 / (4 * pi * 0.602214076)
#: Known bias of the polarisability, as measured by the benchmark; shown with every result that holds one.
POLARISABILITY_BIAS: Final = (
    "polarisabilities are biased by the minimal basis: a repeat unit adds 0.71 of its molar refraction (median; 0.55 "
    "to 1.28 for four fifths of 92 polymers, the high end with conjugation)"
)


@dataclass(frozen=True)
class CalibratedGap:
    """A gap on the scale of density functional theory.

    Attributes
    ----------
    value, half_width : float
        Gap, and half the width of its 90 % interval without the error of the extrapolation, eV.
    in_domain : bool
        Whether the gap lies where nineteen in twenty of the calibrated ones do.
    source, note : str
        Where the relation is from; its known error.
    """

    value: float
    half_width: float
    in_domain: bool
    source: str
    note: str


@lru_cache(maxsize=1)
def _card() -> dict[str, Any]:
    path = Path(__file__).parent / "calibration.json"
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def columns(gap: float, polymer: Polymer) -> npt.NDArray[np.float64]:
    """Return what the relation is linear in.

    Parameters
    ----------
    gap : float
        Gap of the chain by GFN2-xTB, eV.
    polymer : Polymer
        The chain.

    Returns
    -------
    numpy.ndarray, shape (3,)
        The logarithm of the gap, because empty orbitals of saturated chains lie far too high and a straight line would
        bend the scale for all others; whether the chain holds an aromatic ring; whether it holds C=O or C=S, whose
        empty orbitals GFN2-xTB puts too low.
    """
    aromatic = any(atom.GetIsAromatic() for atom in polymer.mol.GetAtoms())
    return np.array([np.log(gap), float(aromatic), float(polymer.mol.HasSubstructMatch(_CARBONYL))])


def calibrated_gap(gap: float, polymer: Polymer) -> CalibratedGap:
    """Put a gap of GFN2-xTB on the scale of density functional theory.

    Parameters
    ----------
    gap : float
        Gap of the chain, eV, above 0.
    polymer : Polymer
        The chain.

    Returns
    -------
    CalibratedGap
        With its error.
    """
    card = _card()
    value = float(columns(gap, polymer) @ np.array(card["weights"]) + card["intercept"])
    return CalibratedGap(
        value=max(value, 0.0), half_width=card["half_width_90"],
        in_domain=card["lowest"] <= gap <= card["highest"],
        source=f"calibrated on the {card['reference']}, {card['polymers']} polymers",
        note=(
            f"mean absolute error of {card['mae']:.2f} eV against density functional theory on polymers left out of "
            f"the calibration"
        ),
    )  # fmt: skip
