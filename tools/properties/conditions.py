"""Conditions of a sample: molar mass, tacticity, processing and the like.

The models learnt from repeat units alone, so none of them uses these. They are read, checked, kept with every value,
and each value says which of them its model did not use and where its model answers for another condition.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence

from tools.core.errors import InputError
from tools.core.evidence import Value
from tools.core.units import convert

_QUANTITY = re.compile(r"\s*([+-−]?(?:\d+(?:[.,]\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_LONGEST = 120
UNUSED = "Not used by this model"  # begins the note of every value with conditions
_DALTONS = {"da": "g/mol", "kda": "kg/mol", "mda": "Mg/mol"}
_TACTICITIES = ("isotactic", "syndiotactic", "atactic")
_TEMPERATURE_RANGE = (0.0, 5000.0)  # K


def _number(name: str, text: str, unit: str, least: float, most: float) -> str:
    match = _QUANTITY.fullmatch(text)
    if match is None:
        raise InputError(f"{text[:40]!r} is no value for {name}.", hint=f"Give a number{unit and f' in {unit}'}.")
    value = float(match[1].replace("−", "-").replace(",", "."))
    given = _DALTONS.get(match[2].casefold(), match[2])
    if unit:
        value = convert(value, given or unit, unit)
    elif given:
        raise InputError(f"{name} has no unit.", hint=f"Write {name}={match[1]}.")
    if not (math.isfinite(value) and least < value <= most):
        raise InputError(
            f"{text[:40]!r} is no possible {name}.", hint=f"Between {least:g} and {most:g} {unit}.".strip()
        )
    return f"{value:.6g} {unit}".strip()


def _mass(text: str) -> str:
    return _number("molar mass", text, "kg/mol", 0.0, 1e6)


def _temperature(text: str) -> str:
    return _number("temperature", text, "K", *_TEMPERATURE_RANGE)


def _tacticity(text: str) -> str:
    found = text.strip().casefold()
    if found not in _TACTICITIES:
        raise InputError(f"{text[:40]!r} is no tacticity.", hint=f"Give {', '.join(_TACTICITIES)}.")
    return found


def _words(text: str) -> str:
    found = " ".join(text.split())
    if not 0 < len(found) <= _LONGEST or not found.isprintable():
        raise InputError("A condition is a short text.", hint=f"Give 1 to {_LONGEST} characters.")
    return found


_READERS: dict[str, Callable[[str], str]] = {
    "tacticity": _tacticity,
    "Mn": _mass,
    "Mw": _mass,
    "Mv": _mass,
    "molar mass": _mass,
    "degree of polymerisation": lambda text: _number("degree of polymerisation", text, "", 1.0, 1e8),
    "dispersity": lambda text: _number("dispersity", text, "", 0.999, 1000.0),
    "crystallinity": lambda text: _number("crystallinity", text, "percent", -1e-9, 100.0),
    "temperature": _temperature,
    "annealing temperature": _temperature,
    "heating rate": lambda text: _number("heating rate", text, "K/min", 0.0, 1e9),
    "pressure": lambda text: _number("pressure", text, "bar", -1e-9, 1e6),
    "relative humidity": lambda text: _number("relative humidity", text, "percent", -1e-9, 100.0),
    "solvent": _words,
    "processing": _words,
}
_ALIASES = {
    "molarmass": "molar mass", "molecularweight": "molar mass", "dp": "degree of polymerisation",
    "degreeofpolymerization": "degree of polymerisation", "pdi": "dispersity", "polydispersity": "dispersity",
    "t": "temperature", "annealing": "annealing temperature", "humidity": "relative humidity",
    "rh": "relative humidity",
    "process": "processing", "history": "processing",
}  # fmt: skip


def read_conditions(given: Mapping[str, str] | Sequence[str]) -> dict[str, str]:
    """Read conditions.

    Parameters
    ----------
    given : mapping of str to str, or sequence of str
        ``{"tacticity": "isotactic", "Mn": "50 kg/mol"}``, or texts such as ``"Mn=50 kg/mol"``.

    Returns
    -------
    dict of str to str
        Values in canonical form by canonical name: masses in kg/mol, temperatures in K.

    Raises
    ------
    InputError
        If a name is unknown or given twice, or a value is impossible.
    UnitError
        If a unit does not fit.
    """
    pairs = list(given.items()) if isinstance(given, Mapping) else [_pair(text) for text in given]
    found: dict[str, str] = {}
    for name, text in pairs:
        known = _name(str(name))
        if known in found:
            raise InputError(f"{known} is given twice.", hint="Give each condition once.")
        found[known] = _READERS[known](str(text))
    return found


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not value.strip():
        raise InputError(f"{text[:60]!r} is no condition.", hint='Write it as "tacticity=isotactic" or "Mn=50 kg/mol".')
    return name, value


def _name(text: str) -> str:
    plain = re.sub(r"[\s_-]+", "", text.strip()).casefold()
    names = {re.sub(r"\s+", "", name).casefold(): name for name in _READERS}
    found = names.get(plain) or _ALIASES.get(plain)
    if found is None:
        raise InputError(f"{text.strip()[:40]!r} is no condition that is kept.", hint=f"Known: {', '.join(_READERS)}.")
    return found


def with_conditions(values: Mapping[str, Value], conditions: Mapping[str, str]) -> dict[str, Value]:
    """Keep conditions with values, and say that no model used them.

    Parameters
    ----------
    values : mapping of str to Value
        Predictions by property id.
    conditions : mapping of str to str
        From ``read_conditions``.

    Returns
    -------
    dict of str to Value
        The same numbers. A condition that the value has already (the temperature its model learnt at) stays, and what
        was asked for stands beside it as "requested ...".
    """
    if not conditions:
        return dict(values)
    return {name: _kept(value, conditions) for name, value in values.items()}


def _kept(value: Value, conditions: Mapping[str, str]) -> Value:
    own = {name: value.conditions[name] for name in conditions if name in value.conditions}
    asked = {(f"requested {name}" if name in own else name): text for name, text in conditions.items()}
    said = [f"{UNUSED}: {', '.join(f'{name} {text}' for name, text in conditions.items())}."]
    said += [f"It answers at {name} {text}." for name, text in own.items()]
    note = " ".join(filter(None, [value.note, *said]))
    return value.model_copy(update={"conditions": {**value.conditions, **asked}, "note": note})
