"""Crowded monomers: what slows or stops a polymerisation because of its bulk.

Textbook knowledge (G. Odian, Principles of Polymerization): 1,2-disubstituted, tri- and tetrasubstituted alkenes do not
grow to long chains unless the substituents are fluorine, or the double bond is strained or carries electron-poor
groups; 1,1-diaryl alkenes add once. The factors are judgements, not rates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.synthesis.query import compile_query, elements_in

_CONGESTION = 0.2


@dataclass(frozen=True)
class Crowding:
    """Something bulky at the place that reacts.

    Attributes
    ----------
    factor : float
        0 (stops the reaction) to 1.
    text : str
        What is crowded and what it does, one clause.
    """

    factor: float
    text: str


# double bonds outside rings; substituents are counted without fluorine and hydrogen
_ALKENES: tuple[tuple[str, float, str], ...] = (
    ("[CX3;!R;$(C([!#1;!F])[!#1;!F])]=!@[CX3;!R;$(C([!#1;!F])[!#1;!F]);!$(C=[!#6])]", 0.05,
     "tetrasubstituted double bond: does not grow to chains"),
    ("[CX3;!R;H1;$(C[!F])]=!@[CX3;!R;$(C([!#1;!F])[!#1;!F])]", 0.2,
     "trisubstituted double bond: hardly grows to chains"),
    ("[CH2;!R]=!@[CX3](a)a", 0.15, "1,1-diaryl alkene: adds once and then stops"),
    ("[CH2;!R]=!@[CX3]([CX4;H0](C)(C)C)[CX4;H0](C)(C)C", 0.05,
     "double bond between two tert-alkyl groups: does not grow"),
    ("[CX3;H1;!R]([CX4;H0](C)(C)C)=!@[CX3;H1;!R][CX4;H0](C)(C)C", 0.05,
     "double bond with a tert-alkyl group at either end: does not grow"),
    ("[CH2;!R]=!@[CX3;$(C([CX4](C)(C)C)[#6])]", 0.4,
     "1,1-disubstituted double bond beside a quaternary carbon: crowded"),
    ("[CX3;H1;!R;$(C[CX3](=O)[O,N])]=!@[CX3;H1;!R;$(C[CX3](=O)[O,N])]", 0.8,
     "1,2-disubstituted double bond (fumarate or maleate type): slow, grows best with bulky esters or a comonomer"),
    ("[CX3;H1;!R;!$(C[CX3](=O)[O,N]);!$(CC=C);$(C[#6])]=!@[CX3;H1;!R;!$(CC=C);$(C[#6])]", 0.4,
     "1,2-disubstituted double bond: grows slowly if at all"),
)  # fmt: skip
_GROUPS: tuple[tuple[str, float, str], ...] = (
    ("[NX3H2]c(c[CX4](C)(C)C)c[CX4](C)(C)C", 0.4, "amine between two tert-butyl groups: hardly reacts"),
    ("[NX3H2]c(c[CX4;H1](C)C)c[CX4;H1](C)C", 0.8,
     "amine between two isopropyl groups: slow, short chains unless forced"),
    ("[NX3H2]c(c[CX4,Cl,Br])c[CX4,Cl,Br]", 0.9, "amine with both ortho places taken: slow"),
    ("[OX2H]c(c[CX4](C)(C)C)c[CX4](C)(C)C", 0.3, "phenol between two tert-butyl groups: hardly reacts"),
    ("[OX2H][CX4](C)(C)C", 0.6, "tertiary alcohol: slow to acylate, loses water"),
    ("[OX2H]C(=O)[CX4](C)(C)C", 0.9, "acid at a quaternary carbon: slow to acylate with"),
    ("[OX2H,Cl]C(=O)c(c[CX4,Cl,Br])c[CX4,Cl,Br]", 0.7, "aromatic acid with both ortho places taken: slow"),
    ("[NX3;H1]([CX4](C)(C)C)[CX4](C)(C)C", 0.1, "amine between two quaternary carbons: does not react"),
)  # fmt: skip


# two neighbours in a chain that carry nothing but carbon; fluorine is small and fused or spiro rings tie groups back
_FULL = "[CX4;H0;!R;$(C([#6])([#6])([#6])[#6]);!$(C[CX4](F)F)]"
_CONGESTED = f"{_FULL}-!@{_FULL}"
#: A chain without this is not congested.
NEEDED_BY_CONGESTED = "[CX4;H0;!R]([#6])([#6])([#6])-!@[CX4;H0;!R]([#6])([#6])[#6]"


def congested(chain: Chem.Mol) -> Crowding | None:
    """Tell whether a chain has two fully substituted carbons side by side.

    Parameters
    ----------
    chain : Chem.Mol
        Two or more repeat units in a row.

    Returns
    -------
    Crowding or None
        None if it has none.
    """
    if compile_query(_CONGESTED).matches(chain, elements_in(chain)):
        return Crowding(_CONGESTION, "two fully substituted carbons side by side in the chain: too crowded to form")
    return None


@lru_cache(maxsize=65_536)
def crowding(smiles: str, *, chain_growth: bool) -> tuple[Crowding, ...]:
    """List what is crowded in a monomer.

    Parameters
    ----------
    smiles : str
        The monomer.
    chain_growth : bool
        True if its double bonds are to polymerise; else amines, alcohols and acids are looked at.

    Returns
    -------
    tuple of Crowding
        The worst finding; empty if nothing is crowded.
    """
    mol = Chem.MolFromSmiles(smiles)
    elements = elements_in(mol)
    table = _ALKENES if chain_growth else _GROUPS
    for smarts, factor, text in table:
        if compile_query(smarts).matches(mol, elements):
            return (Crowding(factor, text),)
    return ()
