"""Substructure queries that say no quickly.

RDKit evaluates every recursive part of a SMARTS on the whole molecule before it starts to match, which costs more than
the match. A query is therefore tried in three steps: the elements it needs, its form without recursive parts (which
can only match more), then the query itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
        Atomic numbers in any molecule that matches, those of recursive conditions included.
    aromatic : bool
        True if any molecule that matches has an aromatic atom.
    """

    text: str
    mol: Chem.Mol
    loose: Chem.Mol | None
    needs: frozenset[int]
    aromatic: bool

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
    plain = [atom for atom in loose.GetAtoms() if not set(",!") & set(atom.GetSmarts())]
    inner = [compile_query(part) for part in _required(text)]
    needs = frozenset(atom.GetAtomicNum() for atom in plain if atom.GetAtomicNum()).union(*(q.needs for q in inner))
    aromatic = any(atom.GetIsAromatic() for atom in plain) or any(q.aromatic for q in inner)
    return Query(text, mol, loose if "$" in text else None, needs, aromatic)


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
    number, clauses = _clauses(inside)
    kept = [clause for clause in clauses if "$" not in clause]
    return f"[{';'.join(kept) or '*'}{number}]"


def _clauses(inside: str) -> tuple[str, list[str]]:
    """Split what stands in a bracket atom into its map number and the conditions that all have to hold."""
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
    return number, [*parts, current]


def _brackets(text: str) -> Iterator[str]:
    """Yield what stands in each bracket atom."""
    place = text.find("[")
    while place >= 0:
        end = _closing(text, place)
        yield text[place + 1 : end]
        place = text.find("[", end)


def conditions(text: str, number: int) -> list[str]:
    """Return the conditions on the atom with a map number.

    Parameters
    ----------
    text : str
        SMARTS.
    number : int
        Map number of a bracket atom.

    Returns
    -------
    list of str
        Those that all have to hold.
    """
    return next(clauses for inside in _brackets(text) for found, clauses in [_clauses(inside)] if found == f":{number}")


def _required(text: str) -> Iterator[str]:
    """Yield the recursive conditions that have to hold on their own."""
    for inside in _brackets(text):
        for clause in _clauses(inside)[1]:
            if clause.startswith("$(") and _recursions(clause) == [clause[2:-1]]:
                yield clause[2:-1]


@lru_cache(maxsize=4096)
def sight(text: str, start: int = 0) -> int:
    """Return how many bonds away from one of its atoms a SMARTS looks at most.

    Parameters
    ----------
    text : str
        The SMARTS, in one part.
    start : int
        Index of the atom in the pattern.
    """
    mol = Chem.MolFromSmarts(text)
    away = Chem.GetDistanceMatrix(mol)[start]
    return max(
        int(away[atom.GetIdx()]) + max(map(sight, _recursions(atom.GetSmarts())), default=0) for atom in mol.GetAtoms()
    )


def _recursions(text: str) -> list[str]:
    """Return the outermost recursive parts of an atom."""
    found = []
    place = text.find("$(")
    while place >= 0:
        depth = 0
        for end in range(place + 1, len(text)):
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            if depth == 0:
                break
        found.append(text[place + 2 : end])
        place = text.find("$(", end)
    return found


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
