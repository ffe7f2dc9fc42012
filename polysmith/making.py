"""Routes to a polymer, and what monomers give, for what a user typed: names or structures, good or hostile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tools.core import sandbox
from tools.core.errors import InputError, NotCoveredError

if TYPE_CHECKING:
    from tools.synthesis.novelty import KnownPolymers, Novelty

SECONDS = 60.0  # for one polymer or set of monomers; they take seconds, most of it to load the models' structures
MOST_ROUTES = 20


def routes(polymer: str, n: int = 3) -> dict[str, Any]:
    """Find how a polymer can be made: monomers, mechanism, conditions, equilibrium, judgement, warnings.

    Parameters
    ----------
    polymer : str
        Repeat unit as SMILES with two ``*``, or name.
    n : int
        Routes at most, 1 to 20.

    Returns
    -------
    dict
        "smiles", "name"; "routes", the most usual first, each with "monomers", "mechanism", "conditions", "by_product",
        "alternatives", "thermodynamics", "feasibility" (score and parts) and "warnings"; "novelty"; and, where there is
        no route, "feasibility_without_route". Plain data that JSON can write. Every route was run forwards and gave the
        polymer back. No route is an honest answer: cellulose has none.

    Raises
    ------
    StructureError, UnknownNameError
        If the polymer cannot be read.
    InputError
        If ``n`` is out of range.
    """
    if not isinstance(polymer, str):
        raise InputError("A polymer is given as text.", hint="Such as routes('nylon 6,6').")
    if not 1 <= n <= MOST_ROUTES:
        raise InputError(f"{n} routes cannot be asked for.", hint=f"Ask for 1 to {MOST_ROUTES}.")
    found: dict[str, Any] = sandbox.run("tools.synthesis.plan:made", (polymer, n), seconds=SECONDS)
    return found


def polymerise(*monomers: str) -> dict[str, Any]:
    """Find what one monomer, or two, polymerise to.

    Parameters
    ----------
    *monomers : str
        SMILES, or names of the list of known monomers.

    Returns
    -------
    dict
        "monomers"; "products": linear chains, the most usual first, each with mechanism, conditions and by-product;
        "networks" and other outcomes with their reasons. Plain data that JSON can write.

    Raises
    ------
    InputError
        If no monomer is given.
    StructureError, UnknownNameError
        If a monomer cannot be read.
    NotCoveredError
        If nothing is known to happen, or three and more monomers are given.
    """
    if not monomers or not all(isinstance(text, str) for text in monomers):
        raise InputError("Give one or two monomers.", hint="Such as polymerise('styrene') or two SMILES.")
    found: dict[str, Any] = sandbox.run("tools.synthesis.plan:polymerised", tuple(monomers), seconds=SECONDS)
    if not any(found[name] for name in found if name != "monomers"):
        raise NotCoveredError(
            f"No polymerisation rule joins {' and '.join(monomers)}.",
            hint="Check that each monomer carries two reactive groups, a polymerisable double bond or a strained ring.",
        )
    return found


def novelty(polymer: str, own: Sequence[KnownPolymers] = ()) -> Novelty:
    """Look a polymer up in the handbook, the training sets and your own lists.

    Parameters
    ----------
    polymer : str
        Repeat unit or name.
    own : sequence of KnownPolymers
        Your lists, such as ``tools.synthesis.novelty.PolymerList.from_file("ours.csv")``.

    Returns
    -------
    Novelty
        Where it was found, and the nearest polymer of each list.

    Raises
    ------
    StructureError, UnknownNameError
        If the polymer cannot be read.
    """
    from polysmith.predicting import read_polymers
    from tools.core.polymer import Polymer
    from tools.synthesis.novelty import novelty as look

    found = read_polymers([polymer])[0]
    if not isinstance(found, Polymer):
        raise found
    return look(found, own)


def draw_route(making: dict[str, Any], place: int = 0) -> str:
    """Draw a route: monomers, arrow, repeat unit.

    Parameters
    ----------
    making : dict
        From ``routes``.
    place : int
        Which of its routes, from 0.

    Returns
    -------
    str
        SVG document.

    Raises
    ------
    InputError
        If there is no such route.
    """
    from tools.chemistry.scheme import draw_scheme
    from tools.core.polymer import Polymer

    if not 0 <= place < len(making["routes"]):
        raise InputError("There is no such route to draw.", hint=f"There are {len(making['routes'])}.")
    route = making["routes"][place]
    return draw_scheme(
        [monomer["smiles"] for monomer in route["monomers"]],
        Polymer.from_smiles(making["smiles"]),
        above=route["mechanism"],
        by_product=route["by_product"],
    )
