"""The virtual library: every distinct linear chain that the engine makes of the known monomers, by number.

A position is a plain integer; it leads to its candidate without those before it, so a stream goes on anywhere and many
workers read one library. Ordinary polymers (one or two monomers) come first, then chains of three monomers, either in a
scattered order, so that any prefix is a varied sample. No chain comes twice, and nothing has to be remembered for that:
a chain is given only under the first of all readings of its cyclic word as residues of the known monomers.

Chains of three monomers are periodic: A-B-A'-B and A-(AB)-B. They need stepwise synthesis; the note says so. Linkages
whose bonds exchange readily (anhydrides, imines, silyl ethers, thiocarbonates) are not offered in such chains, for the
order of their monomers would not last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from math import gcd

from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec
from tools.core.word import canonical_word
from tools.design.aim import allowed_rules
from tools.design.candidate import Candidate
from tools.design.enumeration import MOST_ATOMS, single_monomer_products
from tools.design.library_parts import Pool, pools
from tools.design.library_series import Reader, Series
from tools.design.structure import unit_size
from tools.synthesis.residues import join_residues

_NAME = "library"
_EXCHANGING = frozenset(("anhydride", "imine", "azine", "ketimine", "silyl_ether", "thiocarbonate"))
_STEPWISE = (
    "the regular order needs stepwise synthesis; a one-pot reaction gives the random copolymer of this composition"
)
_GOLDEN = 0.6180339887498949  # multiples of it fill an interval evenly, so prefixes are even samples


class Library:
    """Distinct candidates by position.

    Parameters
    ----------
    found : sequence of Pool, optional
        What it is made from; all pools of the known monomers when left out.
    singles : sequence of Candidate, optional
        Polymers of one monomer; those of the known monomers when left out.
    periodic : bool
        Hold chains of three monomers as well.

    Attributes
    ----------
    size : int
        Number of positions; some hold no candidate (too large, not reactive, or given elsewhere).
    ordinary : int
        Positions of polymers of one or two monomers; the others follow.
    signature : str
        Changes with the monomers and rules behind it.
    """

    def __init__(
        self,
        found: Sequence[Pool] | None = None,
        singles: Sequence[Candidate] | None = None,
        *,
        periodic: bool = True,
    ) -> None:
        given = pools() if found is None else found
        alone = single_monomer_products(allowed_rules(DesignSpec(brief=""))) if singles is None else singles
        plain = [pool for pool in given if _has_words(pool)]
        self._explicit = _explicit(alone, [pool for pool in given if not _has_words(pool)])
        self._known = {candidate.polymer.key for candidate in self._explicit}
        self._reader = Reader(plain)
        self._series = [Series("pair", pool) for pool in plain]
        ordinary = len(self._series)
        if periodic:
            steady = [p for p in plain if "step_growth" in p.polymerisations and p.rule not in _EXCHANGING]
            steady = [pool for pool in steady if "+" not in pool.rule]
            self._series += [Series("inserted", pool) for pool in steady if pool.cross]
            self._series += [Series(kind, pool) for pool in steady for kind in ("left", "right")]
        place = {id(pool): number for number, pool in enumerate(plain)}
        self._where = {(place[id(s.pool)], s.kind): number for number, s in enumerate(self._series)}
        self._starts = [len(self._explicit), *accumulate(map(len, self._series), initial=len(self._explicit))][1:]
        self.ordinary, self.size = self._starts[ordinary], self._starts[-1]
        self.signature = _signature(self._series, self._explicit)

    def at(self, position: int) -> Candidate | None:
        """Return the candidate at a position.

        Parameters
        ----------
        position : int
            From 0 to ``size``.

        Returns
        -------
        Candidate or None
            None where there is none.
        """
        if position < self.ordinary:
            number = _scattered(position, self.ordinary)
        else:
            number = self.ordinary + _scattered(position - self.ordinary, self.size - self.ordinary)
        return self._numbered(number)

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[tuple[int, Candidate]]:
        """Stream candidates in the order of their positions.

        Parameters
        ----------
        start : int
            First position.
        stop : int, optional
            Position behind the last; the end of the library when left out.

        Yields
        ------
        position : int
            To go on after it, start at the next.
        candidate : Candidate
            No chain twice.
        """
        for position in range(start, self.size if stop is None else min(stop, self.size)):
            candidate = self.at(position)
            if candidate is not None:
                yield position, candidate

    def _numbered(self, number: int) -> Candidate | None:
        if number < len(self._explicit):
            return self._explicit[number]
        place = _series_of(self._starts, number)
        series, inner = self._series[place], number - self._starts[place]
        word = self._word(place, inner)
        if word is None or not self._is_first(word, place, inner):
            return None
        blocks = series.blocks(inner) or ()
        monomers = tuple(dict.fromkeys(block.monomer for block in blocks))
        pool = series.pool
        origin = f"from {', '.join(monomers[:-1])} and {monomers[-1]}"
        note = pool.note if series.kind == "pair" else _STEPWISE
        return Candidate(Polymer("|".join(word)), _NAME, origin, monomers, pool.rule, pool.polymerisations, note)

    def _word(self, place: int, inner: int) -> tuple[str, ...] | None:
        blocks = self._series[place].blocks(inner)
        if blocks is None:
            return None
        return canonical_word(tuple(piece for block in blocks for piece in block.residue.word))

    def _is_first(self, word: tuple[str, ...], place: int, inner: int) -> bool:
        """Tell whether no smaller number gives this chain."""
        if "|".join(word) in self._known:
            return False
        smaller = set()
        for pool, kind, places in self._reader.readings(word):
            other = self._where.get((pool, kind))
            if other is not None and other <= place:
                reading = (other, self._series[other].number(places))
                if reading < (place, inner):
                    smaller.add(reading)
        return not any(self._word(*reading) == word for reading in smaller)


def _has_words(pool: Pool) -> bool:
    return all(block.residue.word for block in (*pool.left, *pool.right))


def _explicit(singles: Sequence[Candidate], pools_without_words: list[Pool]) -> tuple[Candidate, ...]:
    """Make the few polymers that are listed rather than numbered: of one monomer, or joined by double bonds."""
    found = {c.polymer.key: replace(c, source=_NAME) for c in singles if unit_size(c.polymer) <= MOST_ATOMS}
    for pool in pools_without_words:
        series = Series("pair", pool)
        for number in range(len(series)):
            blocks = series.blocks(number)
            polymer = join_residues([block.residue for block in blocks]) if blocks else None
            if blocks and polymer is not None:
                monomers = tuple(block.monomer for block in blocks)
                made = Candidate(
                    polymer, _NAME, f"from {' and '.join(monomers)}", monomers, pool.rule, pool.polymerisations
                )
                found.setdefault(polymer.key, made)
    return tuple(found.values())


def _series_of(starts: list[int], number: int) -> int:
    low, high = 0, len(starts) - 1
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if starts[middle] <= number else (low, middle)
    return low


@lru_cache(maxsize=8)
def _stride(size: int) -> int:
    stride = max(1, round(size * _GOLDEN))
    while gcd(stride, size) != 1:
        stride += 1
    return stride


def _scattered(position: int, size: int) -> int:
    return (position * _stride(size)) % size


def _signature(series: list[Series], explicit: tuple[Candidate, ...]) -> str:
    digest = hashlib.sha256()
    for item in series:
        pool = item.pool
        digest.update(f"{item.kind} {pool.rule} {pool.fits_left} {pool.fits_right}\n".encode())
        for block in (*pool.left, *pool.right, *pool.cross):
            digest.update(f"{block.monomer} {'|'.join(block.residue.word)}\n".encode())
    digest.update("\n".join(candidate.polymer.key for candidate in explicit).encode())
    return digest.hexdigest()


@lru_cache(maxsize=2)
def library(*, periodic: bool = True) -> Library:
    """Return the library, built once in a process (seconds).

    Parameters
    ----------
    periodic : bool
        Hold chains of three monomers as well.
    """
    return Library(periodic=periodic)
