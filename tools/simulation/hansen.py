"""Hansen solubility parameters by the group contributions of Hoftyzer and van Krevelen, and solvents ranked by them.

delta_d = sum(F_d) / V, delta_p = sqrt(sum(F_p^2)) / V, delta_h = sqrt(sum(E_h) / V): D. W. van Krevelen, K. te
Nijenhuis, Properties of Polymers, 4th edition 2009, chapter 7. The book itself was not at hand: contributions marked
"seen" are those of at least one public program that cites it, the others are recalled. What vouches for both is the
test on measured liquids in ``tests/tools/test_hansen.py``: over 80 solvents the mean absolute errors are 0.6, 1.9 and
1.3 MPa^0.5 where the mean of all gives 1.3, 4.2 and 5.2. Groups on which sources disagree (fluorine, sulfur, bromine)
are refused. Each substituent on a benzene ring beyond the second lowers F_d as the second does (ours).

The distance R_a^2 = 4 (d_d - d_d')^2 + (d_p - d_p')^2 + (d_h - d_h')^2 (Hansen's handbook, see
``tools.chemistry.solvents``) ranks solvents; whether one dissolves a polymer depends on the polymer's radius of
interaction, which no group contribution gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from rdkit import Chem

from tools.chemistry.solvents import Solvent, solvents
from tools.core.errors import InputError, NotCoveredError
from tools.core.evidence import Value, inputs_hash
from tools.simulation.additive import evaluate, load_model
from tools.simulation.chain import ChainUnit, chain_unit

if TYPE_CHECKING:
    from tools.core.polymer import Polymer

SOURCE = "Hoftyzer-van Krevelen group contributions (van Krevelen & te Nijenhuis 2009, ch. 7), tested on 80 solvents"
#: Ids of the three parameters, in the order dispersion, polar, hydrogen bonding.
PARTS = ("delta_d", "delta_p", "delta_h")
#: 90 % quantiles of the absolute errors over the solvents, MPa^0.5; the tests compute them again.
HALF_WIDTHS = (1.3, 6.0, 3.5)


@dataclass(frozen=True)
class Group:
    """One structural group.

    Attributes
    ----------
    name : str
        How chemists write it.
    smarts : str
        Its pattern; the first atom decides to which repeat unit it belongs.
    dispersion, polar : float
        F_d and F_p, (MJ/m3)^0.5 cm3/mol.
    bonding : float
        E_h, J/mol.
    seen : bool
        Whether the numbers were seen in a public program that cites the book.
    """

    name: str
    smarts: str
    dispersion: float
    polar: float
    bonding: float
    seen: bool = True


#: Groups with hetero-atoms, in the order in which they claim atoms.
GROUPS = (
    Group("-COOH", "[CX3](=O)[OX2H1]", 530, 420, 10000),
    Group("-NO2", "[$([NX3](=O)=O),$([NX3+](=O)[O-])](~[OX1])~[OX1]", 500, 1070, 1500, seen=False),
    Group("-COO-", "[CX3;!$([CX3](O)O)](=O)[OX2H0]", 390, 490, 7000),
    Group("-CHO", "[CX3;H1;$(C[#6])]=O", 470, 800, 4500),
    Group("-CO-", "[CX3]=O", 290, 770, 2000),
    Group("-CN", "C#N", 430, 1100, 2500),
    Group("-OH", "[OX2H]", 210, 500, 20000),
    Group("-O-", "[OX2H0;!a]([#6])[#6]", 100, 400, 3000),
    Group("-NH2", "[NX3H2]", 280, 0, 8400),
    Group("-NH-", "[NX3H1]", 160, 210, 3100),
    Group(">N-", "[NX3H0;+0;!a]", 20, 800, 5000),
    Group("-Cl", "[Cl]", 450, 550, 400),
)
_SATURATED = {3: 420.0, 2: 270.0, 1: 80.0, 0: -70.0}  # F_d of CH3, CH2, CH, C by hydrogens
_UNSATURATED = {2: 400.0, 1: 200.0, 0: 70.0}  # =CH2, =CH-, =C<; =CH- recalled
_PHENYL, _PHENYLENE, _RING_POLAR = 1430.0, 1270.0, 110.0  # phenyl recalled
_SATURATED_RING = 190.0  # recalled


@dataclass(frozen=True)
class Sums:
    """Sums over the groups of a molecule or repeat unit: F_d, F_p squared and E_h."""

    dispersion: float
    polar_squared: float
    bonding: float

    def parameters(self, volume: float) -> tuple[float, float, float]:
        """Return delta_d, delta_p and delta_h in MPa^0.5 for a molar volume in cm3/mol."""
        return self.dispersion / volume, self.polar_squared**0.5 / volume, float((self.bonding / volume) ** 0.5)


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[Group, Any], ...]:
    return tuple((group, Chem.MolFromSmarts(group.smarts)) for group in GROUPS)


def group_sums(mol: Any, inside: set[int]) -> Sums:
    """Sum the contributions of some atoms of a molecule.

    Parameters
    ----------
    mol : rdkit.Chem.Mol
        Sanitised molecule or chain.
    inside : set of int
        Atoms that are counted.

    Returns
    -------
    Sums
        Over all groups whose first atom is inside.

    Raises
    ------
    NotCoveredError
        If an atom belongs to no group.
    """
    claimed: set[int] = set()
    dispersion = polar = bonding = 0.0
    for group, pattern in _patterns():
        for match in mol.GetSubstructMatches(pattern):
            atoms = match[:1] if group.name == "-O-" else match
            if claimed.isdisjoint(atoms):
                claimed.update(atoms)
                if match[0] in inside:
                    dispersion, polar = dispersion + group.dispersion, polar + group.polar**2
                    bonding += group.bonding
    dispersion, polar = _rings(mol, inside, claimed, dispersion, polar)
    for index in sorted(inside - claimed):
        dispersion += _carbon(mol.GetAtomWithIdx(index))
    return Sums(dispersion, polar, bonding)


def _rings(mol: Any, inside: set[int], claimed: set[int], dispersion: float, polar: float) -> tuple[float, float]:
    """Add benzene rings, whose atoms they claim, and the increment of saturated rings."""
    for ring in mol.GetRingInfo().AtomRings():
        atoms = [mol.GetAtomWithIdx(index) for index in ring]
        if not all(atom.GetIsAromatic() for atom in atoms):
            dispersion += _SATURATED_RING if inside.issuperset(ring) else 0.0
            continue
        if not claimed.isdisjoint(ring) or len(ring) != 6 or any(atom.GetAtomicNum() != 6 for atom in atoms):
            raise NotCoveredError("Fused or hetero-aromatic rings have no Hoftyzer-van Krevelen contribution here.")
        claimed.update(ring)
        if inside.issuperset(ring):
            lost = 5 - sum(atom.GetTotalNumHs() for atom in atoms)
            dispersion += _PHENYL - max(lost, 0) * (_PHENYL - _PHENYLENE)
            polar += _RING_POLAR**2
    return dispersion, polar


def _carbon(atom: Any) -> float:
    if atom.GetAtomicNum() != 6 or atom.GetFormalCharge():
        raise NotCoveredError(f"{atom.GetSymbol()} in this place has no Hoftyzer-van Krevelen contribution here.")
    double = any(bond.GetBondTypeAsDouble() == 2 for bond in atom.GetBonds())
    table = _UNSATURATED if double else _SATURATED
    found = table.get(atom.GetTotalNumHs())
    if found is None or any(bond.GetBondTypeAsDouble() == 3 for bond in atom.GetBonds()):
        raise NotCoveredError("Methane-like and acetylenic carbon have no Hoftyzer-van Krevelen contribution here.")
    return found


def molar_volume(unit: ChainUnit) -> float:
    """Estimate the molar volume of a repeat unit, cm3/mol at 298 K (model ``gc-volume-1``)."""
    return evaluate(load_model("gc-volume-1")[0], unit).value * unit.mass


def hansen_parameters(polymer: Polymer) -> dict[str, Value]:
    """Estimate the three Hansen parameters of a polymer.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    dict of str to Value
        ``delta_d``, ``delta_p`` and ``delta_h`` in MPa^0.5, kind "estimated", 90 % intervals from measured liquids.

    Raises
    ------
    NotCoveredError
        If a group has no contribution.
    """
    unit = chain_unit(polymer.unit)
    numbers = group_sums(unit.mol, set(unit.atoms)).parameters(molar_volume(unit))
    return {
        name: Value(
            property=name,
            value=number,
            unit="MPa**0.5",
            lower=max(number - half, 0.0),
            upper=number + half,
            coverage=0.9,
            kind="estimated",
            source=SOURCE,
            conditions={"temperature": "298 K"},
            inputs=inputs_hash(name, polymer.key, SOURCE),
            note="interval from the errors on measured liquids",
        )
        for name, number, half in zip(PARTS, numbers, HALF_WIDTHS, strict=True)
    }


def hansen_distance(first: tuple[float, float, float], second: tuple[float, float, float]) -> float:
    """Return the distance R_a between two points in Hansen space.

    Parameters
    ----------
    first, second : tuple of float
        Dispersion, polar and hydrogen-bonding parameters, MPa^0.5.

    Returns
    -------
    float
        R_a, MPa^0.5.
    """
    weighted = zip((4.0, 1.0, 1.0), first, second, strict=True)
    return float(sum(weight * (a - b) ** 2 for weight, a, b in weighted) ** 0.5)


def nearest_solvents(polymer: Polymer, count: int = 10) -> list[tuple[Solvent, float]]:
    """Rank the solvents of the table by their Hansen distance from a polymer.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    count : int
        How many at most.

    Returns
    -------
    list of tuple of Solvent and float
        Nearest first, with R_a in MPa^0.5. A rank, not a promise: the polymer's radius is unknown, crystals dissolve
        only when they melt, and nearness says nothing about reactions.

    Raises
    ------
    NotCoveredError
        If a group of the polymer has no contribution.
    InputError
        If ``count`` is not positive.
    """
    if count < 1:
        raise InputError(f"{count} solvents cannot be listed.", hint="Ask for one or more.")
    values = hansen_parameters(polymer)
    centre = (values["delta_d"].value, values["delta_p"].value, values["delta_h"].value)
    ranked = [(hansen_distance(centre, item.hansen), item) for item in solvents() if item.hansen is not None]
    ranked.sort(key=lambda pair: (pair[0], pair[1].name))
    return [(solvent, distance) for distance, solvent in ranked[:count]]
