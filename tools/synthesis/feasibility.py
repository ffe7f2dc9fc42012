"""How likely it is that a polymer can be made and kept: one number with its parts.

Each part is a factor between 0 and 1 with its reason; the score is their product.

* route and known monomers: from ``tools.synthesis.retro``.
* accessibility: SA score of the hardest monomer that is in no list, else of the capped repeat unit
  (``tools.synthesis.accessibility``).
* selectivity: groups that disturb the polymerisation, and what they do (``tools.synthesis.conflicts``).
* sterics: crowded double bonds, amines, alcohols and acids (``tools.synthesis.sterics``).
* monomers: motifs that would decompose before they polymerise.
* thermodynamics: the chance that the polymer is favoured at room temperature (``tools.synthesis.thermodynamics``).
* stability: motifs of the polymer that decompose, hydrolyse at once or tautomerise.

``judge`` takes a route that was found before and searches nothing; what depends on a monomer alone is cached.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.core.polymer import Polymer
from tools.synthesis.absence import Absence
from tools.synthesis.accessibility import sa_of_unit, sa_score
from tools.synthesis.conflicts import conflicts, selectivity
from tools.synthesis.hazards import concerns
from tools.synthesis.motifs import (
    NEEDED_BY_UNSTABLE,
    REACT_TOGETHER,
    is_pfas,
    reactive_motifs,
    two_units,
    unstable_motifs,
    worth_a_look,
)
from tools.synthesis.route import Route
from tools.synthesis.stereo import routes_of
from tools.synthesis.sterics import NEEDED_BY_CONGESTED, congested, crowding
from tools.synthesis.thermodynamics import equilibrium_of, remark_on

# Methyl-capped units of 2,000 known polymers: median 2.59, 90 % below 3.50, 95 % below 3.86, 99 % below 4.61.
_SA_HALF = 4.6
_SA_WIDTH = 0.45
_WITHOUT_ROUTE = 0.3
_UNKNOWN_MONOMER = 0.85
_UNSTABLE = 0.3
_PROTECTED = 0.6  # monomers whose own groups react with each other: one of them has to be protected
_UNFAVOURED = 0.6  # thermodynamics of a polymer that is surely not favoured at room temperature
_WARN_BELOW = 0.9
_CONGESTED = "congested"
_KEPT = 65_536

# groups of monomers that are meant to react, and groups of common reagents
_MEANT = frozenset(
    ("acyl halide", "N-N single bond between amines", "phosphorus-hydrogen or boron-hydrogen bond",
     "geminal silanediol", "sulfenyl or phosphorus halide", "formyl ester of an enol",
     "carbocation or carbanion", "diazo group")
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One factor of the score.

    Attributes
    ----------
    name : str
        What was looked at.
    factor : float
        Between 0 and 1.
    reason : str
        Why, in one sentence.
    """

    name: str
    factor: float
    reason: str


@dataclass(frozen=True)
class Feasibility:
    """The judgement.

    Attributes
    ----------
    score : float
        Product of the parts, 0 to 1.
    parts : tuple of Part
        The factors.
    warnings : tuple of str
        What a chemist should know before starting, including hazards and regulation.
    sa_score : float
        Synthetic accessibility, 1 (easy) to 10 (hard).
    pfas : bool
        True if the polymer is a PFAS by the OECD definition of 2021.
    route : Route or None
        The route that was judged.
    """

    score: float
    parts: tuple[Part, ...]
    warnings: tuple[str, ...]
    sa_score: float
    pfas: bool
    route: Route | None


def assess(polymer: Polymer, route: Route | None = None) -> Feasibility:
    """Judge whether a polymer can be made.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    route : Route, optional
        A route found before; else the best one is looked for.

    Returns
    -------
    Feasibility
        Score, parts and warnings.

    Raises
    ------
    BackendMissing
        If this RDKit comes without the SA score.
    """
    if route is None:
        found = routes_of(polymer, 1)
        route = found[0] if found else None
    return judge(polymer, route)


def judge(polymer: Polymer, route: Route | None) -> Feasibility:
    """Judge a polymer by one route, or as one without a route; nothing is searched.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    route : Route or None
        Its route; None if none is known.

    Returns
    -------
    Feasibility
        Score, parts and warnings.

    Raises
    ------
    BackendMissing
        If this RDKit comes without the SA score.
    """
    hardness = _hardness(polymer, route)
    chain = two_units(polymer)
    warnings: list[str] = []
    parts = _parts(route, hardness, chain, warnings)
    if route is not None and route.note:
        warnings.append(f"{route.mechanism}: {route.note}.")
    warnings.extend(f"{text}." for text in reactive_motifs(chain))
    if route is not None:
        warnings.extend(hazards(route))
    pfas = is_pfas(polymer.mol)
    if pfas:
        warnings.append("It is a PFAS by the OECD definition of 2021 (a fully fluorinated methyl or methylene carbon).")
    return Feasibility(_product(parts), tuple(parts), tuple(warnings), round(hardness, 2), pfas, route)


def factors(polymer: Polymer, route: Route | None) -> tuple[float, dict[str, float]]:
    """Judge a polymer by one route in numbers alone, for screening: what only explains is left out.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    route : Route or None
        Its route; None if none is known.

    Returns
    -------
    score : float
        The score of ``judge``.
    parts : dict of str to float
        The factors of ``judge`` by name.

    Raises
    ------
    BackendMissing
        If this RDKit comes without the SA score.
    """
    hardness = 0.0 if route is not None and route.all_known else _hardness(polymer, route)
    among = _suspected(_chain_queries().suspects(polymer.word))
    parts = _parts(route, hardness, two_units(polymer) if among else None, [], among)
    return _product(parts), {part.name: part.factor for part in parts}


_NAMES = (*NEEDED_BY_UNSTABLE, _CONGESTED)


@lru_cache(maxsize=1)
def _chain_queries() -> Absence:
    """Queries that the parts put to the chain: where none of them can be in it, it need not be built."""
    return Absence((*NEEDED_BY_UNSTABLE.values(), NEEDED_BY_CONGESTED))


@lru_cache(maxsize=_KEPT)
def _suspected(places: tuple[int, ...]) -> frozenset[str]:
    return worth_a_look(frozenset(_NAMES[place] for place in places))


def _parts(
    route: Route | None,
    hardness: float,
    chain: Chem.Mol | None,
    warnings: list[str],
    among: frozenset[str] | None = None,
) -> list[Part]:
    """Judge all parts; ``among`` names what may be in the chain, anything if left out."""
    crowded = chain if among is None or _CONGESTED in among else None
    parts = [_route_part(route), _sa_part(hardness, route), _sterics(route, crowded)]
    if route is not None:
        parts += [_selectivity(route), _monomers(route), _thermodynamics(route, warnings)]
    return [*parts, _stability(chain, among)]


def _product(parts: list[Part]) -> float:
    return round(math.prod(part.factor for part in parts), 4)


def hazards(route: Route) -> tuple[str, ...]:
    """Say which groups of concern the monomers of a route carry.

    Parameters
    ----------
    route : Route
        The route.

    Returns
    -------
    tuple of str
        One sentence for each group; no statement of safety if empty.
    """
    found: dict[str, str] = {}
    for monomer in route.monomers:
        for concern in concerns(monomer.smiles):
            text = f"Group of concern in {monomer.name or monomer.smiles}: {concern.text}."
            found.setdefault(concern.group, text)
    return tuple(found.values())


def _hardness(polymer: Polymer, route: Route | None) -> float:
    """Take the hardest monomer that is not known; of known ones the score says nothing (ethylene has 4.1)."""
    unknown = [monomer.smiles for monomer in route.monomers if not monomer.known_in] if route is not None else []
    return max(map(sa_score, unknown)) if unknown else sa_of_unit(polymer)


def _route_part(route: Route | None) -> Part:
    if route is None:
        return Part("route", _WITHOUT_ROUTE, "No polymerisation rule gives this repeat unit.")
    unknown = [monomer.smiles for monomer in route.monomers if not monomer.known_in]
    if not unknown:
        lists = ", ".join(sorted({monomer.known_in for monomer in route.monomers}))
        return Part("route", 1.0, f"{route.mechanism}; every monomer is in a list of known monomers ({lists}).")
    return Part(
        "route",
        _UNKNOWN_MONOMER ** len(unknown),
        f"{route.mechanism}; not in the lists of known monomers: {', '.join(unknown)}.",
    )


def _sa_part(hardness: float, route: Route | None) -> Part:
    if route is not None and route.all_known:
        return Part("accessibility", 1.0, f"The monomers are known; capped repeat unit: SA score {hardness:.1f}.")
    factor = 1.0 / (1.0 + math.exp((hardness - _SA_HALF) / _SA_WIDTH))
    return Part(
        "accessibility", round(factor, 4), f"SA score {hardness:.1f} (95 % of known repeat units lie below 3.9)."
    )


def _selectivity(route: Route) -> Part:
    found = conflicts(route)
    if not found:
        return Part("selectivity", 1.0, "No other group of the monomers is known to react under the same conditions.")
    return Part("selectivity", selectivity(found), f"{'; '.join(item.text for item in found)}.".capitalize())


def _sterics(route: Route | None, chain: Chem.Mol | None) -> Part:
    found = [] if chain is None else list(filter(None, [congested(chain)]))
    if route is not None and "ring_opening" not in route.polymerisations:
        grows = "chain_growth" in route.polymerisations
        found += [item for monomer in route.monomers for item in crowding(monomer.smiles, chain_growth=grows)]
    if not found:
        return Part("sterics", 1.0, "Nothing crowded at the places that react.")
    worst = min(found, key=lambda item: item.factor)
    return Part("sterics", worst.factor, f"{worst.text[0].upper()}{worst.text[1:]}.")


def _monomers(route: Route) -> Part:
    found = {motif for monomer in route.monomers if not monomer.known_in for motif in _unstable_monomer(monomer.smiles)}
    if not found:
        return Part("monomers", 1.0, "No unstable motif in the monomers.")
    factor = _PROTECTED if all(motif.endswith(REACT_TOGETHER) for motif in found) else _UNSTABLE
    return Part("monomers", factor, f"A monomer would not keep unprotected: {', '.join(sorted(found))}.")


@lru_cache(maxsize=_KEPT)
def _unstable_monomer(smiles: str) -> tuple[str, ...]:
    return tuple(name for name in unstable_motifs(Chem.MolFromSmiles(smiles)) if name not in _MEANT)


def _stability(chain: Chem.Mol | None, among: frozenset[str] | None) -> Part:
    found = [] if chain is None else unstable_motifs(chain, among)
    if not found:
        return Part("stability", 1.0, "No unstable motif.")
    return Part("stability", _UNSTABLE ** len(found), f"Unstable: {'; '.join(found)}.")


def _thermodynamics(route: Route, warnings: list[str]) -> Part:
    balance = equilibrium_of(route)
    if balance is None:
        remark = remark_on(route)
        if remark:
            warnings.append(remark)
        return Part("thermodynamics", 1.0, remark or "No equilibrium with the monomer is known to limit it.")
    ceiling = balance.ceiling()
    chance = ceiling.chance_at_room_temperature
    if chance < _WARN_BELOW:
        warnings.append(f"The equilibrium may stop at low conversion: {ceiling.text}.")
    return Part("thermodynamics", round(_UNFAVOURED + (1 - _UNFAVOURED) * chance, 4), balance.text)


__all__ = ["Feasibility", "Part", "assess", "factors", "hazards", "judge", "sa_of_unit", "sa_score"]
