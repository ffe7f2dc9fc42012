"""The dyads of a statistical copolymer, and the chains that stand for them.

With mole fractions p a Bernoullian chain has the dyad AA with probability p_A^2 and AB with 2 p_A p_B. The homopolymer
is the chain of AA dyads only, the alternating copolymer that of AB dyads only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from tools.core.errors import InputError, StructureError
from tools.core.polymer import Polymer

Basis = Literal["mole", "mass"]
Part = tuple[Polymer, float]
MOST_PARTS = 6
_CARBON, _METALLOIDS = 6, (5, 14)


@dataclass(frozen=True)
class Composition:
    """A copolymer's units and their amounts.

    Attributes
    ----------
    polymers : tuple of Polymer
        The homopolymers of its units, ordered by key.
    mole, mass : tuple of float
        Fractions of repeat units (as written by ``Polymer.smiles``) and of mass; each sums to 1.
    """

    polymers: tuple[Polymer, ...]
    mole: tuple[float, ...]
    mass: tuple[float, ...]

    @staticmethod
    def of(parts: Sequence[Part], basis: Basis = "mole") -> Composition:
        """Read amounts.

        Parameters
        ----------
        parts : sequence of (Polymer, float)
            Units and their amounts, positive, in any scale (0.3 and 0.7, or 30 and 70); units given twice are added.
        basis : {"mole", "mass"}
            What the amounts count.

        Returns
        -------
        Composition
            With both fractions.

        Raises
        ------
        InputError
            If there are no parts or too many, an amount is not positive, or the basis is unknown.
        """
        if basis not in ("mole", "mass"):
            raise InputError(f"{basis!r} is no basis.", hint="Give mole or mass.")
        amounts: dict[Polymer, float] = {}
        for polymer, amount in parts:
            if not (0 < amount < math.inf):
                raise InputError(f"{amount} is no amount of {polymer}.", hint="Give positive numbers.")
            amounts[polymer] = amounts.get(polymer, 0.0) + float(amount)
        if not 1 <= len(amounts) <= MOST_PARTS:
            raise InputError(f"{len(amounts)} units were given.", hint=f"Give 2 to {MOST_PARTS}.")
        polymers = tuple(sorted(amounts))
        masses = {polymer: unit_mass(polymer) for polymer in polymers}
        moles = [amounts[item] / (masses[item] if basis == "mass" else 1.0) for item in polymers]
        mole = tuple(number / sum(moles) for number in moles)
        weight = [part * masses[item] for part, item in zip(mole, polymers, strict=True)]
        return Composition(polymers, mole, tuple(number / sum(weight) for number in weight))

    def volume(self, densities: Sequence[float]) -> tuple[float, ...]:
        """Return volume fractions from the densities of the homopolymers."""
        parts = [mass / density for mass, density in zip(self.mass, densities, strict=True)]
        return tuple(part / sum(parts) for part in parts)


def unit_mass(polymer: Polymer) -> float:
    """Return the molar mass of a repeat unit as written by ``Polymer.smiles``, g/mol."""
    return float(rdMolDescriptors._CalcMolWt(polymer.mol))


def alternating(first: Polymer, second: Polymer) -> tuple[Polymer, ...]:
    """Join two units into the alternating chain, in the orientation that keeps the bonds between units as they are.

    Parameters
    ----------
    first, second : Polymer
        Homopolymers of the two units.

    Returns
    -------
    tuple of Polymer
        One chain, two where both orientations are alike (head to tail cannot be told), none where the units cannot
        be joined without a bond between hetero-atoms that neither homopolymer has.
    """
    found: dict[Polymer, int] = {}
    for flipped in (False, True):
        chain, score = _joined(first, second, flipped=flipped)
        if chain is not None:
            found[chain] = max(score, found.get(chain, 0))
    best = max(found.values(), default=0)
    return tuple(sorted(chain for chain, score in found.items() if score == best))


def _end(mol: Any, star: int) -> Any:
    return mol.GetAtomWithIdx(star).GetNeighbors()[0]


def _kind(atom: Any) -> tuple[int, int, bool]:
    return atom.GetAtomicNum(), atom.GetDegree(), atom.GetIsAromatic()


def _joined(first: Polymer, second: Polymer, *, flipped: bool) -> tuple[Polymer | None, int]:
    """Return the chain -A-B- (B turned round if flipped) and how many of its two new bonds a homopolymer has."""
    one, other = Chem.Mol(first.mol), Chem.Mol(second.mol)
    for mol in (one, other):
        Chem.RemoveStereochemistry(mol)
    stars = [[atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0] for mol in (one, other)]
    (head, tail), (start, stop) = stars[0], stars[1][::-1] if flipped else stars[1]
    known = {
        frozenset((_kind(_end(mol, a)), _kind(_end(mol, b)))) for mol, (a, b) in zip((one, other), stars, strict=True)
    }
    bonds = [(_end(one, tail), _end(other, start)), (_end(other, stop), _end(one, head))]
    kept = [frozenset((_kind(a), _kind(b))) in known for a, b in bonds]
    for (a, b), old in zip(bonds, kept, strict=True):
        hetero = [atom.GetAtomicNum() not in (_CARBON, *_METALLOIDS) for atom in (a, b)]
        if all(hetero) and not old:
            return None, 0
    size = one.GetNumAtoms()
    editable = Chem.RWMol(Chem.CombineMols(one, other))
    kind = one.GetBondBetweenAtoms(tail, _end(one, tail).GetIdx()).GetBondType()
    if other.GetBondBetweenAtoms(start, _end(other, start).GetIdx()).GetBondType() != kind:
        return None, 0
    editable.AddBond(_end(one, tail).GetIdx(), _end(other, start).GetIdx() + size, kind)
    for star in sorted((tail, start + size), reverse=True):
        editable.RemoveAtom(star)
    try:
        return Polymer.from_smiles(Chem.MolToSmiles(editable)), sum(kept)
    except StructureError:
        return None, 0


@dataclass(frozen=True)
class Dyad:
    """One kind of dyad.

    Attributes
    ----------
    units : tuple of int
        Places of its two units in the composition.
    chains : tuple of Polymer
        Chains that hold this dyad alone; their mean stands for it.
    """

    units: tuple[int, int]
    chains: tuple[Polymer, ...]

    def weight(self, fractions: Sequence[float], mole: Sequence[float]) -> float:
        """Return its weight, where ``fractions`` (of mole, mass or volume) add up and ``mole`` are probabilities."""
        first, second = self.units
        one = fractions[first] * mole[second]
        return one if first == second else one + fractions[second] * mole[first]


def dyads_of(made: Composition) -> tuple[list[Dyad], bool]:
    """Return the dyads of a composition.

    Parameters
    ----------
    made : Composition
        The copolymer.

    Returns
    -------
    list of Dyad
        Homopolymers first, then alternating pairs.
    bool
        Whether all alternating chains could be written; if not, there are homopolymers only.
    """
    count = len(made.polymers)
    terms = [Dyad((place, place), (made.polymers[place],)) for place in range(count)]
    for first in range(count):
        for second in range(first + 1, count):
            chains = alternating(made.polymers[first], made.polymers[second])
            if not chains:
                return terms[:count], False
            terms.append(Dyad((first, second), chains))
    return terms, True
