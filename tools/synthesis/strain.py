"""Enthalpy of ring opening by ring size and class.

The tables hold means of 109 measured enthalpies of ring-opening polymerisation, the rows marked "expt" of
``Other/ROP_enthalpy`` in polyVERSE (github.com/Ramprasad-Group/polyVERSE), sorted by the ring that opens. An estimate
is the mean of the class, pulled towards the mean of all rings of the size as if that were one more value. Left one out,
its mean absolute error is 6.3 kJ/mol; the mean of the ring size alone has 7.6 (``benchmarks/ring_strain.py``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.errors import InputError
from tools.synthesis.query import compile_query, elements_in

#: Rings of nine atoms and more are taken together.
LARGE = 9

# ring size: mean (kJ/mol), number of values, root mean square error of the estimate left one out (kJ/mol)
_SIZES = {
    3: (-91.3, 4, 30.0),
    4: (-76.1, 6, 34.2),
    5: (-17.5, 39, 6.4),
    6: (-13.0, 39, 6.6),
    7: (-20.4, 6, 5.6),
    8: (-14.4, 12, 7.0),
    LARGE: (-3.9, 3, 3.9),
}

# class, ring size, fused or bridged: mean (kJ/mol), standard deviation (kJ/mol; 0 for one value), number of values
_CLASSES: dict[tuple[str, int, bool], tuple[float, float, int]] = {
    ("cyclic acetal", 5, False): (-20.0, 0.0, 1),
    ("cyclic carbonate", 5, True): (-23.0, 0.0, 1),
    ("cyclic carbonate", 6, False): (-18.0, 7.2, 6),
    ("cyclic diester", 6, False): (-23.9, 0.0, 1),
    ("cyclic disulfide", 5, False): (-16.8, 1.6, 2),
    ("cyclic ether", 3, False): (-94.0, 0.0, 1),
    ("cyclic ether", 5, False): (-23.3, 1.0, 2),
    ("cyclic sulfide", 7, False): (-18.1, 0.0, 1),
    ("cyclic sulfide", 8, True): (-17.9, 0.0, 1),
    ("cyclic urethane", 6, False): (-18.0, 0.0, 1),
    ("cycloalkane", 3, False): (-90.4, 29.3, 3),
    ("cycloalkane", 4, False): (-95.4, 9.8, 3),
    ("cycloalkane", 5, False): (-11.1, 11.1, 3),
    ("cycloalkane", 6, False): (12.7, 9.4, 3),
    ("cycloalkane", 7, False): (-21.8, 0.0, 1),
    ("cycloalkane", 8, False): (-34.7, 0.0, 1),
    ("cycloalkene", 5, False): (-17.4, 4.6, 17),
    ("cycloalkene", 6, True): (-19.8, 0.0, 1),
    ("cycloalkene", 8, True): (-11.2, 2.1, 9),
    ("lactam", 4, False): (-79.8, 0.0, 1),
    ("lactam", 5, True): (-19.2, 8.0, 3),
    ("lactone", 4, False): (-81.0, 0.0, 1),
    ("lactone", 5, False): (-5.7, 0.4, 2),
    ("lactone", 5, True): (-23.5, 7.6, 4),
    ("lactone", 6, False): (-15.8, 3.7, 20),
    ("lactone", 7, False): (-18.3, 5.3, 3),
    ("lactone", 7, True): (-27.3, 0.0, 1),
    ("lactone", 8, False): (-19.2, 0.0, 1),
    ("lactone", LARGE, False): (-8.0, 0.0, 1),
    ("lactone", LARGE, True): (-1.9, 1.1, 2),
    ("cyclic sulfonate or phosphate", 5, False): (-18.5, 6.4, 2),
    ("cyclosiloxane", 6, False): (-4.5, 0.0, 1),
    ("thiolactone", 4, False): (-9.4, 0.0, 1),
    ("thiolactone", 5, True): (-14.8, 1.1, 2),
    ("thiolactone", 6, False): (-9.0, 5.6, 6),
}
_ENOUGH = 4  # values of a class from which its own spread is the error

# the first class that fits is taken: a lactide is no lactone, a lactone with a double bond elsewhere still is one
_QUERIES = {
    "cyclosiloxane": "[Si;R]-@[O;R]-@[Si;R]",
    "cyclic anhydride": "[CX3;R](=O)-@[OX2;R]-@[CX3;R]=O",
    "cyclic diester": "[CX3;R](=O)-@[OX2;R]-@[CX4;R]-@[CX3;R](=O)-@[OX2;R]",
    "cyclic carbonate": "[OX2;R]-@[CX3;R](=[O,S])-@[OX2,SX2;R]",
    "cyclic urethane": "[NX3;R]-@[CX3;R](=[O,S])-@[OX2,SX2,NX3;R]",
    "lactam": "[NX3;R]-@[CX3;R]=O",
    "thiolactone": "[SX2;R]-@[CX3;R]=O",
    "lactone": "[OX2;R]-@[CX3;R]=[O,S]",
    "cyclic disulfide": "[SX2;R]-@[SX2;R]",
    "cyclic sulfonate or phosphate": "[PX3,PX4,SX3,SX4;R]-@[O,C,N;R]",
    "cyclic acetal": "[OX2;R]-@[CX4;R]-@[OX2;R]",
    "cyclic sulfide": "[CX4;R]-@[SX2;R]",
    "cyclic amine": "[CX4;R]-@[NX3;R]",
    "cyclic ether": "[CX4;R]-@[OX2;R]",
    "cycloalkene": "[CX3;R]=@[CX3;R]",
    "cycloalkane": "[CX4;R]-@[CX4;R]",
}


@dataclass(frozen=True)
class StrainEstimate:
    """Estimated enthalpy of a ring-opening polymerisation.

    Attributes
    ----------
    ring_size : int
        Atoms of the ring that opens.
    ring_class : str
        Such as ``"lactone"``.
    fused : bool
        True if the ring shares a bond with another one.
    enthalpy : float
        kJ/mol; negative favours the polymer.
    error : float
        Standard error of the estimate, kJ/mol.
    values : int
        Measured values of the class.
    values_of_size : int
        Measured values of the ring size.
    """

    ring_size: int
    ring_class: str
    fused: bool
    enthalpy: float
    error: float
    values: int
    values_of_size: int

    @property
    def what(self) -> str:
        """The ring in words."""
        return f"{'fused ' if self.fused else ''}{self.ring_class} of {self.ring_size} atoms"

    @property
    def text(self) -> str:
        """The estimate in one sentence."""
        return (
            f"{self.what[0].upper()}{self.what[1:]}: enthalpy of polymerisation about {self.enthalpy:.0f} ± "
            f"{self.error:.0f} kJ/mol (measured rings: {self.values} of the class, {self.values_of_size} of the size)."
        )


@lru_cache(maxsize=8192)
def ring_opening_enthalpy(monomer: str, ring_class: str = "") -> StrainEstimate | None:
    """Estimate the enthalpy of ring-opening polymerisation from the size and class of the ring.

    Parameters
    ----------
    monomer : str
        SMILES of the ring.
    ring_class : str
        Class of the ring that opens, such as ``"cycloalkene"`` for metathesis; the most reactive one when left out.

    Returns
    -------
    StrainEstimate or None
        None without a ring that is not aromatic, and for bridged cycloalkenes and carbon cages, whose strain the ring
        size does not tell.

    Raises
    ------
    InputError
        If the class is not known or the monomer cannot be read.
    """
    if ring_class and ring_class not in _QUERIES:
        raise InputError(f"{ring_class!r} is no class of rings.", hint=f"Classes: {', '.join(_QUERIES)}.")
    mol = Chem.MolFromSmiles(monomer)
    if mol is None:
        raise InputError(f"{monomer[:60]!r} is no molecule.", hint="Give the monomer as SMILES.")
    found = _ring(mol, ring_class)
    if found is None:
        return None
    name, ring, fused, bridged = found
    if bridged and name in ("cycloalkene", "cycloalkane"):
        return None
    size = min(len(ring), LARGE)
    mean, count, spread = _SIZES[size]
    own, deviation, values = _CLASSES.get((name, size, fused), (mean, 0.0, 0))
    enthalpy = mean + values / (values + 1) * (own - mean)
    error = deviation * math.sqrt(1 + 1 / values) if values >= _ENOUGH else spread
    return StrainEstimate(len(ring), name, fused, round(enthalpy, 1), round(error, 1), values, count)


def _ring(mol: Chem.Mol, wanted: str) -> tuple[str, frozenset[int], bool, bool] | None:
    """Find the class, the atoms, and whether other rings share a bond or a bridge."""
    rings = [frozenset(ring) for ring in mol.GetRingInfo().AtomRings()]
    opening = [ring for ring in rings if not all(mol.GetAtomWithIdx(i).GetIsAromatic() for i in ring)]
    elements = elements_in(mol)
    for name, smarts in _QUERIES.items():
        if wanted and name != wanted:
            continue
        cores = [
            {i for i in hit if mol.GetAtomWithIdx(i).GetDegree() > 1}
            for hit in compile_query(smarts).matches(mol, elements)
        ]
        holding = [ring for ring in opening if any(core <= ring for core in cores)]
        if holding:
            ring = min(holding, key=lambda atoms: (len(atoms), sorted(atoms)))
            shared = [len(ring & other) for other in rings if other != ring]
            return name, ring, any(count >= 2 for count in shared), any(count >= 3 for count in shared)
    return None
