"""The parts of the virtual library: residues of known monomers by what they can be joined with.

Beside the pairs of ``tools.design.enumeration`` there are monomers with two different groups that react with two like
ones (epichlorohydrin with bisphenols), monomers that carry both groups of a linkage (hydroxy acids), and alternating
chain copolymers: donor and acceptor alkenes (radical; Odian, Principles of Polymerization, chapter 6), epoxides with
cyclic anhydrides or carbon dioxide (ring-opening copolymerisation; Paul et al., Chem. Commun. 2015, 51, 6459), and
olefins with carbon monoxide (palladium; Zong et al., Curr. Org. Chem. 2021, 25, 287) or sulfur dioxide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from rdkit import Chem

from tools.core.spec import DesignSpec
from tools.design.enumeration import Block, Family, block_of, blocks, families, known_profiles
from tools.synthesis.motifs import unstable_motifs
from tools.synthesis.query import elements_in
from tools.synthesis.residues import Residue, residue, residues_of
from tools.synthesis.rule_types import Linkage, PairRule, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.sites import Profile, find_sites, profile
from tools.synthesis.transforms import apply_edits, compile_transform

_RANDOM_DIRECTION = "monomers without mirror symmetry enter in both directions; one regular order is drawn"
# electron-poor double bonds do not alternate with an electron-poor partner
_POOR = Chem.MolFromSmarts("[CX3;!$(C=O)](=[CX3])[$(C=[O,N]),$(C#N),$(S=O),$(P=O),F,Cl,Br,$(C(F)F)]")
_PLAIN_OLEFIN = Chem.MolFromSmarts("[CH2]=[CX3;$(C[#6]),$([CH2])]")
ALTERNATING = (
    "alternating", "epoxide_anhydride", "epoxide_co2", "polyketone", "olefin_sulfone", "anhydride_diol", "thiol_yne",
)  # fmt: skip
_DONORS = "alternation is regular only for strong donor-acceptor pairs"
_OPENED = "[CX3;r5,r6:1](=[OX1:3])-@[OX2;R;$(O-@[CX3]=O):2]>>*[C:1]=[O:3].[O:2]*"


@dataclass(frozen=True)
class Pool:
    """Residues that one or two linkages join, and what may meet.

    Attributes
    ----------
    rule : str
        Id of the linkage; two ids joined by ``+`` where a monomer reacts through both.
    polymerisations : tuple of str
        Ids of ``tools.core.vocabulary.POLYMERISATIONS``.
    left, right : tuple of Block
        Residues that alternate.
    cross : tuple of Block
        Residues that begin like a right one and end like a left one (hydroxy acids), step growth only.
    fits_left, fits_right : tuple of int
        Bit masks, one per block: a pair reacts if they share a bit.
    note : str
        A caveat about these polymers.
    """

    rule: str
    polymerisations: tuple[str, ...]
    left: tuple[Block, ...]
    right: tuple[Block, ...]
    cross: tuple[Block, ...] = ()
    fits_left: tuple[int, ...] = ()
    fits_right: tuple[int, ...] = ()
    note: str = ""

    def fits(self, left: int, right: int) -> bool:
        """Tell whether one choice of reagents fits both monomers, by the places of their blocks."""
        return bool(self.fits_left[left] & self.fits_right[right])


@lru_cache(maxsize=1)
def pools() -> tuple[Pool, ...]:
    """Return all pools of the library, those of ordinary polymers.

    Returns
    -------
    tuple of Pool
        Linkages, then mixed ends, then alternating chains; the same on every call.
    """
    made = families(DesignSpec(brief=""))
    return (*map(_linked, made), *_mixed(made), *_alternating())


# --- one linkage -------------------------------------------------------------------------------------------------


def _linked(family: Family) -> Pool:
    linkage = family.linkage
    left, right = family.left, family.right
    return Pool(
        linkage.id, linkage.polymerisations, left, right, _cross(linkage),
        _mask(left, [(linkage, p.a) for p in linkage.pairings]),
        _mask(right, [(linkage, p.b) for p in linkage.pairings]),
    )  # fmt: skip


def _mask(members: Iterable[Block], groups: list[tuple[Linkage, str]]) -> tuple[int, ...]:
    """Bit ``i`` is set where the monomer has the i-th reagent."""
    return tuple(
        sum(1 << bit for bit, (_, reagent) in enumerate(groups) if profile(block.monomer).at(reagent))
        for block in members
    )


def _cross(linkage: Linkage) -> tuple[Block, ...]:
    """Monomers with one group of either kind, from the b end to the a end."""
    reagents = rule_set().reagents
    found: dict[tuple[str, ...], Block] = {}
    for pairing in linkage.pairings:
        a, b = reagents[pairing.a], reagents[pairing.b]
        for monomer in known_profiles():
            if len(monomer.at(a.id)) == 1 and len(monomer.at(b.id)) == 1 and not monomer.competing((a, b)):
                _add(found, monomer, residues_of(monomer, (b, a)))
    return tuple(found.values())


def _add(found: dict[tuple[str, ...], Block], monomer: Profile, residues: Iterable[Residue]) -> None:
    if "." in monomer.smiles:  # a salt: its counter-ion would be lost
        return
    for made in residues:
        if made.word and not unstable_motifs(made.mol):
            found.setdefault(made.word, block_of(monomer.smiles, made))


# --- two linkages ------------------------------------------------------------------------------------------------


def _mixed(made: tuple[Family, ...]) -> Iterator[Pool]:
    """Two like groups with a monomer that carries two different ones: amino alcohols and aminophenols with diacids."""
    for one, other in combinations(sorted(made, key=lambda family: family.linkage.id), 2):
        first, second = one.linkage, other.linkage
        if first.a == second.a:
            like = _common(one.left, other.left)
            right = _two_ended(first, second, lambda linkage: [p.b for p in linkage.pairings])
            masks = _both(like, right, first, second, lambda p: (p.a, p.b))
            if like and right:
                yield Pool(_name(first, second), _shared(first, second), like, right, (), *masks, _RANDOM_DIRECTION)
        if first.b == second.b:
            like = _common(one.right, other.right)
            left = _two_ended(first, second, lambda linkage: [p.a for p in linkage.pairings])
            masks = _both(like, left, first, second, lambda p: (p.b, p.a))
            if like and left:
                yield Pool(
                    _name(first, second), _shared(first, second), left, like, (), masks[1], masks[0], _RANDOM_DIRECTION
                )


def _name(first: Linkage, second: Linkage) -> str:
    return f"{first.id}+{second.id}"


def _shared(first: Linkage, second: Linkage) -> tuple[str, ...]:
    return tuple(name for name in first.polymerisations if name in second.polymerisations)


def _common(one: tuple[Block, ...], other: tuple[Block, ...]) -> tuple[Block, ...]:
    known = {block.residue.word for block in other}
    return tuple(block for block in one if block.residue.word and block.residue.word in known)


def _two_ended(first: Linkage, second: Linkage, ids: Callable[[Linkage], list[str]]) -> tuple[Block, ...]:
    """Monomers with exactly one group for each of two linkages."""
    reagents = rule_set().reagents
    found: dict[tuple[str, ...], Block] = {}
    ones, others = dict.fromkeys(ids(first)), dict.fromkeys(ids(second))
    for monomer in known_profiles():
        for one in (reagents[name] for name in ones if len(monomer.at(name)) == 1):
            for other in (reagents[name] for name in others if name != one.id and len(monomer.at(name)) == 1):
                if _stays_open(monomer, one, other):
                    _add(found, monomer, residues_of(monomer, (one, other)))
    return tuple(found.values())


def _stays_open(monomer: Profile, one: Reagent, other: Reagent) -> bool:
    """Tell whether two groups of a monomer are apart, and no groups of it react with each other (an amino acid's)."""
    for a, b, *_ in monomer.own_pairs():
        if any(not x.clashes(y) for x in monomer.at(a.id) for y in monomer.at(b.id)):
            return False
    return not monomer.at(one.id)[0].clashes(monomer.at(other.id)[0]) and not monomer.competing((one, other))


def _both(
    like: tuple[Block, ...],
    mixed: tuple[Block, ...],
    first: Linkage,
    second: Linkage,
    ends: Callable[..., tuple[str, str]],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Masks over pairs of pairings: the like groups must react in both ways."""
    ways = [(ends(p), ends(q)) for p in first.pairings for q in second.pairings if ends(p)[0] == ends(q)[0]]
    left, right = [], []
    for block in like:
        monomer = profile(block.monomer)
        left.append(sum(1 << bit for bit, (p, _) in enumerate(ways) if len(monomer.at(p[0])) == 2))
    for block in mixed:
        monomer = profile(block.monomer)
        right.append(sum(1 << bit for bit, (p, q) in enumerate(ways) if monomer.at(p[1]) and monomer.at(q[1])))
    return tuple(left), tuple(right)


# --- alternating chains ------------------------------------------------------------------------------------------


def _alternating() -> Iterator[Pool]:
    rules = {rule.id: rule for rule in rule_set().pair_rules}
    donors, olefins, acceptors = _alkenes()
    epoxides, anhydrides = _epoxides(), _anhydrides()
    yield _chain("alternating", ("chain_growth", "radical"), acceptors, donors, _DONORS)
    for name, left, right in (
        ("epoxide_anhydride", anhydrides, epoxides),
        ("epoxide_co2", _gas("O=C=O", "[1*]C(=O)O[2*]"), epoxides),
        ("polyketone", _gas("[C-]#[O+]", "[1*]C([2*])=O"), olefins),
        # styrenes take up less than one sulfur dioxide each
        ("olefin_sulfone", _gas("O=S=O", "[1*]S([2*])(=O)=O"), [b for b in olefins if not _aromatic(b)]),
    ):
        note = _RANDOM_DIRECTION if name == "epoxide_anhydride" else rules[name].note
        yield _chain(name, rules[name].polymerisations, left, right, note)
    for name in ("anhydride_diol", "thiol_yne"):
        rule = rules[name]
        yield _chain(name, rule.polymerisations, blocks(rule.one), _whole(rule), rule.note or _RANDOM_DIRECTION)


def _chain(rule: str, kinds: tuple[str, ...], left: Iterable[Block], right: Iterable[Block], note: str) -> Pool:
    """A pool in which all pairs react."""
    ones, others = tuple(left), tuple(right)
    return Pool(rule, kinds, ones, others, (), (1,) * len(ones), (1,) * len(others), note)


def _aromatic(block: Block) -> bool:
    return any(atom.GetIsAromatic() for atom in block.residue.mol.GetAtoms())


def _whole(rule: PairRule) -> tuple[Block, ...]:
    """Monomers that enter a chain through one group with two ends, and carry nothing else that reacts."""
    found: dict[tuple[str, ...], Block] = {}
    anhydride = rule_set().reagents["anhydride_open"]
    for monomer in known_profiles():
        sites = find_sites(monomer.mol, rule.second, elements_in(monomer.mol), variants=True)
        if len(sites) == 1 and not monomer.competing((anhydride, anhydride)):
            unit = apply_edits(monomer.mol, [(rule.second, sites[0].matches[0])], number_stars=True)
            _add(found, monomer, [residue(unit)] if unit is not None else [])
    return tuple(found.values())


def _gas(monomer: str, unit: str) -> tuple[Block, ...]:
    return (block_of(monomer, residue(Chem.MolFromSmiles(unit))),)


def _alkenes() -> tuple[tuple[Block, ...], tuple[Block, ...], tuple[Block, ...]]:
    """Return donors for radical alternation, hydrocarbon olefins for carbon monoxide, and cyclic acceptors."""
    donors: dict[tuple[str, ...], Block] = {}
    olefins: dict[tuple[str, ...], Block] = {}
    acceptors: dict[tuple[str, ...], Block] = {}
    anhydride = rule_set().reagents["anhydride_open"]
    for monomer in known_profiles():
        acceptor = monomer.acceptor_rule()
        rule, site = acceptor or monomer.donor_rule() or (None, None)
        # amines and alcohols would react with the anhydride
        if rule is None or site is None or monomer.competing((anhydride, anhydride) if acceptor else ()):
            continue
        unit = apply_edits(monomer.mol, [(rule.forward, site.matches[0])], number_stars=True)
        if unit is None or (not acceptor and monomer.mol.HasSubstructMatch(_POOR)):
            continue
        _add(acceptors if acceptor else donors, monomer, [residue(unit)])
        if not acceptor and elements_in(monomer.mol) <= {1, 6} and monomer.mol.HasSubstructMatch(_PLAIN_OLEFIN):
            _add(olefins, monomer, [residue(unit)])
    return tuple(donors.values()), tuple(olefins.values()), tuple(acceptors.values())


def _epoxides() -> tuple[Block, ...]:
    """Monomers with one epoxide ring and nothing else that reacts, from its carbon end to its oxygen."""
    rule = next(item for item in rule_set().monomer_rules if item.id == "epoxide")
    group = rule_set().reagents["epoxide"]
    found: dict[tuple[str, ...], Block] = {}
    for monomer in known_profiles():
        sites = monomer.whole(rule)
        if sites and monomer.independent(rule, sites) == 1 and not monomer.competing((group, group)):
            unit = apply_edits(monomer.mol, [(rule.forward, sites[0].matches[0])], number_stars=True)
            _add(found, monomer, [residue(unit)] if unit is not None else [])
    return tuple(found.values())


def _anhydrides() -> tuple[Block, ...]:
    """Monomers with one cyclic anhydride and nothing else that reacts, from its carbonyl group to its oxygen."""
    opened, group = compile_transform(_OPENED), rule_set().reagents["anhydride_open"]
    found: dict[tuple[str, ...], Block] = {}
    for monomer in known_profiles():
        sites = find_sites(monomer.mol, opened, elements_in(monomer.mol), variants=True)
        if len(sites) == 2 and len(monomer.at(group.id)) == 1 and not monomer.competing((group, group)):
            unit = apply_edits(monomer.mol, [(opened, sites[0].matches[0])], number_stars=True)
            _add(found, monomer, [residue(unit)] if unit is not None else [])
    return tuple(found.values())
