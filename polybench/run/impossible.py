"""Proofs that no repeat unit can meet a set of constraints, by counting atoms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import inf
from typing import Final

from rdkit import Chem

from polybench.scoring import conventions
from polybench.task import Constraint

_HALOGENS: Final = ("F", "Cl", "Br", "I")
_FIRST = re.compile(r"#(?P<number>\d+)|(?P<symbol>Cl|Br|Si|Se|Sn|Ge|[BCNOPSFI])|(?P<aromatic>[cnops])")
_SLACK: Final = 1e-6


@dataclass
class Limits:
    """Bounds that the constraints of a design put on atoms and sizes.

    Attributes
    ----------
    low, high : dict of str to float
        Bounds by element symbol, or name of a descriptor.
    """

    low: dict[str, float] = field(default_factory=dict)
    high: dict[str, float] = field(default_factory=dict)

    def add(self, name: str, low: float | None, high: float | None) -> None:
        """Tighten the bounds of a name."""
        if low is not None:
            self.low[name] = max(low, self.low.get(name, -inf))
        if high is not None:
            self.high[name] = min(high, self.high.get(name, inf))


def elements_of(smarts: str) -> dict[str, int]:
    """Count the atoms that every match of a pattern has, by element; atoms that may be several elements count as none.

    Parameters
    ----------
    smarts : str
        The pattern.

    Returns
    -------
    dict of str to int
        Least number of atoms by symbol.
    """
    found: dict[str, int] = {}
    for atom in conventions.pattern(smarts).GetAtoms():
        symbol = _element(atom.GetSmarts())
        if symbol:
            found[symbol] = found.get(symbol, 0) + 1
    return found


def _element(text: str) -> str:
    """Name the element of a pattern atom; nothing where it may be one of several."""
    alternatives = _parts(_parts(text.strip("[]"), ";")[0], ",")
    symbols = {_symbol(part) for part in alternatives}
    return symbols.pop() if len(symbols) == 1 else ""


def _parts(text: str, separator: str) -> list[str]:
    """Split outside brackets."""
    found, depth = [""], 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if letter == separator and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return found


def _symbol(text: str) -> str:
    if text.startswith("$("):  # an environment begins with the atom itself
        return _element(conventions.pattern(text[2:-1]).GetAtomWithIdx(0).GetSmarts())
    match = _FIRST.match(text)
    if match is None:
        return ""
    if match.group("number"):
        return str(Chem.GetPeriodicTable().GetElementSymbol(int(match.group("number"))))
    return match.group("symbol") or match.group("aromatic").upper()


def limits_of(constraints: Iterable[Constraint]) -> Limits:
    """Gather the bounds of constraints; a group that must occur asks for its elements other than carbon.

    Carbon is left out, because an attachment point counts as carbon in group matching.
    """
    limits = Limits()
    for item in constraints:
        if item.kind == "element":
            limits.add(item.name, item.min, item.max)
        elif item.kind == "descriptor":
            limits.add(conventions.descriptor_name(item.name), item.min, item.max)
        elif item.kind == "smarts" and item.min is not None and item.min > 0:
            for symbol, count in elements_of(item.smarts).items():
                if symbol not in ("C", "H"):
                    limits.add(symbol, count, None)
        if item.kind == "smarts":
            limits.add(f"smarts {item.smarts}", item.min, item.max)
    return limits


def contradiction(constraints: Sequence[Constraint]) -> str:
    """Prove that constraints exclude each other.

    Parameters
    ----------
    constraints : sequence of Constraint
        Constraints of a design.

    Returns
    -------
    str
        The reason; empty if there is no proof, which does not mean that there is a solution.
    """
    limits = limits_of(constraints)
    for name in sorted(limits.low.keys() & limits.high.keys()):
        if limits.low[name] > limits.high[name] + _SLACK:
            return f"{name} would have to be at least {limits.low[name]:g} and at most {limits.high[name]:g}"
    atoms = {name: low for name, low in limits.low.items() if name.isalpha() and len(name) <= 2 and low > 0}
    table = Chem.GetPeriodicTable()
    mass = sum(count * table.GetAtomicWeight(symbol) for symbol, count in atoms.items())
    if mass > limits.high.get("molar_mass", inf) + _SLACK:
        return f"the elements asked for weigh {mass:.1f} g/mol"
    return _too_small(limits, atoms)


def _too_small(limits: Limits, atoms: dict[str, float]) -> str:
    size = limits.high.get("heavy_atoms", inf)
    needed = sum(count for symbol, count in atoms.items() if symbol != "H")
    ends = sum(count for symbol, count in atoms.items() if symbol in _HALOGENS)
    if needed > size + _SLACK or (ends and ends >= size):
        return f"{needed:g} heavy atoms are asked for beside those that carry the chain"
    rings = max(limits.low.get(name, 0.0) for name in ("rings", "aromatic_rings", "aliphatic_rings", "saturated_rings"))
    if rings >= 1 and size < 3:
        return "a ring needs three atoms"
    if rings >= 1 and limits.high.get("rings", inf) < rings:
        return "more rings of one kind than rings"
    polar = all(limits.high.get(symbol, inf) <= 0 for symbol in ("N", "O", "S"))
    if polar and limits.low.get("hbond_donors", 0) >= 1:
        return "hydrogen-bond donors need nitrogen, oxygen or sulfur"
    if limits.low.get("heteroatoms", 0) > size:
        return "more heteroatoms than heavy atoms"
    return ""
