"""Substructure queries that say no quickly.

RDKit evaluates every recursive part of a SMARTS on the whole molecule before it starts to match, which costs more than
the match. A query is therefore tried in three steps: the elements it needs, its form without recursive parts (which
can only match more), then the query itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem, rdBase
from rdkit.Chem import rdqueries

from tools.core.errors import SetupError

Match = tuple[int, ...]
_STAR = rdqueries.AtomNumEqualsQueryAtom(0)
_MAP = re.compile(r":(\d+)$")


@dataclass(frozen=True, eq=False)
class Query:
    """A compiled SMARTS with its quick tests.

    Attributes
    ----------
    text : str
        The SMARTS.
    mol : Chem.Mol
        The query.
    loose : Chem.Mol or None
        The query without recursive parts; None if it has none.
    needs : frozenset of int
        Atomic numbers that a match contains.
    """

    text: str
    mol: Chem.Mol
    loose: Chem.Mol | None
    needs: frozenset[int]

    def matches(self, target: Chem.Mol, elements: frozenset[int], *, all_orders: bool = False) -> tuple[Match, ...]:
        """Find matches.

        Parameters
        ----------
        target : Chem.Mol
            Sanitised molecule.
        elements : frozenset of int
            Its atomic numbers, from ``elements_in``.
        all_orders : bool
            Also return other orders of the same atoms.

        Returns
        -------
        tuple of tuple of int
            Atom indices in pattern order.
        """
        if not self.needs <= elements:
            return ()
        if self.loose is not None and not target.HasSubstructMatch(self.loose):
            return ()
        found: tuple[Match, ...] = target.GetSubstructMatches(self.mol, uniquify=not all_orders, maxMatches=400)
        return found


def elements_in(mol: Chem.Mol) -> frozenset[int]:
    """Return the atomic numbers in a molecule; 0 stands for a star.

    Parameters
    ----------
    mol : Chem.Mol
        Any molecule.
    """
    get = mol.GetAtomWithIdx  # iterating over GetAtoms costs three times as much
    return frozenset([get(i).GetAtomicNum() for i in range(mol.GetNumAtoms())])


def stars_of(mol: Chem.Mol) -> dict[int, int]:
    """Return the chain ends of a residue or unit.

    Parameters
    ----------
    mol : Chem.Mol
        With stars whose isotopes are their labels.

    Returns
    -------
    dict of int to int
        Atom index by label.
    """
    return {atom.GetIsotope(): atom.GetIdx() for atom in mol.GetAtomsMatchingQuery(_STAR)}


@lru_cache(maxsize=2048)
def compile_query(text: str) -> Query:
    """Compile a SMARTS.

    Parameters
    ----------
    text : str
        The SMARTS.

    Returns
    -------
    Query
        Cached.

    Raises
    ------
    SetupError
        If it cannot be read.
    """
    mol = Chem.MolFromSmarts(text)
    if mol is None:
        raise SetupError(f"The SMARTS {text!r} cannot be read.")
    loose_text = without_recursion(text)
    loose = Chem.MolFromSmarts(loose_text)
    if loose is None:
        raise SetupError(f"The SMARTS {loose_text!r} cannot be read.")
    needs = frozenset(
        atom.GetAtomicNum()
        for atom in loose.GetAtoms()
        if atom.GetAtomicNum() and not set(",!") & set(atom.GetSmarts())
    )
    return Query(text, mol, loose if "$" in text else None, needs)


def without_recursion(text: str) -> str:
    """Drop the recursive conditions of a SMARTS, which loosens it.

    Parameters
    ----------
    text : str
        The SMARTS.

    Returns
    -------
    str
        A SMARTS that matches wherever the first one does.
    """
    out, place = [], 0
    while place < len(text):
        if text[place] != "[":
            out.append(text[place])
            place += 1
            continue
        end = _closing(text, place)
        out.append(_loose_atom(text[place + 1 : end]))
        place = end + 1
    return "".join(out)


def _closing(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        depth += {"[": 1, "]": -1}.get(text[place], 0)
        if depth == 0:
            return place
    raise SetupError(f"Unbalanced brackets in {text!r}.")


def _loose_atom(inside: str) -> str:
    """Keep the conditions of a bracket atom that have no recursion."""
    found = _MAP.search(inside)
    number = found.group(0) if found and "$" not in found.group(0) else ""
    body = inside[: -len(number)] if number else inside
    parts, depth, current = [], 0, ""
    for letter in body:
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(letter, 0)
        if letter == ";" and depth == 0:
            parts.append(current)
            current = ""
        else:
            current += letter
    parts.append(current)
    kept = [part for part in parts if "$" not in part]
    return f"[{';'.join(kept) or '*'}{number}]"


def sanitised(mol: Chem.Mol) -> bool:
    """Sanitise a molecule in place, quietly.

    Parameters
    ----------
    mol : Chem.Mol
        Changed.

    Returns
    -------
    bool
        False if its valences or aromaticity do not work out.
    """
    with rdBase.BlockLogs():
        return bool(Chem.SanitizeMol(mol, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE)
