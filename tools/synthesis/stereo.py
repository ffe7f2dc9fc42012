"""Routes of chains with stereo marks.

Most polymerisation rules say nothing of stereochemistry: cis-1,4-polybutadiene is made from butadiene like the trans
chain, and the catalyst decides.
"""

from __future__ import annotations

from dataclasses import replace

from rdkit import Chem

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.synthesis.retro import routes
from tools.synthesis.route import Route

_NOTE = "it gives the chain without its stereo marks; catalyst and conditions decide which stereo form is made"


def without_stereo(polymer: Polymer) -> Polymer:
    """Return the chain without its stereo marks; itself where they are part of the chain.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    Polymer
        The plain chain.
    """
    mol = Chem.Mol(polymer.mol)
    Chem.RemoveStereochemistry(mol)
    try:
        return Polymer.from_smiles(Chem.MolToSmiles(mol))
    except PolysmithError:
        return polymer


def routes_of(polymer: Polymer, limit: int = 3) -> list[Route]:
    """Find routes; where none gives the stereo marks, those of the chain without them, which say so in their note.

    Parameters
    ----------
    polymer : Polymer
        What is to be made.
    limit : int
        Routes at most.

    Returns
    -------
    list of Route
        The most usual first.
    """
    found = routes(polymer, limit)
    if found or not any(mark in polymer.key for mark in "@/\\"):
        return found
    plain = without_stereo(polymer)
    if plain == polymer:
        return []
    return [replace(route, note="; ".join(filter(None, [route.note, _NOTE]))) for route in routes(plain, limit)]
