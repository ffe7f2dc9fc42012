"""How a repeat unit is written for the generator: frequent backbone pieces as one token, others letter by letter.

A unit is the word of its backbone pieces (``tools.core.word``) in the rotation that chemists write
(``tools.core.display``). Every piece is text written from its start, such as ``C([2*])=O``, whose ``[2*]`` the next
piece replaces. Pieces seen often are single tokens; the others stand between ``<`` and ``>`` as SMILES tokens, so that
side groups that were never seen can be written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rdkit import Chem

from tools.core.assemble import piece_mol
from tools.core.display import display_word
from tools.core.polymer import Polymer
from tools.core.word import Word

END, OPEN, CLOSE = "$", "<", ">"
_NEXT = "[2*]"
_SMILES = re.compile(r"\[[^\]]*\]|%\d\d|Cl|Br|[A-Za-z]|\d|[=#()\-+]")
_RING = re.compile(r"%?\d+")
_ELEMENT = re.compile(r"\[\d*([A-Z][a-z]?|[a-z])|(Cl|Br|[A-Z]|[bcnops])")


@lru_cache(maxsize=16_384)
def piece_text(piece: str) -> str | None:
    """Write a piece from its start, without the start.

    Parameters
    ----------
    piece : str
        Canonical piece with ends ``[1*]`` and ``[2*]``.

    Returns
    -------
    str or None
        Text with one ``[2*]``; None for pieces that are bound by double bonds or carry stereo marks.
    """
    mol = piece_mol(piece)
    start = next(atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0 and atom.GetIsotope() == 1)
    text = Chem.MolToSmiles(mol, rootedAtAtom=start).removeprefix("[1*]")
    bound = text[0] in "=#" or f"={_NEXT}" in text or f"#{_NEXT}" in text
    return None if bound or any(mark in text for mark in "@/\\") or text.count(_NEXT) != 1 else text


def letters(text: str) -> tuple[str, ...] | None:
    """Cut SMILES text into tokens; None if something in it is not SMILES.

    Parameters
    ----------
    text : str
        SMILES text.
    """
    found = tuple(_SMILES.findall(text))
    return found if "".join(found) == text else None


def texts_of(polymer: Polymer) -> tuple[str, ...] | None:
    """Return the texts of a polymer's pieces in the order in which the unit is written, None if one has no text.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    """
    word: Word = display_word(polymer.word)
    found = tuple(text for text in map(piece_text, word) if text is not None)
    return found if len(found) == len(word) else None


@dataclass(frozen=True)
class Alphabet:
    """The tokens of the generator.

    Attributes
    ----------
    tokens : tuple of str
        ``$`` first (start and end), then ``<`` and ``>``, SMILES tokens, and the texts of frequent pieces.
    """

    tokens: tuple[str, ...]

    @cached_property
    def codes(self) -> dict[str, int]:
        """Number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    @cached_property
    def _pieces(self) -> frozenset[int]:
        return frozenset(number for number, token in enumerate(self.tokens) if _NEXT in token and token != _NEXT)

    def __len__(self) -> int:
        return len(self.tokens)

    @staticmethod
    def learn(units: Iterable[Sequence[str]], *, most: int, least: int) -> Alphabet:
        """Choose the tokens for a corpus.

        Parameters
        ----------
        units : iterable of sequence of str
            Texts of the pieces of each unit, repeated as often as the unit counts.
        most : int
            Pieces that become tokens at most.
        least : int
            Times that a piece must be seen to become a token, and a SMILES token to be kept.

        Returns
        -------
        Alphabet
            The most frequent pieces, and the SMILES tokens of all others.
        """
        pieces = Counter(text for unit in units for text in unit)
        ordered = sorted(pieces.items(), key=lambda item: (-item[1], item[0]))
        frequent = [text for text, count in ordered[:most] if count >= least]
        spelled: Counter[str] = Counter()
        for text, count in ordered:
            for letter in letters(text) or ():
                spelled[letter] += count
        kept = sorted(letter for letter, count in spelled.items() if count >= least and letter != _NEXT)
        return Alphabet((END, OPEN, CLOSE, _NEXT, *kept, *frequent))

    def encode(self, texts: Sequence[str]) -> list[int] | None:
        """Turn the pieces of a unit into tokens.

        Parameters
        ----------
        texts : sequence of str
            From ``texts_of``.

        Returns
        -------
        list of int or None
            Without start and end; None if a SMILES token is not in the alphabet.
        """
        found: list[int] = []
        for text in texts:
            if text in self.codes and text != _NEXT:
                found.append(self.codes[text])
                continue
            spelled = letters(text)
            if spelled is None or any(letter not in self.codes for letter in spelled):
                return None
            found += [self.codes[OPEN], *(self.codes[letter] for letter in spelled), self.codes[CLOSE]]
        return found

    def decode(self, numbers: Sequence[int]) -> str | None:
        """Turn tokens into the text of a repeat unit, which has still to pass the gate.

        Parameters
        ----------
        numbers : sequence of int
            Without start and end.

        Returns
        -------
        str or None
            SMILES with two ``*``; None if the pieces are not whole.
        """
        texts: list[str] = []
        spelled: list[str] | None = None
        for number in numbers:
            token = self.tokens[number]
            if spelled is None:
                if token == OPEN:
                    spelled = []
                elif number in self._pieces:
                    texts.append(token)
                else:
                    return None
            elif token == CLOSE:
                texts.append("".join(spelled))
                spelled = None
            else:
                spelled.append(token)
        if spelled is not None or not texts or any(text.count(_NEXT) != 1 for text in texts):
            return None
        return _joined(texts)

    def with_elements(self, symbols: frozenset[str]) -> list[int]:
        """Return the tokens that hold one of the given elements.

        Parameters
        ----------
        symbols : frozenset of str
            Element symbols.
        """
        return [
            number
            for number, token in enumerate(self.tokens)
            if {(a or b).capitalize() for a, b in _ELEMENT.findall(token)} & symbols
        ]


def _joined(texts: Sequence[str]) -> str | None:
    """Put each text in the place that the one before leaves for it; ring closures are numbered on."""
    unit, offset = f"*{_NEXT}", 0
    for text in texts:
        found = letters(text)
        if found is None:
            return None
        rings = [int(letter.strip("%")) for letter in found if _RING.fullmatch(letter)]
        moved = (_closure(int(t.strip("%")) + offset) if _RING.fullmatch(t) else t for t in found)
        unit = unit.replace(_NEXT, "".join(moved))
        offset += max(rings, default=0)
    return unit.replace(_NEXT, "*") if offset < 100 else None


def _closure(number: int) -> str:
    return str(number) if number < 10 else f"%{number}"
