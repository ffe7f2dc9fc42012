"""The reactive sites of a monomer, found once and remembered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from rdkit import Chem

from tools.synthesis.query import Match, elements_in
from tools.synthesis.rule_types import Linkage, MonomerRule, Pairing, Reagent
from tools.synthesis.rules import rule_set
from tools.synthesis.salts import parse_monomer
from tools.synthesis.transforms import Transform


@dataclass(frozen=True)
class Site:
    """One reactive group.

    Attributes
    ----------
    matches : tuple of tuple of int
        Ways in which the rule applies there; one unless the rule has variants.
    kept, deleted : frozenset of int
        Atoms that the edit keeps and removes.
    """

    matches: tuple[Match, ...]
    kept: frozenset[int]
    deleted: frozenset[int]

    def clashes(self, other: Site) -> bool:
        """Tell whether both sites cannot react in one molecule."""
        if self.deleted & other.deleted or self.deleted & other.kept or self.kept & other.deleted:
            return True
        # two leaving groups on one atom (phosgene, dichlorosilanes) may both react
        return bool(self.kept & other.kept) and not (self.deleted and other.deleted)


class Profile:
    """A monomer and its reactive groups, looked for when they are asked for.

    Parameters
    ----------
    smiles : str
        Canonical SMILES.
    mol : Chem.Mol
        Sanitised molecule; shared, never changed.
    """

    def __init__(self, smiles: str, mol: Chem.Mol) -> None:
        self.smiles = smiles
        self.mol = mol
        self._elements = elements_in(mol)
        self._found: dict[str, tuple[Site, ...]] = {}
        self._competing: dict[tuple[str, ...], tuple[str, ...]] = {}

    def at(self, reagent: str) -> tuple[Site, ...]:
        """Return the sites of one reagent.

        Parameters
        ----------
        reagent : str
            Reagent id.
        """
        found = self._found.get(reagent)
        if found is None:
            rule = rule_set().reagents[reagent]
            found = find_sites(self.mol, rule.forward, self._elements, variants=rule.variants)
            self._found[reagent] = found
        return found

    @cached_property
    def sites(self) -> dict[str, tuple[Site, ...]]:
        """All step-growth groups, by reagent id."""
        return {reagent: found for reagent in rule_set().reagents if (found := self.at(reagent))}

    @cached_property
    def chain_sites(self) -> tuple[tuple[MonomerRule, tuple[Site, ...]], ...]:
        """Whole-monomer rules with their sites, most usual first; of each family only the first that applies."""
        taken: set[str] = set()
        found = []
        for rule in rule_set().by_prior:
            if rule.family in taken:
                continue
            sites = self.whole(rule) if not rule.elements or self._elements <= rule.elements else ()
            if sites:
                if rule.family:
                    taken.add(rule.family)
                found.append((rule, sites))
        return tuple(found)

    def whole(self, rule: MonomerRule) -> tuple[Site, ...]:
        """Return the sites of a whole-monomer rule.

        Parameters
        ----------
        rule : MonomerRule
            The rule.
        """
        return find_sites(self.mol, rule.forward, self._elements, variants=True)

    @property
    def elements(self) -> frozenset[int]:
        """Atomic numbers in the monomer."""
        return self._elements

    def hydrogens(self, site: Site) -> int:
        """Count the hydrogen atoms at a site, those that a nucleophile can exchange."""
        return sum(self.mol.GetAtomWithIdx(index).GetTotalNumHs() for index in site.kept)

    def pairs_with(self, other: Profile) -> Iterator[tuple[Reagent, Reagent, Linkage, Pairing]]:
        """List the linkages with ``self`` on the a side and ``other`` on the b side."""
        rules = rule_set()
        for a in self.sites:
            for b in other.sites:
                for linkage, pairing in rules.pairs.get((a, b), ()):
                    yield rules.reagents[a], rules.reagents[b], linkage, pairing

    def own_pairs(self) -> Iterator[tuple[Reagent, Reagent, Linkage, Pairing]]:
        """List the linkages that the monomer can form with itself."""
        return self.pairs_with(self)

    def groups(self, a: Reagent, b: Reagent) -> int:
        """Count the distinct groups among the sites of two reagents."""
        sites = self.at(a.id) + self.at(b.id)
        distinct: list[Site] = []
        for site in sites:
            if not any(site.clashes(known) for known in distinct):
                distinct.append(site)
        return len(distinct)

    def partners(self, electrophile: Reagent, linkage: Linkage, used: Reagent) -> list[Reagent]:
        """Other single groups of this monomer that react with the same electrophile (an amino alcohol, say)."""
        rules = rule_set()
        return [
            rules.reagents[other]
            for other, sites in self.sites.items()
            if other != used.id and len(sites) == 1 and (electrophile.id, other) in rules.pairs
            and not sites[0].clashes(self.at(used.id)[0])
        ]  # fmt: skip

    def electrophiles(self, nucleophile: Reagent, used: Reagent) -> list[Reagent]:
        """Other single groups of this monomer that react with the same nucleophile."""
        rules = rule_set()
        return [
            rules.reagents[other]
            for other, sites in self.sites.items()
            if other != used.id and len(sites) == 1 and (other, nucleophile.id) in rules.pairs
            and not sites[0].clashes(self.at(used.id)[0])
        ]  # fmt: skip

    def competing(self, used: tuple[Reagent, ...]) -> tuple[str, ...]:
        """Name reactive groups, other than those used, that take part in step growth as well."""
        key = tuple(reagent.id for reagent in used)
        if key not in self._competing:
            self._competing[key] = self._beside(used)
        return self._competing[key]

    def _beside(self, used: tuple[Reagent, ...]) -> tuple[str, ...]:
        busy = [site for reagent in used for site in self.at(reagent.id)]
        rules = rule_set()
        names = {
            rules.reagents[other].name
            for other in _competitors(self._elements)
            if any(not any(site.clashes(b) for b in busy) for site in self.at(other))
        }
        return tuple(sorted(names))

    def independent(self, rule: MonomerRule, sites: tuple[Site, ...]) -> int:
        """Count sites that polymerise independently: like bonds of one ring, and alternatives, count once."""
        if rule.choice or len(sites) == 1:
            return 1
        if not rule.opens_ring:
            return len(sites)
        bonds = [site.kept for site in sites]
        rings = [set(ring) for ring in self.mol.GetRingInfo().AtomRings()]
        return 1 if any(all(bond <= ring for bond in bonds) for ring in rings) else len(bonds)

    def acceptor_rule(self) -> tuple[MonomerRule, Site] | None:
        """Return the single electron-poor cyclic double bond, if there is one."""
        return next(
            ((rule, sites[0]) for rule, sites in self.chain_sites if rule.id == "maleimide" and len(sites) == 1), None
        )

    def donor_rule(self) -> tuple[MonomerRule, Site] | None:
        """Return the single double bond that would alternate with an acceptor, if there is one."""
        wanted = {"vinyl_radical", "vinyl_cationic", "olefin", "cyclic_olefin"}
        return next(
            ((rule, sites[0]) for rule, sites in self.chain_sites if rule.id in wanted and len(sites) == 1), None
        )


# groups that would react with the common partners of step growth
COMPETITORS = frozenset(
    ("acid", "acid_chloride", "isocyanate", "sulfonyl_chloride", "amine", "hydrazide", "thiol", "alcohol", "phenol",
     "anhydride", "epoxide", "aldehyde", "chlorosilane", "phosphoryl_chloride")
)  # fmt: skip


@lru_cache(maxsize=4096)
def _competitors(elements: frozenset[int]) -> tuple[str, ...]:
    """Return the competing groups that these elements can form."""
    reagents = rule_set().reagents
    return tuple(sorted(name for name in COMPETITORS if reagents[name].forward.query.needs <= elements))


def find_sites(
    mol: Chem.Mol, transform: Transform, elements: frozenset[int], *, variants: bool = False
) -> tuple[Site, ...]:
    """Find the distinct sites of one edit.

    Parameters
    ----------
    mol : Chem.Mol
        Monomer.
    transform : Transform
        The edit.
    elements : frozenset of int
        Atomic numbers in the monomer.
    variants : bool
        Also keep the other ways in which it applies to the same atoms.

    Returns
    -------
    tuple of Site
        In the order of their first atom.
    """
    hits = transform.query.matches(mol, elements, all_orders=variants)
    if not hits:
        return ()
    sites: dict[frozenset[int], list[Match]] = {}
    for hit in hits:
        sites.setdefault(transform.core(hit), []).append(hit)
    return tuple(
        Site(
            tuple(matches if variants else matches[:1]),
            frozenset(matches[0][i] for i, *_ in transform.elements),
            frozenset(matches[0][i] for i in transform.deleted),
        )
        for matches in sites.values()
    )


@lru_cache(maxsize=32_768)
def profile(smiles: str) -> Profile:
    """Read a monomer and find its reactive groups.

    Parameters
    ----------
    smiles : str
        Monomer without stars; a salt has one organic part.

    Returns
    -------
    Profile
        Cached.

    Raises
    ------
    StructureError
        If the text is no molecule.
    """
    mol = parse_monomer(smiles)
    return Profile(Chem.MolToSmiles(mol), mol)
