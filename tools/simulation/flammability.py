"""From a repeat unit to the parameters of a burning slab, each estimated with its error.

Nothing here is fitted to cone tests. Temperatures of decomposition come from a linear model on 13 plastics whose peak
temperatures were measured by microcalorimetry or follow from published kinetics (``data/decomposition.json``): more
aromatic rings in the main chain raise it, more oxygen lowers it. Residue, heat of reaction, conductivity and the rest
are medians over the published parameter sets, or the structure's own density and heat of combustion. The spreads are
those of the plastics themselves, each left out in turn.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from statistics import median

import numpy as np
from rdkit import Chem

from tools.core.constants import GAS_CONSTANT
from tools.core.errors import NotCoveredError
from tools.core.polymer import Polymer
from tools.simulation.additive import evaluate, load_model
from tools.simulation.chain import chain_unit
from tools.simulation.combustion import heat_of_combustion
from tools.simulation.cone.library import Material, materials
from tools.simulation.cone.sample import OPAQUE, Component, FloatArray, Quantity, Ramp, Reaction
from tools.simulation.cone.uncertain import Spread

_FILE = Path(__file__).parent / "data" / "decomposition.json"
_RATE = 0.5  # K/s, at which the peak temperatures hold
_CHAR_HEAT = 32.76e6  # J/kg: carbon to carbon dioxide, 393.5 kJ/mol
_CHAR_DENSITY, _CHAR_CONDUCTIVITY, _CHAR_CAPACITY = 250.0, 0.37, 1720.0  # of the published set of polycarbonate
_RIDGE = 1e-3
_HIGHEST_CHAR = 0.7


@dataclass(frozen=True)
class Known:
    """A plastic whose decomposition is known.

    Attributes
    ----------
    name : str
        Short name.
    polymer : Polymer
        Its chain.
    peak : float
        Temperature of the fastest decomposition at 0.5 K/s, K.
    char : float
        Share of the mass that is left.
    source : str
        Where both come from.
    """

    name: str
    polymer: Polymer
    peak: float
    char: float
    source: str


@dataclass(frozen=True)
class Decomposition:
    """An estimate of how a polymer decomposes.

    Attributes
    ----------
    peak, peak_error : float
        K, and root mean square error with each known plastic left out.
    char, char_error : float
        Share, and error likewise.
    known : int
        Plastics behind it.
    """

    peak: float
    peak_error: float
    char: float
    char_error: float
    known: int


@lru_cache(maxsize=1)
def known_decompositions() -> tuple[Known, ...]:
    """Return the plastics that the model is fitted to."""
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(
        Known(row["name"], Polymer.from_smiles(row["unit"]), row["peak_K"], row["char"], row["source"]) for row in raw
    )


def _features(polymer: Polymer) -> tuple[float, float]:
    """Aromatic share of the main chain, and oxygen share of all heavy atoms."""
    mol = polymer.mol
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    chain = [i for i in Chem.GetShortestPath(mol, *stars) if i not in stars]
    heavy = [atom for atom in mol.GetAtoms() if atom.GetAtomicNum() > 1]
    aromatic = sum(mol.GetAtomWithIdx(i).GetIsAromatic() for i in chain) / max(1, len(chain))
    return aromatic, sum(atom.GetAtomicNum() == 8 for atom in heavy) / max(1, len(heavy))


def decomposition(polymer: Polymer, *, without: Collection[str] = ()) -> Decomposition:
    """Estimate temperature of decomposition and residue.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    without : collection of str
        Keys of polymers to leave out of the fit, for tests.

    Returns
    -------
    Decomposition
        Estimates with their errors.
    """
    number, (peaks, peak_error), (chars, char_error) = _models(frozenset(without))
    own = np.array((1.0, *_features(polymer)))
    peak, char = float(np.dot(own, peaks)), float(np.dot(own[:2], chars))
    return Decomposition(peak, peak_error, float(np.clip(char, 0.0, _HIGHEST_CHAR)), char_error, number)


@lru_cache(maxsize=64)
def _models(without: frozenset[str]) -> tuple[int, tuple[FloatArray, float], tuple[FloatArray, float]]:
    """Fit both models; return how many plastics are behind them, and the weights and error of each."""
    known = [row for row in known_decompositions() if row.polymer.key not in without]
    rows = np.array([(1.0, *_features(row.polymer)) for row in known])
    peaks, chars = np.array([r.peak for r in known]), np.array([r.char for r in known])
    return len(known), _fit(rows, peaks), _fit(rows[:, :2], chars)


def _fit(rows: FloatArray, values: FloatArray) -> tuple[FloatArray, float]:
    """Fit a linear model; return its weights, and its error with each row left out."""

    def weights(a: FloatArray, y: FloatArray) -> FloatArray:
        return np.asarray(np.linalg.solve(a.T @ a + _RIDGE * np.eye(a.shape[1]), a.T @ y), dtype=np.float64)

    misses = [
        float(np.dot(rows[i], weights(np.delete(rows, i, 0), np.delete(values, i)))) - values[i]
        for i in range(len(values))
    ]
    return weights(rows, values), float(np.sqrt(np.mean(np.square(misses))))


@lru_cache(maxsize=1)
def _published() -> tuple[tuple[str, Material], ...]:
    """Published sets of plastics with a repeat unit, and the keys of these."""
    return tuple((Polymer.from_smiles(m.unit).key, m) for m in materials().values() if m.unit)


def estimated_material(polymer: Polymer, *, without: Collection[str] = ()) -> tuple[Material, Spread]:
    """Estimate the parameters of a slab from its repeat unit.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    without : collection of str
        Keys of polymers to leave out of every fit and median, for tests.

    Returns
    -------
    tuple of (Material, Spread)
        Central parameters, and how uncertain each is.

    Raises
    ------
    NotCoveredError
        If density or heat of combustion cannot be estimated for this structure.
    """
    volume = evaluate(load_model("gc-volume-1")[0], chain_unit(polymer.unit)).value
    if volume <= 0:
        raise NotCoveredError("The estimated specific volume of this structure is not positive.")
    broken = decomposition(polymer, without=without)
    sets = [m for key, m in _published() if key not in without]
    firsts = [m.components[m.start] for m in sets]
    energies = [_main(m).activation_energy for m in sets]
    energy = median(energies)
    heats = [sum(r.heat for c in m.components.values() for r in c.reactions) for m in sets]
    steepness = energy / GAS_CONSTANT
    char = broken.char if broken.char > 0.02 else 0.0
    whole = heat_of_combustion(polymer).value * 1e6
    gas = (whole - char * _CHAR_HEAT) / (1.0 - char)
    if gas <= 0:
        raise NotCoveredError("The estimated residue would hold more heat than the polymer has.")
    reaction = Reaction(
        _RATE * steepness / broken.peak**2 * float(np.exp(steepness / broken.peak)), energy, median(heats),
        "char" if char else "", char, heat_of_combustion=gas,
    )  # fmt: skip
    solid = Component(
        "polymer", 1000.0 / volume, median(_near(c.conductivity) for c in firsts),
        median(_near(c.heat_capacity) for c in firsts), median(c.emissivity for c in firsts),
        median(c.absorption for c in firsts if c.absorption < OPAQUE), (reaction,),
    )  # fmt: skip
    components = {"polymer": solid}
    if char:
        components["char"] = Component("char", _CHAR_DENSITY, _CHAR_CONDUCTIVITY, _CHAR_CAPACITY, 0.85)
    source = (
        f"estimated from the structure: decomposition at {broken.peak:.0f} ± {broken.peak_error:.0f} K, residue "
        f"{broken.char:.0%} ± {broken.char_error:.0%} (linear models on {broken.known} plastics), density and heat of "
        f"combustion by group contribution, the rest medians of {len(sets)} published sets"
    )
    entry = Material(
        polymer.key, polymer.smiles, polymer.smiles, (), "polymer", components, 24e3, source,
        "Thornton's rule, less the carbon of the residue", "24 kW/m2, the threshold of the MaCFP comparison",
    )  # fmt: skip
    return entry, _spread(broken, firsts, heats)


def _main(material: Material) -> Reaction:
    """Return the first reaction of a material that gives off gas."""
    return next(r for c in material.components.values() for r in c.reactions if r.residue_yield < 0.99)


def _near(quantity: Quantity) -> float:
    """Value half-way through heating, at 500 K."""
    return float(np.interp(500.0, quantity.temperatures, quantity.values)) if isinstance(quantity, Ramp) else quantity


def _spread(broken: Decomposition, firsts: list[Component], heats: list[float]) -> Spread:
    """Relative spreads over the published sets; that of the temperature is the error of its model."""

    def relative(values: list[float]) -> float:
        return min(1.0, float(np.std(np.log(values))))

    return Spread(
        density=0.05,
        conductivity=relative([_near(c.conductivity) for c in firsts]),
        heat_capacity=relative([_near(c.heat_capacity) for c in firsts]),
        emissivity=relative([c.emissivity for c in firsts]),
        absorption=relative([c.absorption for c in firsts if c.absorption < OPAQUE]),
        heat=relative([max(h, 1e5) for h in heats]),
        heat_of_combustion=0.07,
        decomposition=min(1.0, broken.peak_error / broken.peak),
        residue=min(1.0, broken.char_error / max(broken.char, 0.05)),
    )
