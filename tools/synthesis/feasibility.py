"""How likely it is that a polymer can be made and kept: one number with its parts.

Each part is a factor between 0 and 1 with its reason; the score is their product.

* synthetic accessibility: the SA score of P. Ertl and A. Schuffenhauer, J. Cheminform. 1, 8 (2009), as implemented in
  RDKit's contrib folder, of the hardest monomer that is in no list, else of the repeat unit capped with methyl
  groups. It is never taken on a unit with open ends, which it misjudges (polyethylene would score 7.6).
* route and known monomers: from ``tools.synthesis.retro``.
* competing groups: groups of a monomer that react as well.
* stability: motifs that decompose, hydrolyse at once or tautomerise.
* thermodynamics: rings with little strain (``tools.synthesis.thermodynamics``).
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from rdkit import Chem, RDConfig

from tools.core.errors import BackendMissing
from tools.core.polymer import Polymer
from tools.synthesis.motifs import is_pfas, reactive_motifs, two_units, unstable_motifs
from tools.synthesis.retro import routes
from tools.synthesis.route import Route
from tools.synthesis.thermodynamics import ring_opening_enthalpy

# Methyl-capped units of 2,000 known polymers: median 2.59, 90 % below 3.50, 95 % below 3.86, 99 % below 4.61.
_SA_HALF = 4.6
_SA_WIDTH = 0.45


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
        found = routes(polymer, 1)
        route = found[0] if found else None
    hardness = _hardness(polymer, route)
    parts = [_route_part(route), _sa_part(hardness, route)]
    warnings: list[str] = []
    if route is not None:
        parts.append(_competition(route))
        parts.append(_thermodynamics(route, warnings))
        if route.note:
            warnings.append(f"{route.mechanism}: {route.note}.")
    parts.append(_stability(polymer))
    warnings.extend(f"{text}." for text in reactive_motifs(two_units(polymer)))
    pfas = is_pfas(polymer.mol)
    if pfas:
        warnings.append("It is a PFAS by the OECD definition of 2021 (a fully fluorinated methyl or methylene carbon).")
    score = math.prod(part.factor for part in parts)
    return Feasibility(round(score, 4), tuple(parts), tuple(warnings), round(hardness, 2), pfas, route)


def _hardness(polymer: Polymer, route: Route | None) -> float:
    """Take the hardest monomer that is not known; of known ones the score says nothing (ethylene has 4.1)."""
    unknown = [monomer.smiles for monomer in route.monomers if not monomer.known_in] if route is not None else []
    return max(map(sa_score, unknown)) if unknown else sa_of_unit(polymer)


def _route_part(route: Route | None) -> Part:
    if route is None:
        return Part("route", 0.3, "No polymerisation rule gives this repeat unit.")
    unknown = [monomer.smiles for monomer in route.monomers if not monomer.known_in]
    if not unknown:
        lists = ", ".join(sorted({monomer.known_in for monomer in route.monomers}))
        return Part("route", 1.0, f"{route.mechanism}; every monomer is in a list of known monomers ({lists}).")
    return Part(
        "route", 0.85 ** len(unknown), f"{route.mechanism}; not in the lists of known monomers: {', '.join(unknown)}."
    )


def _sa_part(hardness: float, route: Route | None) -> Part:
    if route is not None and route.all_known:
        return Part("accessibility", 1.0, f"The monomers are known; capped repeat unit: SA score {hardness:.1f}.")
    factor = 1.0 / (1.0 + math.exp((hardness - _SA_HALF) / _SA_WIDTH))
    return Part(
        "accessibility", round(factor, 4), f"SA score {hardness:.1f} (95 % of known repeat units lie below 3.9)."
    )


def _competition(route: Route) -> Part:
    if not route.competing:
        return Part("selectivity", 1.0, "No other group of the monomers reacts under the same conditions.")
    groups = ", ".join(route.competing)
    return Part("selectivity", 0.75 ** len(route.competing), f"Groups that react as well: {groups}.")


def _stability(polymer: Polymer) -> Part:
    found = unstable_motifs(two_units(polymer))
    if not found:
        return Part("stability", 1.0, "No unstable motif.")
    return Part("stability", 0.3 ** len(found), f"Unstable: {'; '.join(found)}.")


def _thermodynamics(route: Route, warnings: list[str]) -> Part:
    if "ring_opening" not in route.polymerisations:
        return Part("thermodynamics", 1.0, "Not a ring opening.")
    estimate = ring_opening_enthalpy(route.monomers[0].smiles)
    if estimate is None:
        return Part("thermodynamics", 0.95, "No ring of a size for which a strain is tabulated.")
    if estimate.enthalpy < -25.0:
        return Part("thermodynamics", 1.0, estimate.text)
    warnings.append(f"{estimate.text} The ceiling temperature may be low.")
    return Part("thermodynamics", 0.9, estimate.text)


# --- SA score ----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _scorer() -> Callable[[Chem.Mol], float]:
    path = Path(RDConfig.RDContribDir) / "SA_Score" / "sascorer.py"
    if not path.exists():
        raise BackendMissing("RDKit's SA score", "pip install --force-reinstall rdkit")
    spec = importlib.util.spec_from_file_location("rdkit_sascorer", path)
    if spec is None or spec.loader is None:
        raise BackendMissing("RDKit's SA score", "pip install --force-reinstall rdkit")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    scorer: Callable[[Chem.Mol], float] = module.calculateScore
    return scorer


@lru_cache(maxsize=65_536)
def sa_score(smiles: str) -> float:
    """Return the synthetic accessibility of a molecule.

    Parameters
    ----------
    smiles : str
        Molecule without stars.

    Returns
    -------
    float
        1 (easy) to 10 (hard).

    Raises
    ------
    BackendMissing
        If this RDKit comes without the SA score.
    """
    return float(_scorer()(Chem.MolFromSmiles(smiles)))


def sa_of_unit(polymer: Polymer) -> float:
    """Return the synthetic accessibility of a repeat unit with methyl groups at its ends.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    float
        1 (easy) to 10 (hard).
    """
    mol = Chem.RWMol(polymer.mol)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(6)
            atom.SetIsotope(0)
            atom.SetNoImplicit(False)
    Chem.SanitizeMol(mol)
    return sa_score(Chem.MolToSmiles(mol))
