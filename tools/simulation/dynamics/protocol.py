"""Protocols: the stages that a cell goes through. Templates only; nothing of them is written by a user.

Equilibration: the 21-step compression and decompression of G. S. Larsen, P. Lin, K. E. Hart, C. M. Colina,
Macromolecules 2011, 44, 6944, with the step lengths and pressures of its implementation in RadonPy 0.2.11
(sim/preset/eq.py): seven cycles of hot NVT, cool NVT and cool NPT.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.core.errors import InputError

SOURCE: Final = (
    "21-step compression and decompression of Larsen, Lin, Hart & Colina, Macromolecules 2011, 44, 6944, with step "
    "lengths as in RadonPy 0.2.11"
)
TIMESTEP: Final = 0.004  # ps, with hydrogens of 3 Da and fixed bonds to hydrogen
HOT: Final = 600.0  # K
ROOM: Final = 298.15  # K
PRESSURE: Final = 1.0  # bar
_PEAK: Final = 50_000.0  # bar
_RATIOS: Final = (0.02, 0.60, 1.00, 0.50, 0.10, 0.01)
_LENGTHS: Final = (  # ps: hot NVT, cool NVT, cool NPT
    (50, 50, 50), (50, 100, 50), (50, 100, 50), (50, 100, 5), (5, 10, 5), (5, 10, 5), (5, 10, 800),
)  # fmt: skip
PUBLISHED: Final = float(sum(map(sum, _LENGTHS)))  # ps
_PRODUCTION: Final = 800.0  # ps, the share of sampling; as long as the last step
WHOLE: Final = PUBLISHED + _PRODUCTION
_SHORTEST: Final = 40  # steps


@dataclass(frozen=True)
class Stage:
    """Some time at one temperature and pressure.

    Attributes
    ----------
    name : str
        What it is for.
    temperature : float
        K.
    pressure : float or None
        bar; None at constant volume.
    steps : int
        Time steps.
    """

    name: str
    temperature: float
    pressure: float | None
    steps: int


def equilibration(picoseconds: float, temperature: float = ROOM) -> tuple[Stage, ...]:
    """Scale the 21 steps, and the sampling after them, to a total length.

    Parameters
    ----------
    picoseconds : float
        Length of everything together.
    temperature : float
        K, at which density is wanted.

    Returns
    -------
    tuple of Stage
        21 steps and "production", all shortened by the same factor (never lengthened beyond the published ones: time
        beyond goes into production).

    Raises
    ------
    InputError
        If that is too short to be run at all, or the temperature is out of range.
    """
    if not 150.0 <= temperature <= HOT:
        raise InputError("The temperature lies between 150 and 600 K.", hint="Density is usually asked at 298 K.")
    if not 5.0 <= picoseconds < float("inf"):
        raise InputError("A run needs at least 5 ps.", hint="Give a larger --budget or --length.")
    factor = min(1.0, picoseconds / WHOLE)
    stages = []
    pressures = (*(ratio * _PEAK for ratio in _RATIOS), PRESSURE)
    for cycle, (lengths, pressure) in enumerate(zip(_LENGTHS, pressures, strict=True)):
        kinds = ((HOT, None), (temperature, None), (temperature, pressure))
        for place, (length, (kelvin, bar)) in enumerate(zip(lengths, kinds, strict=True)):
            stages.append(Stage(f"step {3 * cycle + place + 1}", kelvin, bar, _steps(length * factor)))
    left = picoseconds - factor * PUBLISHED
    return (*stages, Stage("production", temperature, PRESSURE, _steps(left)))


def cooling(high: float, low: float, step: float, hold: float) -> tuple[Stage, ...]:
    """Cool in steps at 1 bar, for the glass transition.

    Parameters
    ----------
    high, low : float
        First and last temperature, K.
    step : float
        K between temperatures.
    hold : float
        ps at each.

    Returns
    -------
    tuple of Stage
        One for each temperature, named "cooling".

    Raises
    ------
    InputError
        If there are fewer than eight temperatures, or more than a hundred.
    """
    if not (high > low >= 50.0 and step > 0.0 and hold > 0.0):
        raise InputError("Cooling goes from a high to a low temperature in positive steps.")
    count = int((high - low) / step + 1e-9) + 1
    if not 8 <= count <= 100:
        raise InputError(f"Cooling in {count} steps is not done.", hint="A fit of two lines needs 8 to 100 steps.")
    return tuple(Stage("cooling", high - step * n, PRESSURE, _steps(hold)) for n in range(count))


def scale(stages: tuple[Stage, ...]) -> float:
    """Return how long the equilibration is against the published one, 0 to 1.

    Parameters
    ----------
    stages : tuple of Stage
        A protocol.

    Returns
    -------
    float
        1 for the published lengths.
    """
    return min(1.0, sum(s.steps for s in stages if s.name.startswith("step ")) * TIMESTEP / PUBLISHED)


def _steps(picoseconds: float) -> int:
    return max(_SHORTEST, round(picoseconds / TIMESTEP))
