"""Equilibrium between monomer and polymer: ceiling temperatures with their errors.

The ceiling temperature is Tc = dH / (dS + R ln[M]) (F. S. Dainton and K. J. Ivin, 1948). Enthalpies of ring opening
come from ``tools.synthesis.strain``. Entropies are scarce: those used are listed here with their sources, each read in
an abstract or excerpt. Entropies for the pure liquid are brought to 1 mol/L with R ln 10. Where no value of a ring size
was found, that of a neighbouring size is assumed with an error wide enough to say so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rdkit import Chem

from tools.core.constants import GAS_CONSTANT
from tools.core.errors import InputError
from tools.synthesis.query import compile_query, elements_in
from tools.synthesis.route import Route
from tools.synthesis.strain import LARGE, ring_opening_enthalpy

BULK = 10.0  # mol/L, a liquid of 100 g/mol and 1 kg/L
ROOM_TEMPERATURE = 298.15  # K
_LIQUID = GAS_CONSTANT * math.log(BULK)
_COVERAGE = 0.9
_GRID = 101
_HOTTEST = 1000.0  # K

_ENTHALPIES = "109 measured enthalpies of polyVERSE (Other/ROP_enthalpy)"
_OFSTEAD = "E. A. Ofstead, N. Calderon, Makromol. Chem. 1972, 154, 21: cyclopentene -4.4 kcal/mol, -14.9 cal/(mol K)"
_RUTHENIUM = "Ruthenium-catalyzed equilibrium ROMP of cyclopentene: -5.6 kcal/mol, -18.5 cal/(mol K)"
_WITZKE = "D. R. Witzke et al., Macromolecules 1997, 30, 7075: L-lactide in bulk -23.3 kJ/mol, -22.0 J/(mol K)"
_RANGEL = (
    "I. Rangel et al., Macromol. Chem. Phys. 1994, 195: in nitrobenzene L-lactide -25, e-caprolactone -35 J/(mol K)"
)
_NISHIDA = "Macromolecules 2000, 33, 6982: 1,4-dioxan-2-one in bulk -14.1 kJ/mol, -26.1 J/(mol K)"
_MVL = "4-methyl-d-valerolactone -13.8 kJ/mol, -46 J/(mol K) (as reported by benchchem.com/product/b75639)"
_DUDA = "A. Duda, A. Kowalski, Handbook of Ring-Opening Polymerization, 2009: pentadecanolactone, liquid, +23 J/(mol K)"
_ASSUMED = "entropy assumed, no measured value was found"

# ring size: entropy at 1 mol/L in J/(mol K), its standard error, what stands behind it
_ENTROPIES: dict[int, tuple[float, float, tuple[str, ...]]] = {
    3: (-70.0, 25.0, (_ASSUMED,)),
    4: (-70.0, 25.0, (_ASSUMED,)),
    5: (-69.9, 13.0, (_OFSTEAD, _RUTHENIUM)),
    6: (-39.3, 12.0, (_WITZKE, _NISHIDA, _MVL, _RANGEL)),
    7: (-35.0, 15.0, (_RANGEL,)),
    8: (-35.0, 25.0, (_ASSUMED,)),
    LARGE: (4.0, 25.0, (_DUDA,)),
}

# monomers without stereo marks: enthalpy (kJ/mol) and entropy at 1 mol/L (J/(mol K)) with errors, sources
_MEASURED: dict[str, tuple[float, float, float, float, tuple[str, ...]]] = {
    "C1=CCCC1": (-20.9, 3.0, -69.9, 10.0, (_OFSTEAD, _RUTHENIUM)),
    "CC1OC(=O)C(C)OC1=O": (-23.3, 1.5, -22.0 - _LIQUID, 5.0, (_WITZKE,)),
    "O=C1COCCO1": (-14.1, 1.5, -26.1 - _LIQUID, 5.0, (_NISHIDA,)),
    "CC1CCOC(=O)C1": (-13.8, 1.5, -46.0, 5.0, (_MVL,)),
    "O=C1CCCCCO1": (-15.4, 2.0, -35.0, 8.0, (_RANGEL,)),
}

_METHACRYLATES = (
    "R. A. Hutchinson et al., Ind. Eng. Chem. Res. 1998, 37, 3567: -53.8 kJ/mol, -113 J/(mol K) for all methacrylates"
)
_ALPHA_METHYL = (
    "Materiale Plastice (revmaterialeplastice.ro/articles/10633): a-methylstyrene -35.1 kJ/mol, -104 J/(mol K)"
)
_STYRENE = (
    "Heats of combustion and solution of liquid styrene and solid polystyrene (1947): -73.4 kJ/mol; "
    "Thermodynamic properties of polystyrene and styrene: -26.69 cal/(mol K)"
)
# class: query, enthalpy and error (kJ/mol), entropy at 1 mol/L and error (J/(mol K)), source
_VINYLS: dict[str, tuple[str, float, float, float, float, str]] = {
    "methacrylic monomer": ("[CH2;!R]=!@[CX3;$(C[CX4])]C(=O)[O,N]", -53.8, 4.0, -113.0, 8.0, _METHACRYLATES),
    "α-alkylstyrene": ("[CH2;!R]=!@[CX3;$(C[CX4])]c", -35.1, 4.0, -104.0 - _LIQUID, 10.0, _ALPHA_METHYL),
    "styrene": ("[CH2;!R]=!@[CH1]c", -73.4, 5.0, -111.7 - _LIQUID, 10.0, _STYRENE),
}

# ring openings that are no equilibrium of one bond type: something leaves, or the bonds are others afterwards
_NO_EQUILIBRIUM = frozenset(
    ("nca", "oxazoline", "oxazine", "ethylenimine_linear", "vinylcyclopropane", "paracyclophane", "aziridine",
     "n_acyl_aziridine", "silacyclobutane", "disilacyclobutane", "cyclophosphazene", "cyclosilazane",
     "cyclotrisiloxane", "cyclotetrasiloxane")
)  # fmt: skip
_SILOXANES = "Cyclosiloxanes of eight atoms polymerise because the entropy rises; rings and chains stay in equilibrium."
_REMARKS = {
    "cyclotetrasiloxane": _SILOXANES,  # Thermodynamics of polydimethylsiloxane in the range 0-350 K (abstract)
    "aldehyde_chain": "Polyaldehydes unzip to their monomers; their ceiling temperatures are low.",
}


@dataclass(frozen=True)
class Ceiling:
    """A ceiling temperature with its interval.

    Attributes
    ----------
    temperature : float or None
        K; None if the central values give no ceiling (the polymer is favoured at any temperature) and 0 if they
        favour the monomer at any.
    lower, upper : float or None
        Ends of the interval, K; None means no ceiling, 0 means that the monomer is favoured at any temperature.
    coverage : float
        Nominal coverage of the interval.
    concentration : float
        Monomer concentration, mol/L.
    chance_at_room_temperature : float
        Chance that the polymer is favoured at 25 °C, 0 to 1.
    """

    temperature: float | None
    lower: float | None
    upper: float | None
    coverage: float
    concentration: float
    chance_at_room_temperature: float

    @property
    def text(self) -> str:
        """The ceiling temperature in words."""
        where = "in bulk" if self.concentration == BULK else f"at {self.concentration:g} mol/L"
        if self.temperature is None and self.lower is None:
            return f"no ceiling temperature {where}"
        if self.temperature == 0 and self.upper == 0:
            return f"the monomer is favoured at any temperature {where}"
        ends = f"{_shown(self.lower)} to {_shown(self.upper)}"
        return f"ceiling temperature {where}: {_shown(self.temperature)} ({self.coverage:.0%} interval {ends})"


@dataclass(frozen=True)
class Equilibrium:
    """Enthalpy and entropy of a polymerisation, with standard errors.

    Attributes
    ----------
    what : str
        The monomer's kind, such as ``"lactone of 6 atoms"``.
    enthalpy, enthalpy_error : float
        kJ/mol.
    entropy, entropy_error : float
        At 1 mol/L, J/(mol K).
    measured : bool
        True if both were measured for this monomer, or for its whole class.
    sources : tuple of str
        What stands behind them.
    """

    what: str
    enthalpy: float
    enthalpy_error: float
    entropy: float
    entropy_error: float
    measured: bool
    sources: tuple[str, ...]

    def ceiling(self, concentration: float = BULK) -> Ceiling:
        """Return the ceiling temperature with the errors of enthalpy and entropy propagated.

        Parameters
        ----------
        concentration : float
            Monomer concentration, mol/L.

        Returns
        -------
        Ceiling
            Quantiles over a grid of normal quantiles of both: the same numbers on every call.

        Raises
        ------
        InputError
            If the concentration is not positive.
        """
        if not concentration > 0:
            raise InputError("The monomer concentration must be positive.", hint="Give mol/L.")
        shift = GAS_CONSTANT * math.log(concentration)
        normal = _normal_quantiles()
        heats = (self.enthalpy + self.enthalpy_error * normal)[:, None]
        slopes = (self.entropy + shift + self.entropy_error * normal)[None, :]
        values = np.sort(_ceilings(heats, slopes).ravel())
        edge = (1 - _COVERAGE) / 2
        lower, upper = (_finite(values[round(q * (len(values) - 1))]) for q in (edge, 1 - edge))
        centre = _finite(_ceilings(np.array([[self.enthalpy]]), np.array([[self.entropy + shift]]))[0, 0])
        favoured = heats - ROOM_TEMPERATURE * slopes / 1000 < 0
        return Ceiling(centre, lower, upper, _COVERAGE, concentration, round(float(favoured.mean()), 3))

    @property
    def text(self) -> str:
        """The estimate in one sentence."""
        kind = "measured" if self.measured else "estimated"
        return (
            f"{self.what[0].upper()}{self.what[1:]} ({kind}): enthalpy {self.enthalpy:.0f} ± "
            f"{self.enthalpy_error:.0f} kJ/mol, entropy at 1 mol/L {self.entropy:.0f} ± {self.entropy_error:.0f} "
            f"J/(mol K); {self.ceiling().text}."
        )


@lru_cache(maxsize=1)
def _normal_quantiles() -> NDArray[np.float64]:
    from scipy.special import ndtri

    found: NDArray[np.float64] = ndtri((np.arange(_GRID) + 0.5) / _GRID)
    return found


def _ceilings(heats: NDArray[np.float64], slopes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return dH/dS in K; infinite where the polymer is favoured at any temperature, 0 where the monomer is.

    With both positive the polymer is favoured above a floor temperature and there is no ceiling.
    """
    safe = np.where(slopes < 0, slopes, -1.0)
    return np.where(slopes >= 0, np.inf, np.where(heats >= 0, 0.0, 1000.0 * heats / safe))


def _shown(kelvin: float | None) -> str:
    """Above 1,000 K a number says nothing more: the chain decomposes first."""
    if kelvin is None or kelvin > _HOTTEST:
        return f"above {_HOTTEST:.0f} K"
    return f"{kelvin:.0f} K"


def _finite(value: float) -> float | None:
    return None if math.isinf(value) else round(float(value), 1)


@lru_cache(maxsize=8192)
def ring_equilibrium(monomer: str, ring_class: str = "") -> Equilibrium | None:
    """Estimate the equilibrium of a ring opening.

    Parameters
    ----------
    monomer : str
        SMILES of the ring.
    ring_class : str
        As for ``tools.synthesis.strain.ring_opening_enthalpy``.

    Returns
    -------
    Equilibrium or None
        None where there is no estimate of the enthalpy, and for cyclosiloxanes, whose entropy rises.
    """
    strain = ring_opening_enthalpy(monomer, ring_class)
    if strain is None or strain.ring_class == "cyclosiloxane":
        return None
    plain = Chem.MolFromSmiles(monomer)
    Chem.RemoveStereochemistry(plain)
    known = _MEASURED.get(Chem.MolToSmiles(plain))
    if known is not None:
        heat, heat_error, entropy, entropy_error, sources = known
        return Equilibrium(strain.what, heat, heat_error, round(entropy, 1), entropy_error, True, sources)
    entropy, entropy_error, sources = _ENTROPIES[min(strain.ring_size, LARGE)]
    return Equilibrium(
        strain.what, strain.enthalpy, strain.error, entropy, entropy_error, False, (_ENTHALPIES, *sources)
    )


@lru_cache(maxsize=8192)
def vinyl_equilibrium(monomer: str) -> Equilibrium | None:
    """Estimate the equilibrium of the polymerisation of a carbon-carbon double bond.

    Parameters
    ----------
    monomer : str
        SMILES of the monomer.

    Returns
    -------
    Equilibrium or None
        For methacrylic monomers, α-alkylstyrenes and styrenes; None where no measured pair was found for the class.
    """
    mol = Chem.MolFromSmiles(monomer)
    elements = elements_in(mol)
    for name, (smarts, heat, heat_error, entropy, entropy_error, source) in _VINYLS.items():
        if compile_query(smarts).matches(mol, elements):
            return Equilibrium(name, heat, heat_error, round(entropy, 1), entropy_error, True, (source,))
    return None


def equilibrium_of(route: Route) -> Equilibrium | None:
    """Estimate the equilibrium of a route.

    Parameters
    ----------
    route : Route
        The route.

    Returns
    -------
    Equilibrium or None
        None for step growth, for copolymers, and where nothing is tabulated.
    """
    if len(route.monomers) != 1 or "chain_growth" not in route.polymerisations or route.rule in _NO_EQUILIBRIUM:
        return None
    monomer = route.monomers[0].smiles
    if "ring_opening" in route.polymerisations:
        return ring_equilibrium(monomer, "cycloalkene" if "romp" in route.polymerisations else "")
    return vinyl_equilibrium(monomer) if route.rule.startswith("vinyl_") else None


def remark_on(route: Route) -> str:
    """Say what is known of the equilibrium of a route in words where there are no numbers; empty if nothing is.

    Parameters
    ----------
    route : Route
        The route.
    """
    return _REMARKS.get(route.rule, "")


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
    if not concentration > 0:
        raise InputError("The monomer concentration must be positive.", hint="Give mol/L.")
    slope = entropy + GAS_CONSTANT * math.log(concentration)
    if enthalpy >= 0 or slope >= 0:
        raise InputError(
            "A ceiling temperature needs a negative enthalpy and a negative entropy of polymerisation.",
            hint="With other signs the polymer is favoured always, never, or above a floor temperature.",
        )
    return 1000.0 * enthalpy / slope
