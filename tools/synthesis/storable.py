"""Molecules that are monomers on paper only, because their own groups react with each other at once.

A free amine beside an isocyanate or an acid chloride, an alkylamine beside a cyclic anhydride, a chlorosilane beside a
hydroxyl or amino group, a Grignard reagent beside what it attacks, and two hydroxyl or amino groups (or one and a
halogen) on one saturated carbon atom. Of 5,603 records of the monomers of real polymers three have an amine with an
acid chloride, all electron-poor arylamines; none has one of the other pairs with an amine, or two groups on one carbon.
"""

from __future__ import annotations

from functools import lru_cache

from tools.synthesis.query import Query, compile_query
from tools.synthesis.sites import Profile

_AMINE = "[NX3;H2,H1;$(N[#6]);!$(N[#6]=[O,S,N]);!$(N[S,P]=O)]"
_AT_ONCE = ("[NX2]=[CX2]=[O,S]", "[CX3](=[O,S])[Cl,Br,F,I]", "[SX4](=O)(=O)[Cl,F]", "[PX4](=[O,S])Cl")
_ALKYLAMINE = "[NX3;H2,H1;$(N[CX4]);!$(N[#6]=[O,S,N]);!$(N[S,P]=O)]"
_ANHYDRIDE = "[CX3;R](=O)[OX2;R][CX3;R]=O"
_CHLOROSILANE, _PROTIC = "[Si]Cl", "[OX2H1,SX2H1,NX3;H1,H2]"
_GRIGNARD, _ATTACKED = "[#6][Mg]", "[$([#6]=[OX1]),$([OX2H1]),$([NX3;H1,H2]),$([SX2H1]),$(C#N),$([N+](=O)[O-])]"
_DECISIVE = frozenset((7, 9, 12, 17, 35, 53))  # every pair has nitrogen, a halogen or magnesium
_ON_ONE_CARBON = "[CX4;!$(C(C(F)(F)F)C(F)(F)F)]([OX2H1,NX3H2])[OX2H1,NX3H2,Cl,Br,I]"


@lru_cache(maxsize=1)
def _pairs() -> tuple[tuple[Query, Query], ...]:
    """Groups that do not wait for each other."""
    pairs = [*((text, _AMINE) for text in _AT_ONCE), (_ANHYDRIDE, _ALKYLAMINE)]
    pairs += [(_CHLOROSILANE, _PROTIC), (_GRIGNARD, _ATTACKED)]
    return tuple((compile_query(one), compile_query(other)) for one, other in pairs)


@lru_cache(maxsize=4096)
def _possible(elements: frozenset[int]) -> tuple[tuple[Query, Query], ...]:
    """Return the pairs of groups that these elements can form."""
    return tuple(pair for pair in _pairs() if not elements.isdisjoint(_DECISIVE) and pair[0].needs <= elements)


def storable(monomer: Profile) -> bool:
    """Tell whether a monomer is no more than a drawing because its groups would not wait for each other.

    Parameters
    ----------
    monomer : Profile
        The monomer.

    Returns
    -------
    bool
        False for the pairs of groups named above; hexafluoroacetone hydrate is an exception that can be bottled.
    """
    mol, elements = monomer.mol, monomer.elements
    if any(one.matches(mol, elements) and two.matches(mol, elements) for one, two in _possible(elements)):
        return False
    return not compile_query(_ON_ONE_CARBON).matches(mol, elements)
