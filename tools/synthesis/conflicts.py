"""Groups that disturb a polymerisation: what each of them does.

Textbook knowledge (G. Odian, Principles of Polymerization), as a table of group and mode of polymerisation. The factors
are judgements of how much a group stands in the way, not rates: 1 is harmless, 0.3 means protect it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rdkit import Chem

from tools.synthesis.query import compile_query, elements_in
from tools.synthesis.route import Route

_LOWEST = 0.3


@dataclass(frozen=True)
class Conflict:
    """A group and what it does.

    Attributes
    ----------
    group : str
        Name of the group.
    factor : float
        0.3 (protect it) to 1 (harmless).
    effect : str
        What it does, one clause.
    """

    group: str
    factor: float
    effect: str

    @property
    def text(self) -> str:
        """The conflict in one clause."""
        return f"{self.group}: {self.effect}"


# step growth: groups beside those that are to react, by the names of ``tools.synthesis.reagents``
_COMPETING = {
    "carboxylic acid": (0.75, "acylates amines and alcohols too, or neutralises the base"),
    "acid chloride": (0.6, "acylates any amine, alcohol or thiol at once"),
    "isocyanate": (0.6, "adds amines, alcohols, thiols and water"),
    "sulfonyl chloride": (0.6, "sulfonylates amines and phenols"),
    "amine": (0.75, "is acylated or alkylated too and crosslinks; protect it (Boc, imine)"),
    "hydrazide or hydrazine": (0.7, "reacts faster than amines and alcohols"),
    "thiol": (0.7, "adds or is acylated too and oxidises to disulfide"),
    "alcohol": (0.8, "is acylated more slowly than amines, but branches in the melt"),
    "phenol": (0.8, "is acylated or alkylated too; protect it or use the acid at lower temperature"),
    "cyclic anhydride": (0.7, "opens with amines and alcohols and crosslinks"),
    "epoxide": (0.7, "opens with amines, acids, phenols and thiols and crosslinks"),
    "aldehyde": (0.7, "condenses with amines and active methylene groups"),
    "chlorosilane": (0.5, "reacts with alcohols, phenols, amines and water"),
    "phosphonic or phosphoric dichloride": (0.5, "reacts with alcohols, phenols, amines and water"),
}

_ALCOHOL = ("alcohol", "[OX2H][CX4;!$(C[OX2H0][#6])]")
_PHENOL = ("phenol", "[OX2H]c")
_ACID = ("carboxylic acid", "[CX3](=O)[OX2H]")
_AMINE = ("amine with N-H", "[NX3;!H0;!$(N[C,S]=[O,S,N]);!$(N[N,O])]")
_AMIDE = ("amide with N-H", "[NX3;!H0;!R;$(N[CX3]=O)]")
_THIOL = ("thiol", "[SX2H]")
_NITRO = ("nitro group", "[#6][N+](=O)[O-]")
_NITRILE = ("nitrile", "[CX2]#[NX1]")
_SULFIDE = ("sulfide", "[SX2;H0;!R]([#6])[#6]")
_ESTER = ("ester", "[CX3;!R](=O)[OX2;H0;!R][#6]")
_KETONE = ("ketone or aldehyde", "[CX3](=O)([#6])[#6,#1]")
_ALKYNE = ("terminal alkyne", "[CX2H]#C")
_VINYL = ("terminal alkene", "[CH2]=[CH1][CX4]")
_HALIDE = ("aryl bromide or iodide", "c[Br,I]")
_ALKYL = ("alkyl halide", "[CX4][Cl,Br,I]")
_PYRIDINE = ("basic nitrogen heterocycle", "[nX2;H0]")

_TABLE: dict[str, tuple[tuple[tuple[str, str], float, str], ...]] = {
    "radical": (
        (_THIOL, 0.4, "transfers the chain (short chains) and adds to the double bond"),
        (_NITRO, 0.7, "retards: radicals add to it"),
        (("nitroso group", "[#6][NX2]=[OX1]"), 0.3, "traps radicals"),
        (("hydroquinone, catechol or hindered phenol",
          "[$([OX2H]c1ccc([OX2H])cc1),$([OX2H]c1ccccc1[OX2H]),$([OX2H]c(c[CX4](C)C)c[CX4](C)C)]"),
         0.5, "inhibits until it is used up; protect it as ester or ether"),
        (("allylic double bond", "[CH2]=[CH1][CX4][!#1]"), 0.6, "transfers (degradative) and crosslinks"),
        (("disulfide", "[SX2][SX2]"), 0.8, "transfers the chain"),
        (("terminal alkyne", "[CX2H]#C"), 0.7, "crosslinks at high conversion; protect it with a silyl group"),
        (("free amine with N-H", "[NX3H2][CX4]"), 0.8, "adds to acrylates (Michael); use the salt or Boc"),
    ),
    "coordination": (
        (_ALCOHOL, 0.4, "kills the catalyst; protect it as silyl or aluminium alkoxide"),
        (_PHENOL, 0.4, "kills the catalyst"),
        (_ACID, 0.3, "kills the catalyst"),
        (_AMINE, 0.4, "kills the catalyst"),
        (_THIOL, 0.4, "kills the catalyst"),
        (_NITRILE, 0.5, "blocks the metal"),
        (_ESTER, 0.5, "blocks early transition metals; palladium or nickel tolerate it"),
        (_KETONE, 0.5, "blocks the metal"),
    ),
    "cationic": (
        (_AMINE, 0.3, "ends the cation"),
        (_PYRIDINE, 0.3, "ends the cation"),
        (_ALCOHOL, 0.5, "transfers the chain and branches it"),
        (_PHENOL, 0.6, "transfers the chain"),
        (_ACID, 0.5, "transfers the chain"),
        (_THIOL, 0.4, "ends the cation"),
    ),
    "anionic": (
        (_ALCOHOL, 0.5, "starts chains of its own: branched product"),
        (_PHENOL, 0.6, "ends or starts chains"),
        (_ACID, 0.5, "protonates the chain end"),
        (_AMINE, 0.5, "starts chains of its own and cleaves esters"),
        (_THIOL, 0.5, "starts chains of its own"),
        (_ALKYL, 0.7, "is attacked by the chain end"),
    ),
    "metathesis": (
        (_THIOL, 0.4, "poisons ruthenium"),
        (("primary amine", "[NX3H2][CX4]"), 0.4, "poisons ruthenium; use the salt or Boc"),
        (_NITRILE, 0.7, "binds to the metal"),
        (_PYRIDINE, 0.7, "binds to the metal"),
        (_ALKYNE, 0.4, "reacts with the carbene (enyne metathesis)"),
        (_VINYL, 0.6, "transfers the chain"),
    ),
    "coupling": (
        (_THIOL, 0.5, "poisons palladium and couples itself"),
        (_SULFIDE, 0.9, "binds to palladium"),
        (_ALKYNE, 0.6, "couples too (Sonogashira)"),
        (_VINYL, 0.7, "couples too (Heck)"),
        (("primary amine", "[NX3H2]"), 0.7, "may be arylated (Buchwald-Hartwig)"),
    ),
    "strong base": (
        (_ESTER, 0.6, "is hydrolysed or condenses"),
        (_ACID, 0.6, "neutralises the base"),
        (_ALKYL, 0.7, "is substituted or eliminated"),
        (_ALCOHOL, 0.8, "substitutes or adds too"),
    ),
    "lewis acid": (
        (_AMINE, 0.5, "binds the Lewis acid and switches the ring off"),
        (_ALCOHOL, 0.6, "is acylated"),
        (_PYRIDINE, 0.5, "binds the Lewis acid"),
        (_NITRO, 0.6, "switches the ring off"),
    ),
}  # fmt: skip

_MODES = {
    "olefin": "coordination", "cyclic_olefin": "coordination", "acetylene": "coordination",
    "vinyl_cationic": "cationic",
    "oxetane": "cationic", "tetrahydrofuran": "cationic", "cyclic_ether_large": "cationic", "dioxolane": "cationic",
    "trioxane": "cationic", "oxazoline": "cationic", "oxazine": "cationic", "epoxide": "anionic", "thiirane": "anionic",
    "lactone": "anionic", "butyrolactone": "anionic", "lactide": "anionic", "macrolactone": "anionic",
    "cyclic_carbonate": "anionic", "cyclic_carbonate_large": "anionic", "lactam": "anionic", "nca": "anionic",
    "romp": "metathesis", "romp_norbornene": "metathesis", "romp_bridged": "metathesis", "romp_six": "metathesis",
    "admet": "metathesis", "suzuki": "coupling", "yamamoto": "coupling", "sonogashira": "coupling", "heck": "coupling",
    "aryl_ether": "strong base", "aryl_thioether": "strong base", "arylene_sulfide": "strong base",
    "williamson": "strong base", "gilch": "strong base", "wittig": "strong base", "knoevenagel": "strong base",
    "friedel_crafts_acyl": "lewis acid", "friedel_crafts_sulfonyl": "lewis acid",
}  # fmt: skip
# groups that are the reacting ones in these polymerisations
_OWN = {
    "sonogashira": {"terminal alkyne"}, "heck": {"terminal alkene"}, "admet": {"terminal alkene"},
    "williamson": {"alkyl halide"}, "gilch": {"alkyl halide"}, "nca": {"amine with N-H"}, "lactam": {"amine with N-H"},
    "knoevenagel": {"ester"}, "wittig": {"ester", "alkyl halide"}, "acetylene": {"terminal alkyne"},
}  # fmt: skip


def mode_of(route: Route) -> str:
    """Name the conditions that groups have to stand: a key of the table, or empty where none is special.

    Parameters
    ----------
    route : Route
        The route.
    """
    if "radical" in route.polymerisations:
        return "radical"
    return _MODES.get(route.rule, "")


def conflicts(route: Route) -> tuple[Conflict, ...]:
    """List the groups of the monomers that disturb a polymerisation, each once.

    Parameters
    ----------
    route : Route
        The route.

    Returns
    -------
    tuple of Conflict
        What competes in step growth first; empty if nothing is known to disturb.
    """
    found = {
        name: Conflict(name, *_COMPETING.get(name, (0.75, "reacts under the same conditions")))
        for name in route.competing
    }
    mode, own = mode_of(route), _OWN.get(route.rule, set())
    for monomer in route.monomers:
        for conflict in _in_mode(monomer.smiles, mode):
            if conflict.group not in own:
                found.setdefault(conflict.group, conflict)
    return tuple(found.values())


@lru_cache(maxsize=65_536)
def _in_mode(smiles: str, mode: str) -> tuple[Conflict, ...]:
    rows = _TABLE.get(mode, ())
    if not rows:
        return ()
    mol = Chem.MolFromSmiles(smiles)
    elements = elements_in(mol)
    return tuple(
        Conflict(name, factor, effect)
        for (name, smarts), factor, effect in rows
        if compile_query(smarts).matches(mol, elements)
    )


def selectivity(found: tuple[Conflict, ...]) -> float:
    """Return the factor of several conflicts: the worst counts in full, each further one as a tenth.

    Parameters
    ----------
    found : tuple of Conflict
        From ``conflicts``.
    """
    if not found:
        return 1.0
    return round(max(_LOWEST, min(item.factor for item in found) * 0.9 ** (len(found) - 1)), 4)
