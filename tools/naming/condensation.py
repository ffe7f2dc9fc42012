"""Half-systematic names of condensation polymers: "butylene succinate", "hexamethylene adipamide", "sebacic anhydride".

A divalent group stands in front of the salt-like name of a diacid. The diol or diamine of the group and the diacid are
then joined by the forward rules. Names without locants on a ring ("phenylene", "xylylene") and "propylene", which some
use for three CH2 groups, are left to the caller as unclear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from rdkit import Chem

from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.naming.families import methylenes
from tools.naming.lookup import Lookup
from tools.naming.source import Made, from_monomers
from tools.naming.substitutive import fill

_ESTERS: Final = frozenset({"ester", "aryl_ester"})
_AMIDES: Final = frozenset({"amide", "aramid"})
_CARBONATES: Final = frozenset({"carbonate", "aryl_carbonate"})
_PHOSGENE: Final = "O=C(Cl)Cl"

_GROUPS: Final = {
    "neopentylene": "*CC(C)(C)C*", "2,2-dimethyltrimethylene": "*CC(C)(C)C*", "2,2-dimethylpropylene": "*CC(C)(C)C*",
    "diethylene": "*CCOCC*", "triethylene": "*CCOCCOCC*", "1,2-propylene": "*CC(C)*", "1,3-propylene": "*CCC*",
    "1,4-butylene": "*CCCC*", "p-phenylene": "*c1ccc(*)cc1", "1,4-phenylene": "*c1ccc(*)cc1",
    "m-phenylene": "*c1cccc(*)c1", "1,3-phenylene": "*c1cccc(*)c1", "p-xylylene": "*Cc1ccc(C*)cc1",
    "m-xylylene": "*Cc1cccc(C*)c1", "1,4-cyclohexylene": "*C1CCC(*)CC1",
    "1,4-cyclohexylenedimethylene": "*CC1CCC(C*)CC1", "1,4-cyclohexanedimethylene": "*CC1CCC(C*)CC1",
    "4,4'-biphenylene": "*c1ccc(-c2ccc(*)cc2)cc1", "4,4'-oxydiphenylene": "*c1ccc(Oc2ccc(*)cc2)cc1",
    "4,4'-isopropylidenediphenylene": "*c1ccc(C(C)(C)c2ccc(*)cc2)cc1", "hexylene": "*CCCCCC*",
    "1,2-butylene": "*CC(CC)*", "2,3-butylene": "*C(C)C(C)*",
}  # fmt: skip
_UNCLEAR: Final = re.compile(r"(?:^|[^\d'l-])(?:phenylene|xylylene|naphthylene|cyclohexylene|biphenylene)|^propylene$")
_VARIANTS: Final = {
    "propylene": ("1,2-propylene", "1,3-propylene"), "phenylene": ("p-phenylene", "m-phenylene"),
    "xylylene": ("p-xylylene", "m-xylylene"),
}  # fmt: skip
_LINKS: Final = {"oxide": "O", "glycol": "O", "ether": "O", "sulfide": "S", "disulfide": "SS", "sulfone": "S(=O)(=O)"}
_SPECIAL_ACIDS: Final = {
    "naphthalate": "2,6-naphthalenedicarboxylic acid", "furanoate": "2,5-furandicarboxylic acid",
    "2,6-naphthalate": "2,6-naphthalenedicarboxylic acid", "oxamide": "oxalic acid", "azelate": "azelaic acid",
    "azelamide": "azelaic acid", "itaconate": "itaconic acid", "furandicarboxylate": "2,5-furandicarboxylic acid",
    "2,5-furandicarboxylate": "2,5-furandicarboxylic acid",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """One way to read a name.

    Attributes
    ----------
    made : tuple of Made
        Polymers.
    monomers : tuple of (str, str)
        Name and SMILES of each monomer.
    """

    made: tuple[Made, ...]
    monomers: tuple[tuple[str, str], ...]


def condensation(inside: str, lookup: Lookup) -> Reading | None:
    """Read a half-systematic name.

    Parameters
    ----------
    inside : str
        What stands inside "poly(...)".
    lookup : Lookup
        Structures of names.

    Returns
    -------
    Reading or None
        None if the name is not of this kind.
    """
    group, _, last = inside.rpartition(" ")
    if not group:
        joined = re.fullmatch(r"(.*?ylene)-?([a-z].*(?:ate|amide))", inside)
        if joined is None:
            return _own_acid(inside, lookup)
        group, last = joined[1], joined[2]
    if group in _VARIANTS:
        found = [_of_group(item, last, lookup) for item in _VARIANTS[group]]
        kept = [item for item in found if item is not None]
        return Reading(tuple(made for item in kept for made in item.made), kept[0].monomers) if kept else None
    return _of_group(group, last, lookup)


def _of_group(group: str, last: str, lookup: Lookup) -> Reading | None:
    """Read a divalent group in front of the last word of a name."""
    if last in _LINKS:
        return _linked(group, _LINKS[last], lookup)
    if last == "anhydride":
        acid = _pure(lookup.monomer(f"{group} acid"))
        return _reading([(f"{group} acid", acid)], frozenset({"anhydride"})) if acid else None
    if last == "carbonate":
        diol = _diol(group, lookup)
        return _reading([(f"{group} diol", diol), ("phosgene", _PHOSGENE)], _CARBONATES) if diol else None
    if last.endswith("amide"):
        return _of_acid(group, last, "N", lookup)
    return _of_acid(group, last, "O", lookup) if last.endswith("ate") else None


def _of_acid(group: str, last: str, end: str, lookup: Lookup) -> Reading | None:
    name = acid_of(last)
    acid = _pure(lookup.monomer(name)) if name else ""
    first = _diol(group, lookup) if end == "O" else _two_ended(group, "N", lookup)
    if not acid or not first or Chem.MolFromSmiles(acid).GetSubstructMatches(Chem.MolFromSmarts("C(=O)[OH]")) == ():
        return None
    noun = "diol" if end == "O" else "diamine"
    return _reading([(f"{group} {noun}", first), (name, acid)], _ESTERS if end == "O" else _AMIDES)


def is_half_systematic(inside: str) -> bool:
    """Tell whether a name is of this kind, readable or not: OPSIN would take it for a cyclic ester.

    Parameters
    ----------
    inside : str
        What stands inside "poly(...)".

    Returns
    -------
    bool
        True for "phenylene succinate".
    """
    return bool(re.search(r"(?:ylene|diyl)\)* .*(?:ate|amide|oxide|sulfide|ether)$", inside))


def acid_of(last: str) -> str:
    """Name the acid of "succinate", "adipamide" or "hexanedioate".

    Parameters
    ----------
    last : str
        Last word of a half-systematic name.

    Returns
    -------
    str
        "succinic acid"; empty if it is no such word.
    """
    if last in _SPECIAL_ACIDS:
        return _SPECIAL_ACIDS[last]
    if last.endswith("carboxamide"):
        return last.removesuffix("amide") + "ylic acid"
    if last.endswith("anediamide"):
        return last.removesuffix("amide") + "oic acid"
    if last.endswith("amide"):
        return last.removesuffix("amide") + "ic acid"
    return last.removesuffix("ate") + "ic acid" if last.endswith("ate") else ""


def _own_acid(inside: str, lookup: Lookup) -> Reading | None:
    """Read "3-hydroxybutyrate": a hydroxy acid with itself."""
    if not re.search(r"(?:hydroxy|oxy).*ate$", inside):
        return None
    name = re.sub(r"\b(\d*-?)oxy(?=benzo)", r"\1hydroxy", acid_of(inside))
    acid = _pure(lookup.monomer(name))
    return _reading([(name, acid)], _ESTERS) if acid else None


def _reading(monomers: list[tuple[str, str]], linkages: frozenset[str]) -> Reading | None:
    made = from_monomers([smiles for _, smiles in monomers], linkages)
    return Reading(made, tuple(monomers)) if made else None


def _pure(smiles: str) -> str:
    return smiles if smiles and "." not in smiles else ""


def group_of(name: str, lookup: Lookup) -> str:
    """Read the name of a divalent group.

    Parameters
    ----------
    name : str
        "hexamethylene", "p-phenylene", "1,4-phenyleneoxy".
    lookup : Lookup
        Structures of names.

    Returns
    -------
    str
        SMILES with two ``*``; empty if it is unknown or unclear.
    """
    count = methylenes(name)
    if count:
        return "*" + "C" * count + "*"
    if name in _GROUPS:
        return _GROUPS[name]
    if _UNCLEAR.search(name) or not re.search(r"(?:ylene|diyl)\)*$", name):
        return ""
    return re.sub(r"\[\*:\d\]", "*", lookup.systematic(f"poly({name})"))


def _two_ended(name: str, end: str, lookup: Lookup) -> str:
    return fill(group_of(name, lookup), f"*{end}")


def _diol(name: str, lookup: Lookup) -> str:
    """Find the diol of a group, or a diol that stands under its own name ("bisphenol A carbonate")."""
    made = _two_ended(name, "O", lookup)
    if made or re.search(r"(?:ylene|diyl)\)*$", name):
        return made
    own = _pure(lookup.monomer(name))
    mol = Chem.MolFromSmiles(own) if own else None
    hydroxyls = Chem.MolFromSmarts("[OX2H][#6;!$(C=O)]")
    return own if mol is not None and len(mol.GetSubstructMatches(hydroxyls)) == 2 else ""


def _linked(name: str, link: str, lookup: Lookup) -> Reading | None:
    """Read "hexamethylene oxide": a group and an atom in turn."""
    unit = group_of(name, lookup)
    if not unit:
        return None
    mol = Chem.MolFromSmiles(unit)
    star = next(atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0)
    written = str(Chem.MolToSmiles(mol, rootedAtAtom=star))
    try:
        polymer = Polymer.from_smiles("*" + link + written.removeprefix("*"))
    except StructureError:
        return None
    return Reading((Made(polymer, "", "named by its groups"),), ())
