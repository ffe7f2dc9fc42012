"""From monomers to the one polymer that a source-based name means, or to the choices that it leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from tools.core.errors import NotCoveredError, StructureError
from tools.core.polymer import Polymer
from tools.synthesis.forward import Product, react

# A reaction that is less usual by this much (on the scale of the rules' priors) is not what a name means.
_APART: Final = 10.0
# Names of unsaturated rings mean the ring opening (allyl glycidyl ether), those of acrylates the vinyl polymer.
_PLAIN_ALKENE: Final = frozenset({"olefin", "vinyl_other"})
_ALKENE: Final = frozenset({"vinyl_radical", "vinyl_cationic", "maleimide"})
_RING: Final = frozenset({"epoxide", "oxetane", "oxazoline", "lactone", "lactam", "thiirane", "aziridine"})
# Names do not mean these: a single diacid is no polyanhydride unless the name says so.
_NOT_ALONE: Final = frozenset({"anhydride", "carbodiimide"})
_COUPLINGS: Final = frozenset(
    {"glaser", "admet", "sonogashira", "disulfide", "oxidative_heteroaryl", "oxidative_arene"}
)
_CHAIN: Final = frozenset({"vinyl_radical", "vinyl_cationic", "olefin", "vinyl_other", "acetylene"})
# Two-step polymers: monomers of the same name may stand for the precursor or for the cyclised chain.
_CYCLISED: Final = {
    "oxadiazole": frozenset({"hydrazide"}), "benzoxazole": frozenset({"amide", "aramid"}),
    "benzothiazole": frozenset({"amide", "aramid"}),
}  # fmt: skip
_DIENE: Final = frozenset({"diene_14", "diene_12"})


@dataclass(frozen=True)
class Made:
    """A polymer of named monomers.

    Attributes
    ----------
    polymer : Polymer
        The chain.
    rule : str
        Id of the polymerisation rule.
    mechanism : str
        What the polymerisation is called.
    notes : tuple of str
        What was assumed.
    """

    polymer: Polymer
    rule: str
    mechanism: str
    notes: tuple[str, ...] = ()


def from_monomers(monomers: Sequence[str], linkages: frozenset[str] = frozenset(), diene: str = "") -> tuple[Made, ...]:
    """Find what the polymer of one monomer, or of two that alternate, is.

    Parameters
    ----------
    monomers : sequence of str
        One or two SMILES.
    linkages : frozenset of str
        Ids of the only linkages that the name allows; empty for all.
    diene : str
        "1,4", "1,2" or "3,4" for a diene.

    Returns
    -------
    tuple of Made
        One if the name is clear, several if it is not, none if no rule makes a chain.
    """
    try:
        found = react(*monomers)
    except (NotCoveredError, StructureError):
        return ()
    products = [item for item in found.products if not linkages or item.rule in linkages]
    if not linkages:
        dull = _NOT_ALONE if len(monomers) == 1 else frozenset()
        if any(network.rule in _CHAIN for network in found.networks):
            dull |= _COUPLINGS
        products = [item for item in products if item.rule not in dull]
    if not products:
        return ()
    kept = _of_diene(products, diene) if diene else _usual(products)
    by_rule: dict[str, list[Product]] = {}
    for item in kept:
        by_rule.setdefault(item.rule, []).append(item)
    made = []
    for rule, items in by_rule.items():
        if rule in _DIENE:
            made += [Made(item.polymer, rule, item.mechanism) for item in items]
            continue
        notes = ("the name leaves open which way round a monomer is built in; one regular chain is shown",)
        made.append(Made(items[0].polymer, rule, items[0].mechanism, notes if len(items) > 1 else ()))
    return tuple(made)


def _usual(products: list[Product]) -> list[Product]:
    """Drop reactions that the name does not mean."""
    rules = {item.rule for item in products}
    if rules & _ALKENE and not rules & _DIENE:
        products = [item for item in products if item.rule in _ALKENE]
    elif rules & _PLAIN_ALKENE and rules & _RING:
        products = [item for item in products if item.rule not in _PLAIN_ALKENE]
    best = products[0].prior
    top = [item for item in products if item.prior > best - _APART]
    if "step" not in products[0].polymerisations[0]:
        return top if not _ring_opens_twice(products) else [*top, *_additions(products, top)]
    if products[0].rule == "ketimine" and rules & {"amide", "aramid"}:
        products = [item for item in products if item.rule != "ketimine"]
    first = products[0]
    in_two_steps = first.rule == "oxadiazole" or "HCl" in first.by_product  # acid chlorides react before rings close
    either = {first.rule} | (_CYCLISED.get(first.rule, frozenset()) if in_two_steps else frozenset())
    return [item for item in products if item.rule in either]


def _ring_opens_twice(products: list[Product]) -> bool:
    """Say whether a cyclic olefin may be opened or added: "polynorbornene" means either."""
    rules = {item.rule for item in products}
    return "cyclic_olefin" in rules and any(rule.startswith("romp") for rule in rules)


def _additions(products: list[Product], top: list[Product]) -> list[Product]:
    return [item for item in products if item.rule == "cyclic_olefin" and item not in top]


def _of_diene(products: list[Product], diene: str) -> list[Product]:
    """Pick the products of a diene that a prefix such as "1,2-" names."""
    if diene == "1,4":
        return [item for item in products if item.rule == "diene_14"]
    sides = [item for item in products if item.rule == "diene_12"]
    if len(sides) < 2:
        return sides
    # positions 1,2 are those of the substituted double bond, whose carbon then has no hydrogen
    return [item for item in sides if _quaternary(item.polymer) == (diene == "1,2")]


def _quaternary(polymer: Polymer) -> bool:
    pattern = Chem.MolFromSmarts("[#0][CX4;H0]")
    return bool(polymer.mol.HasSubstructMatch(pattern))


def with_geometry(polymer: Polymer, geometry: str) -> Polymer:
    """Mark the double bond of a backbone as cis or trans.

    Parameters
    ----------
    polymer : Polymer
        A chain with one double bond between backbone atoms outside rings.
    geometry : str
        "cis" or "trans".

    Returns
    -------
    Polymer
        The marked chain; the same chain if it has no such bond, or more than one.
    """
    mol = Chem.RWMol(polymer.mol)
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    path = Chem.GetShortestPath(mol, *stars)
    places = []
    for index in range(1, len(path) - 2):
        bond = mol.GetBondBetweenAtoms(path[index], path[index + 1])
        if bond.GetBondType() == Chem.BondType.DOUBLE and not bond.IsInRing():
            places.append((index, bond))
    if len(places) != 1:
        return polymer
    index, bond = places[0]
    before, after = path[index - 1], path[index + 2]
    if bond.GetBeginAtomIdx() == path[index]:
        bond.SetStereoAtoms(before, after)
    else:
        bond.SetStereoAtoms(after, before)
    bond.SetStereo(Chem.BondStereo.STEREOCIS if geometry == "cis" else Chem.BondStereo.STEREOTRANS)
    return Polymer.from_smiles(Chem.MolToSmiles(mol))
