"""OpenMM systems of many copies of one chain with MMFF94."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from rdkit import Chem

from tools.simulation.dynamics.mmff import BUFFER, COULOMB, CUBIC_BEND, ONE_FOUR, Terms, mmff_terms

CUTOFF: Final = 0.9  # nm
_POWER = "(1.07*R/(r+0.07*R))^7*(1.12*R^7/(r^7+0.12*R^7)-2)"
_BOND = "k*d^2*(1-20*d+700/3*d^2)/2; d=r-r0"  # cubic and quartic constants of -2 and 7/3 per angstrom
_ANGLE = f"k*d^2*(1+({CUBIC_BEND})*d)/2; d=theta-t0"
_COUPLING = "(kij*(distance(p1,p2)-rij)+kkj*(distance(p3,p2)-rkj))*(angle(p1,p2,p3)-t0)"
_PLANE = (
    "k/2*asin(max(-1,min(1,s)))^2; s=(nx*dx+ny*dy+nz*dz)/sqrt((nx^2+ny^2+nz^2)*(dx^2+dy^2+dz^2));"
    "nx=ay*cz-az*cy; ny=az*cx-ax*cz; nz=ax*cy-ay*cx;"
    "ax=x1-x2; ay=y1-y2; az=z1-z2; cx=x3-x2; cy=y3-y2; cz=z3-z2; dx=x4-x2; dy=y4-y2; dz=z4-z2"
)


def mmff_system(chain: Chem.Mol, copies: int, box: float | None) -> Any:
    """Build the system of copies of a chain.

    In a box, van der Waals forces are cut at 0.9 nm with the usual correction of energy and pressure for what is
    beyond, and charges interact through a reaction field of infinite permittivity of the buffered distance, which
    brings energy and force to zero at the same distance. Without a box the energy is MMFF94's own.

    Parameters
    ----------
    chain : rdkit.Chem.Mol
        One chain with all hydrogens.
    copies : int
        How many of it.
    box : float or None
        Edge of the cubic cell, nm; None for a vacuum.

    Returns
    -------
    openmm.System
        Without constraints; masses as they are.
    """
    import openmm

    terms = mmff_terms(chain)
    system = openmm.System()
    for _ in range(copies):
        for mass in terms.masses:
            system.addParticle(float(mass))
    if box is not None:
        system.setDefaultPeriodicBoxVectors((box, 0, 0), (0, box, 0), (0, 0, box))
    offsets = [copy * len(terms.masses) for copy in range(copies)]
    for force in _bonded(terms, offsets):
        system.addForce(force)
    for force in _nonbonded(chain, terms, offsets, box):
        system.addForce(force)
    return system


def _bonded(terms: Terms, offsets: list[int]) -> list[Any]:
    made = [
        _stretches(terms, offsets),
        _bends(terms, offsets),
        _linear(terms, offsets),
        _compound(3, _COUPLING, ("rij", "rkj", "t0", "kij", "kkj"), terms.couplings, offsets),
        _compound(4, _PLANE, ("k",), terms.planes, offsets),
        _torsions(terms, offsets),
    ]
    return [force for force in made if force is not None]


def _stretches(terms: Terms, offsets: list[int]) -> Any:
    import openmm

    force = openmm.CustomBondForce(_BOND)
    force.addPerBondParameter("r0")
    force.addPerBondParameter("k")
    for o in offsets:
        for i, j, *given in terms.bonds:
            force.addBond(i + o, j + o, given)
    return force


def _bends(terms: Terms, offsets: list[int]) -> Any:
    import openmm

    force = openmm.CustomAngleForce(_ANGLE)
    force.addPerAngleParameter("t0")
    force.addPerAngleParameter("k")
    for o in offsets:
        for i, j, k, *given in terms.angles:
            force.addAngle(i + o, j + o, k + o, given)
    return force


def _linear(terms: Terms, offsets: list[int]) -> Any:
    import openmm

    if not terms.linear:
        return None
    force = openmm.CustomAngleForce("k*(1+cos(theta))")
    force.addPerAngleParameter("k")
    for o in offsets:
        for i, j, k, stiffness in terms.linear:
            force.addAngle(i + o, j + o, k + o, [stiffness])
    return force


def _compound(size: int, energy: str, names: tuple[str, ...], rows: Sequence[Any], offsets: list[int]) -> Any:
    import openmm

    if not rows:
        return None
    force = openmm.CustomCompoundBondForce(size, energy)
    for name in names:
        force.addPerBondParameter(name)
    for o in offsets:
        for row in rows:
            force.addBond([atom + o for atom in row[:size]], list(row[size:]))
    return force


def _torsions(terms: Terms, offsets: list[int]) -> Any:
    import openmm

    force = openmm.PeriodicTorsionForce()
    for o in offsets:
        for i, j, k, m, *heights in terms.torsions:
            for fold, (height, phase) in enumerate(zip(heights, (0.0, np.pi, 0.0), strict=True), start=1):
                if height:
                    force.addTorsion(i + o, j + o, k + o, m + o, fold, phase, height / 2)
    return force


def _nonbonded(chain: Chem.Mol, terms: Terms, offsets: list[int], box: float | None) -> list[Any]:
    import openmm

    field = "1/b" if box is None else f"1/b+{0.5 / (CUTOFF + BUFFER) ** 3}*b^2-{1.5 / (CUTOFF + BUFFER)}"
    radius, radius_columns = _separated(terms.radii, "a")
    well, well_columns = _separated(terms.wells, "e")
    force = openmm.CustomNonbondedForce(f"E*{_POWER}+{COULOMB}*q1*q2*({field}); b=r+{BUFFER}; R={radius}; E={well}")
    force.addPerParticleParameter("q")
    for letter, columns in (("a", radius_columns), ("e", well_columns)):
        for number in range(columns.shape[1]):
            force.addPerParticleParameter(f"{letter}{number}_")
    values = np.hstack([terms.charges[:, None], radius_columns[terms.kinds], well_columns[terms.kinds]]).tolist()
    for _ in offsets:
        for row in values:
            force.addParticle(row)
    force.setNonbondedMethod(force.NoCutoff if box is None else force.CutoffPeriodic)
    force.setCutoffDistance(CUTOFF)
    near = openmm.CustomBondForce(f"E*{_POWER}+{COULOMB * ONE_FOUR}*qq/(r+{BUFFER})")
    for name in ("qq", "R", "E"):
        near.addPerBondParameter(name)
    close, apart = _neighbours(chain)
    for o in offsets:
        for i, j in close + apart:
            force.addExclusion(i + o, j + o)
        for i, j in apart:
            a, b = terms.kinds[i], terms.kinds[j]
            near.addBond(i + o, j + o, [terms.charges[i] * terms.charges[j], terms.radii[a, b], terms.wells[a, b]])
    if box is None:
        return [force, near]
    beyond = openmm.CustomVolumeForce("c/v")
    beyond.addGlobalParameter("c", _tail(terms, len(offsets)))
    return [force, near, beyond]


def _separated(table: npt.NDArray[np.float64], letter: str) -> tuple[str, npt.NDArray[np.float64]]:
    """Write a symmetric table over pairs of types as a sum of products of parameters of the two atoms.

    Exact (an eigendecomposition), and six times as fast on processors as looking the table up.
    """
    weights, columns = np.linalg.eigh(table)
    kept = np.abs(weights) > 1e-12 * np.abs(weights).max()
    weights, columns = weights[kept], columns[:, kept]
    text = "+".join(f"({w!r})*{letter}{n}_1*{letter}{n}_2" for n, w in enumerate(weights.tolist()))
    return text, columns


def _neighbours(chain: Chem.Mol) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Pairs one or two bonds apart, and pairs three bonds apart."""
    apart: npt.NDArray[np.float64] = Chem.GetDistanceMatrix(chain)
    upper = np.triu(np.ones_like(apart, dtype=bool), 1)
    near = [tuple(map(int, pair)) for pair in np.argwhere(upper & (apart < 2.5))]
    three = [tuple(map(int, pair)) for pair in np.argwhere(upper & (apart > 2.5) & (apart < 3.5))]
    return near, three  # type: ignore[return-value]  # argwhere of a matrix gives pairs


def _tail(terms: Terms, copies: int) -> float:
    """Energy of the van der Waals pairs beyond the cutoff times the volume, kJ nm3/mol: 2 pi sum of int e r2 dr."""
    counts = np.bincount(terms.kinds, minlength=len(terms.radii)) * copies
    inverse = np.linspace(1e-6, 1.0 / CUTOFF, 20_001)[:, None, None]  # u = 1/r, r2 dr = du / u4
    r, radius = 1.0 / inverse, terms.radii[None]
    energy = (1.07 * radius / (r + 0.07 * radius)) ** 7 * (1.12 * radius**7 / (r**7 + 0.12 * radius**7) - 2.0)
    integral = np.trapezoid(energy * terms.wells[None] / inverse**4, inverse[:, 0, 0], axis=0)
    return float(2.0 * np.pi * counts @ integral @ counts)
