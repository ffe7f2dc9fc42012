"""Numbered families of chains over a pool of residues, and every way to read a chain as a member of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Literal

from tools.core.word import Word, reverse_word
from tools.design.enumeration import MOST_ATOMS, Block
from tools.design.library_parts import Pool

Kind = Literal["pair", "inserted", "left", "right"]
Places = tuple[int, ...]


@dataclass(frozen=True)
class Series:
    """All chains of one pattern over one pool.

    Attributes
    ----------
    kind : {"pair", "inserted", "left", "right"}
        The repeat unit: A-B; A-(AB)-B with a monomer that carries both groups; A-B-A'-B; A-B-A-B'.
    pool : Pool
        The residues: A from ``left``, B from ``right``, AB from ``cross``.
    """

    kind: Kind
    pool: Pool

    def __len__(self) -> int:
        left, right, cross = len(self.pool.left), len(self.pool.right), len(self.pool.cross)
        if self.kind == "pair":
            return left * right
        if self.kind == "inserted":
            return left * right * cross
        many, one = (left, right) if self.kind == "left" else (right, left)
        return many * (many - 1) // 2 * one

    def places(self, number: int) -> Places:
        """Return the places of the residues of a chain: (A, B), (A, B, AB), (A, A', B) or (B, B', A).

        Parameters
        ----------
        number : int
            From 0 to the length.
        """
        if self.kind == "pair":
            return divmod(number, len(self.pool.right))
        if self.kind == "inserted":
            rest, cross = divmod(number, len(self.pool.cross))
            return (*divmod(rest, len(self.pool.right)), cross)
        both, one = divmod(number, len(self.pool.right if self.kind == "left" else self.pool.left))
        second = (1 + isqrt(1 + 8 * both)) // 2
        return both - second * (second - 1) // 2, second, one

    def number(self, places: Places) -> int:
        """Return the number of a chain.

        Parameters
        ----------
        places : tuple of int
            As from ``places``; for two like residues in either order.
        """
        if self.kind == "pair":
            return places[0] * len(self.pool.right) + places[1]
        if self.kind == "inserted":
            return (places[0] * len(self.pool.right) + places[1]) * len(self.pool.cross) + places[2]
        first, second = sorted(places[:2])
        one = len(self.pool.right if self.kind == "left" else self.pool.left)
        return (second * (second - 1) // 2 + first) * one + places[2]

    def blocks(self, number: int) -> tuple[Block, ...] | None:
        """Return the residues of a chain in order; None where they are too large, alike or do not react.

        Parameters
        ----------
        number : int
            From 0 to the length.
        """
        pool, places = self.pool, self.places(number)
        if self.kind in ("pair", "inserted"):
            pairs = [(places[0], places[1])]
        elif self.kind == "left":
            pairs = [(places[0], places[2]), (places[1], places[2])]
        else:
            pairs = [(places[2], places[0]), (places[2], places[1])]
        found = [block for a, b in pairs for block in (pool.left[a], pool.right[b])]
        if self.kind == "inserted":
            found.insert(1, pool.cross[places[2]])
        if sum(block.atoms for block in found) > MOST_ATOMS or not all(pool.fits(a, b) for a, b in pairs):
            return None
        monomers = {block.monomer for block in found}
        return tuple(found) if len(monomers) == (2 if self.kind == "pair" else 3) else None


@dataclass
class _Node:
    """A step in the tree of residue words: what begins so, and what ends here."""

    onward: dict[str, _Node] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)  # place by pool
    right: dict[int, int] = field(default_factory=dict)
    cross: dict[int, int] = field(default_factory=dict)
    turned: dict[int, int] = field(default_factory=dict)  # cross residues read backwards
    first: int = 0  # bit mask of the pools that it is a left residue of
    second: int = 0  # of those that it is a right or cross residue of


class Reader:
    """Finds every way to read a chain as residues of one pool in turn.

    Parameters
    ----------
    pools : sequence of Pool
        The pools; those with residues that have no word are left out.
    """

    def __init__(self, pools: Sequence[Pool]) -> None:
        self._root = _Node()
        for number, pool in enumerate(pools):
            for name, blocks in (("left", pool.left), ("right", pool.right), ("cross", pool.cross)):
                for place, block in enumerate(blocks):
                    self._learn(block.residue.word, name, number, place)
                    self._learn(reverse_word(block.residue.word), "turned" if name == "cross" else name, number, place)

    def _learn(self, word: Word, side: str, pool: int, place: int) -> None:
        node = self._root
        for piece in word:
            node = node.onward.setdefault(piece, _Node())
        if word:
            getattr(node, side).setdefault(pool, place)
            if side == "left":
                node.first |= 1 << pool
            else:
                node.second |= 1 << pool

    def readings(self, word: Word) -> Iterator[tuple[int, Kind, Places]]:
        """Yield the readings of a chain.

        Parameters
        ----------
        word : tuple of str
            Its smallest repeat unit; residues may go round it more than once.

        Yields
        ------
        pool : int
            Place of the pool.
        kind : {"pair", "inserted", "left", "right"}
            The pattern.
        places : tuple of int
            As in ``Series``. A reading may come twice, and the direction of a residue is not checked.
        """
        size = len(word)
        arcs = [self._arcs(word, start) for start in range(size)]
        for start in range(size):
            for end, first in arcs[start]:
                if first.first:
                    for stop, second in arcs[end]:
                        if first.first & second.second:
                            yield from self._two(arcs, stop, start, first, second)

    def _two(
        self, arcs: list[list[tuple[int, _Node]]], place: int, start: int, first: _Node, second: _Node
    ) -> Iterator[tuple[int, Kind, Places]]:
        """Go on after two residues; ``place`` is where they end."""
        for pool in first.left.keys() & second.right.keys():
            a, b = first.left[pool], second.right[pool]
            if place == start:
                yield pool, "pair", (a, b)
            for stop, third in arcs[place]:
                if stop == start and pool in third.turned:
                    yield pool, "inserted", (a, b, third.turned[pool])
                if pool in third.left:
                    yield from self._four(arcs, stop, start, pool, (a, b, third.left[pool]))
        for pool in first.left.keys() & second.cross.keys():
            for stop, third in arcs[place]:
                if stop == start and pool in third.right:
                    yield pool, "inserted", (first.left[pool], third.right[pool], second.cross[pool])

    def _four(
        self, arcs: list[list[tuple[int, _Node]]], place: int, start: int, pool: int, so_far: tuple[int, int, int]
    ) -> Iterator[tuple[int, Kind, Places]]:
        a, b, other_a = so_far
        for stop, fourth in arcs[place]:
            if stop == start and pool in fourth.right:
                other_b = fourth.right[pool]
                if b == other_b and a != other_a:
                    yield pool, "left", (a, other_a, b)
                elif a == other_a and b != other_b:
                    yield pool, "right", (b, other_b, a)

    def _arcs(self, word: Word, start: int) -> list[tuple[int, _Node]]:
        """Residues that begin here, with where they end."""
        found, node, place, size = [], self._root, start, len(word)
        while (following := node.onward.get(word[place])) is not None:
            node, place = following, place + 1 if place + 1 < size else 0
            if node.first or node.second:
                found.append((place, node))
        return found
