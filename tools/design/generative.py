"""The trained generator as a source of candidates: asks it for what the brief asks, and gates what it writes.

What is asked is drawn from the generator's own idea of which properties go together: a normal distribution of scores
with the correlation of the polymers it learnt from, cut to the bounds of the brief (Gibbs sampling of a truncated
normal; Geweke, Computing Science and Statistics 1991, 23, 571).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from tools.core.errors import InputError, StructureError
from tools.core.polymer import Polymer
from tools.core.spec import Constraint, DesignSpec
from tools.design.aim import forbidden_elements
from tools.design.candidate import Candidate
from tools.design.structure import violated
from tools.design.token_network import LARGEST_SCORE, SHIPPED, Generator, load_generator
from tools.synthesis.retro import routes

FloatArray = NDArray[np.float64]

_BATCH = 512
_SWEEPS = 12
_NARROWEST = 0.3  # width in scores below which bounds are widened, so that something can be asked for
_GIVE_UP = 6  # batches in a row that bring almost nothing new
_LEAST_NEW = 0.02
_MOST_ATOMS = 70  # heavy atoms of a repeat unit, as in the enumeration
_EDGE = 1e-9
# constraints on structure that can be tested without knowing the route
_TESTED = frozenset(("element", "group", "count", "substructure", "class"))


@dataclass(frozen=True)
class Bounds:
    """What a brief asks of the generator.

    Attributes
    ----------
    places : ndarray of int [k]
        Columns of the properties asked for.
    low, high : ndarray [k]
        Bounds on their scores.
    """

    places: NDArray[np.int64]
    low: FloatArray
    high: FloatArray


def bounds_of(spec: DesignSpec, generator: Generator) -> Bounds:
    """Turn the property constraints of a brief into bounds on scores.

    Parameters
    ----------
    spec : DesignSpec
        The brief; constraints on properties that the generator does not know are left to the screening.
    generator : Generator
        Whose scale is used.

    Returns
    -------
    Bounds
        Bounds on one property are intersected; "maximise" and "minimise" ask for the best sixth.
    """
    low = np.full(len(generator.properties), -LARGEST_SCORE)
    high = np.full(len(generator.properties), LARGEST_SCORE)
    asked = np.zeros(len(generator.properties), dtype=bool)
    for constraint in spec.constraints:
        if constraint.property in generator.properties:
            place = generator.properties.index(constraint.property)
            below, above = _span(constraint, place, generator)
            low[place], high[place] = max(low[place], below), min(high[place], above)
            asked[place] = True
    middle = np.clip((low + high) / 2, -LARGEST_SCORE + _NARROWEST / 2, LARGEST_SCORE - _NARROWEST / 2)
    thin = high - low < _NARROWEST
    low, high = np.where(thin, middle - _NARROWEST / 2, low), np.where(thin, middle + _NARROWEST / 2, high)
    places = np.flatnonzero(asked)
    return Bounds(places, low[places], high[places])


def _span(constraint: Constraint, place: int, generator: Generator) -> tuple[float, float]:
    if constraint.operator == "maximise":
        return 1.0, LARGEST_SCORE
    if constraint.operator == "minimise":
        return -LARGEST_SCORE, -1.0
    ends = []
    for value, open_end in ((constraint.lower, -LARGEST_SCORE), (constraint.upper, LARGEST_SCORE)):
        if value is None or (generator.log[place] and value <= 0):
            ends.append(open_end)
            continue
        row = np.full((1, len(generator.properties)), np.log10(value) if generator.log[place] else value)
        ends.append(float(generator.scale.scores(row)[0, place]))
    return ends[0], ends[1]


def draw_scores(bounds: Bounds, correlation: FloatArray, n: int, rng: np.random.Generator) -> FloatArray:
    """Draw scores within bounds that go together.

    Parameters
    ----------
    bounds : Bounds
        Bounds on k of the p properties.
    correlation : ndarray [p, p]
        Correlation of the scores.
    n : int
        How many rows.
    rng : numpy.random.Generator
        Source of all choices.

    Returns
    -------
    ndarray [n, p]
        NaN for the properties that are not asked for.
    """
    asked = np.full((n, len(correlation)), np.nan)
    k = len(bounds.places)
    if not k:
        return asked
    precision = np.linalg.inv(correlation[np.ix_(bounds.places, bounds.places)] + 0.02 * np.eye(k))
    drawn = np.tile(np.clip(0.0, bounds.low, bounds.high), (n, 1))
    for _ in range(_SWEEPS):
        for j in range(k):
            spread = precision[j, j] ** -0.5
            mean = drawn[:, j] - (drawn @ precision[j]) / precision[j, j]
            begin, end = ndtr((bounds.low[j] - mean) / spread), ndtr((bounds.high[j] - mean) / spread)
            inside = np.clip(begin + rng.random(n) * (end - begin), _EDGE, 1 - _EDGE)
            drawn[:, j] = np.clip(mean + spread * ndtri(inside), bounds.low[j], bounds.high[j])
    asked[:, bounds.places] = drawn
    return asked


def gated(generator: Generator, units: list[list[int]]) -> list[Polymer | None]:
    """Read what a generator wrote.

    Parameters
    ----------
    generator : Generator
        Whose tokens they are.
    units : list of list of int
        Tokens of each unit.

    Returns
    -------
    list of Polymer or None
        None where the gate refuses the unit, or it has more than 70 heavy atoms.
    """
    return [_gate(generator, unit) for unit in units]


def _gate(generator: Generator, unit: list[int]) -> Polymer | None:
    text = generator.alphabet.decode(unit)
    if text is None:
        return None
    try:
        polymer = Polymer.from_smiles(text)
    except StructureError:
        return None
    return polymer if polymer.mol.GetNumHeavyAtoms() <= _MOST_ATOMS else None


class GenerativeSource:
    """Repeat units written by the trained generator for a brief.

    Parameters
    ----------
    most : int
        Candidates at most, whatever limit the caller names.
    folder : Path
        Artefact folder.
    guidance : float
        How much what is asked counts; 1 is what was learnt.
    routed : bool
        Keep only polymers with a verified route, whose monomers and rule the candidate then names.

    Raises
    ------
    ArtefactError
        If the artefact has no card or was changed.
    InputError
        If a number is out of range.
    """

    name = "generator"

    def __init__(self, most: int = 1000, *, folder: Path = SHIPPED, guidance: float = 1.5, routed: bool = True) -> None:
        if most < 1 or not 0.0 <= guidance <= 5.0:
            raise InputError("Ask for at least one candidate, with guidance from 0 to 5.")
        self._generator = load_generator(folder)
        self._most, self._guidance, self._routed = most, guidance, routed

    def candidates(self, spec: DesignSpec, limit: int, seed: int) -> Iterator[Candidate]:
        """Yield up to ``limit`` candidates, no chain twice; stops when the generator repeats itself.

        Parameters
        ----------
        spec : DesignSpec
            Its property constraints are what the generator is asked for; excluded elements are never written, and
            polymers that violate a hard structural constraint are left out.
        limit : int
            How many at most.
        seed : int
            Seed of all choices.
        """
        rng = np.random.default_rng(seed)
        bounds = bounds_of(spec, self._generator)
        barred = self._generator.alphabet.with_elements(forbidden_elements(spec))
        structure = tuple(c for c in spec.structure if c.hard and c.kind in _TESTED)
        wanted, idle = min(limit, self._most), 0
        seen: set[str] = set()
        while wanted > 0 and idle < _GIVE_UP:
            asked = draw_scores(bounds, self._generator.correlation, _BATCH, rng)
            units = self._generator.sample(asked, rng, guidance=self._guidance, barred=barred)
            new = 0
            for unit in units:
                if wanted == 0:
                    return
                polymer = _gate(self._generator, unit)
                if polymer is None or polymer.key in seen:
                    continue
                seen.add(polymer.key)
                candidate = None if violated(polymer, structure, (), first_only=True) else self._candidate(polymer)
                if candidate is not None:
                    new, wanted = new + 1, wanted - 1
                    yield candidate
            idle = idle + 1 if new < _LEAST_NEW * _BATCH else 0

    def _candidate(self, polymer: Polymer) -> Candidate | None:
        if not self._routed:
            return Candidate(polymer, self.name, "written by the generator")
        found = routes(polymer, 1)
        if not found:
            return None
        monomers = tuple(monomer.smiles for monomer in found[0].monomers)
        origin = "written by the generator; from " + " and ".join(monomers)
        return Candidate(polymer, self.name, origin, monomers, found[0].rule, found[0].polymerisations)
