"""Published pyrolysis parameters of common plastics, and slabs made of them.

Parameters are those of the validation cases of the Fire Dynamics Simulator (github.com/firemodels/fds, public domain),
most of them measured or fitted at the U.S. Federal Aviation Administration and the University of Maryland; each entry
names its case. They describe one grade in one laboratory: fitted sets for one black PMMA differ in peak heat release by
about ten per cent between laboratories (MaCFP, github.com/MaCFP/matl-db).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from tools.core.errors import InputError, UnknownNameError
from tools.simulation.cone.sample import OPAQUE, Component, Layer, Quantity, Ramp, Reaction, Sample

_FILE = Path(__file__).parent.parent / "data" / "fire_materials.json"
#: Ceramic fibre behind the sample: properties used for the cone tests of the FSRI Materials and Products Database.
WOOL = Component("ceramic fibre", 65.0, 0.1, 1140.0)
WOOL_THICKNESS = 0.0127  # m


@dataclass(frozen=True)
class Material:
    """A plastic with published parameters.

    Attributes
    ----------
    id : str
        Short name, such as ``"PMMA"``.
    name : str
        Full name.
    unit : str
        Repeat unit; empty for blends and composites.
    other_names : tuple of str
        What it is called as well.
    start : str
        Component that a fresh sample consists of.
    components : dict of str to Component
        It and what it leaves.
    critical_hrr : float
        Heat release rate at which it counts as ignited, W/m2.
    source, heat_source, ignition_source : str
        Where the parameters, the heat of combustion and the ignition criterion come from.
    """

    id: str
    name: str
    unit: str
    other_names: tuple[str, ...]
    start: str
    components: Mapping[str, Component]
    critical_hrr: float
    source: str
    heat_source: str
    ignition_source: str


@lru_cache(maxsize=1)
def materials() -> dict[str, Material]:
    """Return the shipped materials.

    Returns
    -------
    dict of str to Material
        By short name.
    """
    raw = json.loads(_FILE.read_text(encoding="utf-8"))
    return {name: _material(name, entry) for name, entry in raw.items()}


def _material(name: str, entry: Mapping[str, Any]) -> Material:
    components = {key: _component(key, value) for key, value in entry["components"].items()}
    return Material(
        name, entry["name"], entry["unit"], tuple(entry["other_names"]), entry["start"], components,
        float(entry.get("critical_hrr", 24e3)), entry["source"], entry["heat_of_combustion_source"],
        entry.get("critical_hrr_source", "24 kW/m2, the threshold of the MaCFP comparison of PMMA tests"),
    )  # fmt: skip


def _component(name: str, entry: Mapping[str, Any]) -> Component:
    return Component(
        name,
        float(entry["density"]),
        _quantity(entry["conductivity"]),
        _quantity(entry["heat_capacity"]),
        float(entry.get("emissivity", 0.9)),
        float(entry.get("absorption", OPAQUE)),
        tuple(Reaction(**values) for values in entry.get("reactions", ())),
    )


def _quantity(value: float | list[list[float]]) -> Quantity:
    if isinstance(value, list):
        return Ramp(tuple(t for t, _ in value), tuple(v for _, v in value))
    return float(value)


def material(name: str) -> Material:
    """Find a material.

    Parameters
    ----------
    name : str
        Short name, full name or one of its other names, in any case.

    Raises
    ------
    UnknownNameError
        If there is none of this name.
    """
    wanted = _plain(name)
    for entry in materials().values():
        if wanted in {_plain(text) for text in (entry.id, entry.name, *entry.other_names)}:
            return entry
    known = ", ".join(materials())
    raise UnknownNameError(f"There are no pyrolysis parameters for {name!r}.", hint=f"Materials: {known}.")


def read_material(file: Path) -> Material:
    """Read own parameters from a JSON file in the form of the shipped ones.

    Parameters
    ----------
    file : Path
        One object with ``name``, ``start``, ``components`` (density, conductivity, heat_capacity, emissivity,
        absorption, reactions) and, if wanted, ``source`` and ``critical_hrr``; SI units. Properties may be numbers or
        lists of [K, value].

    Raises
    ------
    InputError
        If the file cannot be read or its content makes no sense.
    """
    try:
        entry = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(f"Cannot read the material file {file}: {error}", hint="It must be JSON.") from error
    given = {"unit": "", "other_names": [], "source": f"file {file.name}",
             "heat_of_combustion_source": f"file {file.name}", **entry}  # fmt: skip
    try:
        return _material(file.stem, given)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{file.name} is no material: {error!r}", hint="Compare it with a shipped material."
        ) from error


def _plain(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def slab(entry: Material, thickness: float, *, backed: bool = True) -> Sample:
    """Make a slab of a material as it lies in a cone calorimeter.

    Parameters
    ----------
    entry : Material
        From ``material``.
    thickness : float
        m.
    backed : bool
        With 12.7 mm of ceramic fibre behind it.

    Returns
    -------
    Sample
        Ready to burn.
    """
    sample = Sample(entry.id, dict(entry.components), (Layer(thickness, {entry.start: 1.0}),), entry.source)
    return on_wool(sample) if backed else sample


def on_wool(sample: Sample) -> Sample:
    """Put 12.7 mm of ceramic fibre behind a sample.

    Parameters
    ----------
    sample : Sample
        The sample.
    """
    layers = (*sample.layers, Layer(WOOL_THICKNESS, {WOOL.name: 1.0}))
    return replace(sample, components={**sample.components, WOOL.name: WOOL}, layers=layers)
