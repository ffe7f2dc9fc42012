"""Contradictions between values of one polymer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tools.core.evidence import Value

_OPTICAL_SLACK = 0.15  # relative; refractive index and dielectric constant come from different models
_ORDER_SLACK = 0.1


def consistency(values: Mapping[str, Value]) -> list[str]:
    """Look for values that contradict one another.

    Parameters
    ----------
    values : mapping of str to Value
        Values of one polymer by property id.

    Returns
    -------
    list of str
        One sentence per contradiction; empty if there is none. The rules: a polymer melts above its glass transition;
        the squared refractive index is the electronic part of the dielectric constant and cannot exceed it (Maxwell's
        relation); the ionisation energy exceeds the electron affinity; gases permeate an amorphous polymer in an order
        set by their size and condensability, nitrogen slower than oxygen and oxygen slower than carbon dioxide.
    """
    found: list[str] = []
    _compare(found, values, "Tg", "Tm", lambda tg, tm: tg > tm, "The glass transition lies above the melting point")
    _compare(
        found,
        values,
        "refractive_index",
        "dielectric_constant",
        lambda n, epsilon: n**2 > epsilon * (1 + _OPTICAL_SLACK),
        "The squared refractive index lies far above the dielectric constant",
    )
    _compare(
        found,
        values,
        "electron_affinity",
        "ionisation_energy",
        lambda affinity, energy: affinity >= energy,
        "The electron affinity is not below the ionisation energy",
    )
    for slow, quick in (("P_N2", "P_O2"), ("P_O2", "P_CO2")):
        _compare(
            found,
            values,
            slow,
            quick,
            lambda a, b: a > b * (1 + _ORDER_SLACK),
            f"{slow} lies above {quick}, against the usual order of gases",
        )
    return found


def _compare(
    found: list[str],
    values: Mapping[str, Value],
    first: str,
    second: str,
    wrong: Callable[[float, float], bool],
    sentence: str,
) -> None:
    if first in values and second in values and wrong(values[first].value, values[second].value):
        one, two = values[first], values[second]
        found.append(
            f"{sentence} ({first} {one.value:.4g}, {second} {two.value:.4g} {two.unit}).".replace(" dimensionless", "")
        )
