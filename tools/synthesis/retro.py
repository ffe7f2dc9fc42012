"""Backwards: a repeat unit to the monomers and the polymerisation that make it.

Every proposal is run forwards again; ``verified`` says that it gave the polymer back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rdkit import Chem

from tools.core.assemble import join
from tools.core.errors import NotCoveredError, PolysmithError
from tools.core.polymer import Polymer
from tools.core.word import Word
from tools.synthesis.cuts import Chain, Cut, matches_at
from tools.synthesis.forward import Product, react
from tools.synthesis.monomers import known
from tools.synthesis.query import elements_in
from tools.synthesis.ranking import ring_score, step_score
from tools.synthesis.rules import MonomerRule, Pairing, Reagent, rule_set
from tools.synthesis.transforms import apply_edits

_MOST_PAIRS = 24
_MOST_CHECKED = 12


@dataclass(frozen=True)
class Monomer:
    """A monomer of a route.

    Attributes
    ----------
    smiles : str
        Canonical SMILES.
    name : str
        Name in the list of known monomers, empty if it is not there.
    known_in : str
        The list, empty if the monomer is in none. Says nothing about whether it can be bought.
    """

    smiles: str
    name: str = ""
    known_in: str = ""


@dataclass(frozen=True)
class Route:
    """One way to make a polymer.

    Attributes
    ----------
    monomers : tuple of Monomer
        One, or two that alternate.
    rule : str
        Id of the linkage or monomer rule.
    mechanism : str
        What the polymerisation is called.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    conditions, by_product : str
        Typical class of conditions; what leaves.
    verified : bool
        True if running the polymerisation forwards gave the same polymer.
    score : float
        Order among routes, higher is more usual (``tools.synthesis.ranking``).
    competing : tuple of str
        Groups of the monomers that react as well and may have to be protected.
    note : str
        A caveat worth showing.
    """

    monomers: tuple[Monomer, ...]
    rule: str
    mechanism: str
    polymerisations: tuple[str, ...]
    conditions: str
    by_product: str
    verified: bool
    score: float
    competing: tuple[str, ...] = ()
    note: str = ""

    @property
    def all_known(self) -> bool:
        """True if every monomer is in a list of known monomers."""
        return all(monomer.known_in for monomer in self.monomers)


@dataclass(frozen=True)
class _Proposal:
    """Monomers that might make the polymer, before the check."""

    monomers: tuple[str, ...]
    rule: str
    pairing: Pairing | None
    score: float


def routes(polymer: Polymer, limit: int = 3, *, unverified: bool = False) -> list[Route]:
    """Find the likely ways to make a polymer, the most usual first.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.
    limit : int
        How many routes at most.
    unverified : bool
        Also return proposals that do not give the polymer back when run forwards.

    Returns
    -------
    list of Route
        Empty if no rule makes this repeat unit; that is an honest answer for cellulose.
    """
    return list(_routes(polymer, limit, unverified))


@lru_cache(maxsize=32_768)
def _routes(polymer: Polymer, limit: int, unverified: bool) -> tuple[Route, ...]:
    proposals: dict[frozenset[str], _Proposal] = {}
    for proposal in _proposals(polymer):
        key = frozenset(proposal.monomers)
        if key not in proposals or proposals[key].score < proposal.score:
            proposals[key] = proposal
    ranked = sorted(proposals.values(), key=lambda p: (-p.score, p.monomers))
    found: list[Route] = []
    doubtful: list[Route] = []
    for proposal in ranked[:_MOST_CHECKED]:
        route = _check(polymer, proposal)
        (found if route.verified else doubtful).append(route)
        if len(found) == limit:
            break
    if unverified:
        found.extend(doubtful[: limit - len(found)])
    return tuple(found)


def _proposals(polymer: Polymer) -> Iterator[_Proposal]:
    word = polymer.word
    yield from _chain_growth(word)
    yield from _ring_closure(word)
    yield from _step_growth(word)


def _check(polymer: Polymer, proposal: _Proposal) -> Route:
    """Run a proposal forwards."""
    monomers = tuple(_monomer(smiles) for smiles in proposal.monomers)
    try:
        products = react(*proposal.monomers).products
    except PolysmithError:
        products = ()
    same = [product for product in products if product.polymer.key == polymer.key]
    chosen = next((product for product in same if product.rule == proposal.rule), same[0] if same else None)
    if chosen is None:
        return Route(monomers, proposal.rule, "", (), "", "", verified=False, score=proposal.score - 1000.0)
    route = _route(monomers, chosen, proposal.score)
    if proposal.pairing is not None and chosen.rule == proposal.rule:
        route = replace(route, conditions=proposal.pairing.conditions, by_product=proposal.pairing.by_product)
    return route


def _route(monomers: tuple[Monomer, ...], product: Product, score: float) -> Route:
    return Route(
        monomers, product.rule, product.mechanism, product.polymerisations, product.conditions, product.by_product,
        verified=True, score=score - 4.0 * len(product.competing), competing=product.competing, note=product.note,
    )  # fmt: skip


@lru_cache(maxsize=32_768)
def _monomer(smiles: str) -> Monomer:
    entry = known(smiles)
    return Monomer(smiles, entry.name, entry.source) if entry else Monomer(smiles)


# --- chain growth and ring opening -------------------------------------------------------------------------------


def _chain_growth(word: Word) -> Iterator[_Proposal]:
    """Undo the rules that have a reverse edit, at every rotation of a short unit."""
    if len(word) > 4:
        return
    units = [word[i:] + word[:i] for i in range(len(word))]
    if len(word) == 1:
        units.append(word * 2)
    seen = set()
    for unit in units:
        mol = join(unit)
        for rule in rule_set().monomer_rules:
            if rule.opens_ring:
                continue
            for smiles in _reversed(mol, rule):
                if (rule.id, smiles) not in seen:
                    seen.add((rule.id, smiles))
                    yield _Proposal((smiles,), rule.id, None, ring_score(rule, (_monomer(smiles),)))
        if len(unit) in (3, 4):
            yield from _alternating(mol)


def _reversed(mol: Chem.Mol, rule: MonomerRule) -> Iterator[str]:
    transform = rule.backward
    for hit in mol.GetSubstructMatches(transform.query.mol, uniquify=False, maxMatches=8):
        result = apply_edits(mol, [(transform, hit)])
        if result is not None and not any(atom.GetAtomicNum() == 0 for atom in result.GetAtoms()):
            yield Chem.MolToSmiles(result)


def _alternating(mol: Chem.Mol) -> Iterator[_Proposal]:
    for smiles in _reversed(mol, _ALTERNATING):
        pair = tuple(sorted(smiles.split(".")))
        if len(pair) == 2 and pair[0] != pair[1]:
            yield _Proposal(pair, "alternating", None, ring_score(_ALTERNATING, tuple(map(_monomer, pair))))


_ALTERNATING = MonomerRule(
    "alternating",
    "alternating radical copolymerisation",
    "[CX3:1]=[CX3:2]>>*[C:1][C:2]*",
    "[#0][CX4:1]~[CX4:2]-!@[CX4:3]~[CX4:4][#0]>>[C:1]=[C:2].[C:3]=[C:4]",
    "radical initiator in solution, 60-80 °C",
    68.0,
    ("chain_growth", "radical"),
)


def _ring_closure(word: Word) -> Iterator[_Proposal]:
    """Join the ends of one, two, three or four repeat units to a ring."""
    rules = rule_set()
    for repeat in (1, 2, 3, 4):
        wanted = [rule for rule in rules.monomer_rules if rule.opens_ring and rule.repeat == repeat]
        mol = _closed(word * repeat)
        if mol is None:
            continue
        elements = elements_in(mol)
        for rule in wanted:
            if rule.forward.query.matches(mol, elements):
                smiles = Chem.MolToSmiles(mol)
                yield _Proposal((smiles,), rule.id, None, ring_score(rule, (_monomer(smiles),), mol))


def _closed(word: Word) -> Chem.Mol | None:
    """Close a stretch of chain to a ring; None where that is no molecule."""
    mol = Chem.RWMol(join(word))
    stars = {atom.GetIsotope(): atom for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0}
    one, other = (stars[i].GetNeighbors()[0].GetIdx() for i in (1, 2))
    if one == other or mol.GetBondBetweenAtoms(one, other) is not None or mol.GetNumAtoms() > 80:
        return None
    mol.AddBond(one, other, Chem.BondType.SINGLE)
    for index in sorted((atom.GetIdx() for atom in stars.values()), reverse=True):
        mol.RemoveAtom(index)
    failed = Chem.SanitizeMol(mol, catchErrors=True)
    return mol.GetMol() if failed == Chem.SanitizeFlags.SANITIZE_NONE else None


# --- step growth -------------------------------------------------------------------------------------------------


def _step_growth(word: Word) -> Iterator[_Proposal]:
    chain = Chain(word)
    cuts = chain.cuts()
    for cut in cuts:
        yield from _one_monomer(chain, cut, cuts)
    for first, second in _pairs(cuts):
        yield from _two_monomers(chain, first, second, cuts)


def _pairs(cuts: list[Cut]) -> list[tuple[Cut, Cut]]:
    """Pairs of cuts whose residues have like ends: one monomer brings both a ends, the other both b ends."""
    found = []
    ordered = sorted(cuts, key=lambda c: (-c.linkage.prior, c.place))
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            if one.place == other.place:
                continue
            first, second = (one, other) if one.place < other.place else (other, one)
            like = first.linkage.a == second.linkage.a or first.linkage.b == second.linkage.b
            if like and first.forward != second.forward:
                found.append((first, second))
    return found[:_MOST_PAIRS]


def _one_monomer(chain: Chain, cut: Cut, cuts: list[Cut]) -> Iterator[_Proposal]:
    residue = chain.segment(cut, cut)
    if residue is None:
        return
    rules = rule_set()
    for rank, pairing in enumerate(cut.linkage.pairings):
        a, b = rules.reagents[pairing.a], rules.reagents[pairing.b]
        smiles = capped(residue, b if cut.forward else a, a if cut.forward else b)
        if smiles is not None:
            monomers = (_monomer(smiles),)
            score = step_score(cut.linkage, rank, monomers, len({c.place for c in cuts if c.linkage.a == cut.linkage.a}))
            yield _Proposal((smiles,), cut.linkage.id, pairing, score)


def _two_monomers(chain: Chain, first: Cut, second: Cut, cuts: list[Cut]) -> Iterator[_Proposal]:
    inside, outside = chain.segment(first, second), chain.segment(second, first)
    if inside is None or outside is None:
        return
    rules = rule_set()
    for rank, pairing in enumerate(first.linkage.pairings):
        other = _matching(second, pairing, first)
        if other is None:
            continue
        ends = {
            "first": (rules.reagents[pairing.a], rules.reagents[pairing.b]),
            "second": (rules.reagents[other.a], rules.reagents[other.b]),
        }
        # inside runs from the right of the first cut to the left of the second
        inner = capped(inside, ends["first"][1 if first.forward else 0], ends["second"][0 if second.forward else 1])
        if inner is None:
            continue
        outer = capped(outside, ends["second"][1 if second.forward else 0], ends["first"][0 if first.forward else 1])
        if outer is None or outer == inner:
            continue
        monomers = (_monomer(inner), _monomer(outer))
        places = len({c.place for c in cuts if c.linkage.a == first.linkage.a})
        score = step_score(first.linkage, rank, monomers, places)
        yield _Proposal((inner, outer), first.linkage.id, pairing, score)


def _matching(cut: Cut, pairing: Pairing, first: Cut) -> Pairing | None:
    """Choose the pairing of the second cut that shares the first one's reagent on the common side."""
    if cut.linkage.id == first.linkage.id:
        return pairing
    if cut.linkage.a == first.linkage.a:
        return next((p for p in cut.linkage.pairings if p.a == pairing.a), None)
    return next((p for p in cut.linkage.pairings if p.b == pairing.b), None)


def capped(residue: Chem.Mol, start: Reagent, end: Reagent) -> str | None:
    """Turn both chain ends of a residue into functional groups.

    Parameters
    ----------
    residue : Chem.Mol
        With stars of isotope 1 and 2.
    start, end : Reagent
        Groups at star 1 and star 2.

    Returns
    -------
    str or None
        Canonical SMILES of the monomer; None if the ends are not of these kinds.
    """
    if not (start.give and end.give):
        return None
    for first in matches_at(residue, start.backward, 1):
        for second in matches_at(residue, end.backward, 2):
            result = apply_edits(residue, [(start.backward, first), (end.backward, second)])
            if result is not None and not any(atom.GetAtomicNum() == 0 for atom in result.GetAtoms()):
                return Chem.MolToSmiles(result)
    return None


def best_route(polymer: Polymer) -> Route:
    """Return the most usual verified route.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.

    Raises
    ------
    NotCoveredError
        If no rule makes this repeat unit.
    """
    found = routes(polymer, 1)
    if not found:
        raise NotCoveredError(f"No polymerisation rule makes {polymer.smiles}.", hint="It may need a modified polymer.")
    return found[0]
