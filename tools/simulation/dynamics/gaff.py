"""GAFF2_mod with Gasteiger charges, as RadonPy assigns them (optional package radonpy-pypi, BSD-3).

Y. Hayashi, J. Shiomi, J. Morikawa, R. Yoshida, npj Comput. Mater. 2022, 8, 222. Parameters are read from the installed
package, none are kept here.
"""

from __future__ import annotations

import contextlib
import io
import sys
from importlib import import_module
from typing import Any, Final

import numpy as np
from rdkit import Chem

from tools.core.errors import BackendMissing, NotCoveredError
from tools.simulation.dynamics.mmff import KCAL

CUTOFF: Final = 0.9  # nm
_ONE_FOUR: Final = (1.0 / 1.2, 0.5)  # of charges and of van der Waals forces three bonds apart


def gaff_system(chain: Chem.Mol, copies: int, box: float | None) -> Any:
    """Build the system of copies of a chain.

    Parameters
    ----------
    chain : rdkit.Chem.Mol
        One chain with all hydrogens.
    copies : int
        How many of it.
    box : float or None
        Edge of the cubic cell, nm: Lennard-Jones forces cut at 0.9 nm with the usual correction, charges by particle
        mesh Ewald. None for a vacuum.

    Returns
    -------
    openmm.System
        Without constraints; masses as they are.

    Raises
    ------
    BackendMissing
        If RadonPy is not installed.
    NotCoveredError
        If GAFF2_mod has no parameters for a part of the chain.
    """
    import openmm

    mol = _assigned(chain)
    system = openmm.System()
    for _ in range(copies):
        for atom in mol.GetAtoms():
            system.addParticle(atom.GetMass())
    if box is not None:
        system.setDefaultPeriodicBoxVectors((box, 0, 0), (0, box, 0), (0, 0, box))
    offsets = [copy * mol.GetNumAtoms() for copy in range(copies)]
    for force in (*_bonded(mol, offsets), _nonbonded(mol, offsets, box)):
        system.addForce(force)
    return system


def _assigned(chain: Chem.Mol) -> Any:
    try:
        failure = import_module("radonpy.core.utils").RadonPyError
        field = import_module("radonpy.ff.gaff2_mod").GAFF2_mod()
    except ImportError as error:
        raise BackendMissing("RadonPy", f"{sys.executable} -m pip install radonpy-pypi") from error
    mol = Chem.Mol(chain)
    with contextlib.redirect_stdout(io.StringIO()) as said:  # RadonPy prints
        try:
            done = field.ff_assign(mol, charge="gasteiger")
        except failure as error:
            raise NotCoveredError(f"RadonPy does not cover this polymer: {error}", hint="Try mmff94.") from error
    if not done:
        lines = said.getvalue().strip().splitlines()
        raise NotCoveredError(
            f"GAFF2_mod has no parameters for a part of this polymer. {lines[0] if lines else ''}".strip(),
            hint="Try mmff94.",
        )
    return mol


def _bonded(mol: Any, offsets: list[int]) -> list[Any]:
    import openmm

    bond, angle, torsion = openmm.HarmonicBondForce(), openmm.HarmonicAngleForce(), openmm.PeriodicTorsionForce()
    for o in offsets:
        for item in mol.GetBonds():
            stiffness = 2.0 * item.GetDoubleProp("ff_k") * KCAL * 100.0
            i, j = item.GetBeginAtomIdx() + o, item.GetEndAtomIdx() + o
            bond.addBond(i, j, item.GetDoubleProp("ff_r0") * 0.1, stiffness)
        for item in mol.angles:
            rest, stiffness = float(np.deg2rad(item.ff.theta0)), 2.0 * item.ff.k * KCAL
            angle.addAngle(item.a + o, item.b + o, item.c + o, rest, stiffness)
        for item in mol.dihedrals:
            atoms = (item.a + o, item.b + o, item.c + o, item.d + o)
            for height, phase, fold in zip(item.ff.k, item.ff.d0, item.ff.n, strict=True):
                if height:
                    torsion.addTorsion(*atoms, int(fold), float(np.deg2rad(phase)), float(height) * KCAL)
        for item in mol.impropers:
            atoms = (item.a + o, item.b + o, item.c + o, item.d + o)
            phase = np.pi if item.ff.d0 < 0 else 0.0
            torsion.addTorsion(*atoms, int(item.ff.n), phase, item.ff.k * KCAL)
    return [bond, angle, torsion]


def _nonbonded(mol: Any, offsets: list[int], box: float | None) -> Any:
    import openmm

    force = openmm.NonbondedForce()
    charges = np.array([atom.GetDoubleProp("AtomicCharge") for atom in mol.GetAtoms()])
    charges -= charges.mean() - Chem.GetFormalCharge(mol) / len(charges)
    for _ in offsets:
        for atom, charge in zip(mol.GetAtoms(), charges, strict=True):
            force.addParticle(
                float(charge), atom.GetDoubleProp("ff_sigma") * 0.1, atom.GetDoubleProp("ff_epsilon") * KCAL
            )
    pairs = [(b.GetBeginAtomIdx() + o, b.GetEndAtomIdx() + o) for o in offsets for b in mol.GetBonds()]
    force.createExceptionsFromBonds(pairs, *_ONE_FOUR)
    force.setNonbondedMethod(force.NoCutoff if box is None else force.PME)
    force.setCutoffDistance(CUTOFF)
    force.setUseDispersionCorrection(True)
    return force
