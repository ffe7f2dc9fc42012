"""Monomers of simple families by rule: alkane diols and diamines, esters of acrylic acids, vinyl ethers and others."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rdkit import Chem

from tools.naming.substitutive import STEM, STEMS, fill, molecule, radical

_METHYLENES: Final = {
    "di": 2, "tri": 3, "tetra": 4, "penta": 5, "hexa": 6, "hepta": 7, "octa": 8, "nona": 9, "deca": 10, "undeca": 11,
    "dodeca": 12, "trideca": 13, "tetradeca": 14, "pentadeca": 15, "hexadeca": 16, "octadeca": 18,
}  # fmt: skip
_METHYLENE: Final = "(" + "|".join(sorted(_METHYLENES, key=len, reverse=True)) + ")methylene"
_ENDS: Final = {
    "diol": "O", "diamine": "N", "dithiol": "S", "diisocyanate": "N=C=O", "glycol": "O", "dihydroxy": "O",
    "diamino": "N", "diisocyanato": "N=C=O",
}  # fmt: skip
_ACID_STEMS: Final = {
    "oxal": 2, "malon": 3, "succin": 4, "glutar": 5, "adip": 6, "pimel": 7, "suber": 8, "azela": 9, "sebac": 10,
    "brassyl": 13,
}  # fmt: skip
_ACID_STEM: Final = "(" + "|".join(_ACID_STEMS) + ")"
_ACIDS: Final = {  # acyl groups of vinyl esters
    "formate": "C=O", "acetate": "C(C)=O", "propionate": "C(=O)CC", "butyrate": "C(=O)CCC", "valerate": "C(=O)CCCC",
    "pivalate": "C(=O)C(C)(C)C", "benzoate": "C(=O)c1ccccc1", "laurate": "C(=O)CCCCCCCCCCC", "caproate": "C(=O)CCCCC",
    "stearate": "C(=O)CCCCCCCCCCCCCCCCC", "palmitate": "C(=O)CCCCCCCCCCCCCCC", "trifluoroacetate": "C(=O)C(F)(F)F",
    "chloroacetate": "C(=O)CCl", "isobutyrate": "C(=O)C(C)C",
}  # fmt: skip

# Monomers made of a group and a fixed rest; every star of the rest is the group.
_WITH_GROUP: Final = {
    " acrylate": "*OC(=O)C=C", " methacrylate": "*OC(=O)C(C)=C", " vinyl ether": "*OC=C",
    " vinyl ketone": "*C(=O)C=C", " vinyl sulfide": "*SC=C", " glycidyl ether": "*OCC1CO1",
    " isocyanate": "*N=C=O", " 2-cyanoacrylate": "*OC(=O)C(=C)C#N", " alpha-cyanoacrylate": "*OC(=O)C(=C)C#N",
    " 2-chloroacrylate": "*OC(=O)C(Cl)=C", " alpha-chloroacrylate": "*OC(=O)C(Cl)=C",
    " 2-fluoroacrylate": "*OC(=O)C(F)=C", " alpha-fluoroacrylate": "*OC(=O)C(F)=C", " ethacrylate": "*OC(=O)C(CC)=C",
}  # fmt: skip
_TWICE: Final = {
    " itaconate": "*OC(=O)C(=C)CC(=O)O*", " fumarate": "*OC(=O)/C=C/C(=O)O*", " maleate": "*OC(=O)/C=C\\C(=O)O*",
}  # fmt: skip
_ON_NITROGEN: Final = {
    "acrylamide": "*NC(=O)C=C", "methacrylamide": "*NC(=O)C(C)=C", "maleimide": "*N1C(=O)C=CC1=O",
}  # fmt: skip
_ON_NITROGEN_TWICE: Final = {"acrylamide": "*N(*)C(=O)C=C", "methacrylamide": "*N(*)C(=O)C(C)=C"}


@lru_cache(maxsize=8192)
def by_rule(name: str) -> str:
    """Read the name of a monomer by the rules of its family.

    Parameters
    ----------
    name : str
        A clean name: "decane-1,10-diol", "2-ethylhexyl acrylate", "N-cyclohexylmaleimide", "4-tert-butylstyrene".

    Returns
    -------
    str
        Canonical SMILES; empty if no rule reads it.
    """
    lower = re.sub(r"^N(,N)?(?=-)", lambda match: match[0].lower(), name)
    if lower.lower() != lower and not name[:1].isupper():
        return ""
    lower = lower[:1].lower() + lower[1:] if not lower[:2].isupper() else lower
    smiles = _two_ends(lower) or _acid(lower) or _one_group(lower) or _on_nitrogen(lower) or molecule(lower)
    mol = Chem.MolFromSmiles(smiles) if smiles else None
    return str(Chem.MolToSmiles(mol)) if mol is not None else ""


def methylenes(name: str) -> int:
    """Count the carbons of "hexamethylene", "ethylene" or "hexane-1,6-diyl".

    Parameters
    ----------
    name : str
        Name of a divalent group.

    Returns
    -------
    int
        Carbons; 0 if it is no chain of methylene groups.
    """
    if name in {"methylene", "ethylene", "butylene"}:
        return {"methylene": 1, "ethylene": 2, "butylene": 4}[name]
    match = re.fullmatch(_METHYLENE, name)
    if match:
        return _METHYLENES[match[1]] if match[1] != "di" else 0
    match = re.fullmatch(rf"{STEM}ane-1,(\d+)-diyl", name)
    return STEMS[match[1]] if match and STEMS[match[1]] == int(match[2]) else 0


def examples() -> list[str]:
    """Write names of usual members of the families, the preferred name of a structure first.

    Returns
    -------
    list of str
        Names that ``by_rule`` reads.
    """
    alkyls = [f"{stem}yl" for stem in STEMS if stem != "eicos"]
    branched = ["isopropyl", "isobutyl", "sec-butyl", "tert-butyl", "isopentyl", "neopentyl", "2-ethylhexyl"]
    rings = ["cyclopentyl", "cyclohexyl", "phenyl", "benzyl", "4-methylphenyl", "4-chlorophenyl", "4-methoxyphenyl"]
    others = ["2-methoxyethyl", "2-ethoxyethyl", "2-hydroxyethyl", "2,2,2-trifluoroethyl", "2-phenylethyl", "allyl"]
    groups = [*alkyls, *branched, *rings, *others]
    found = [f"{group}{ending}" for ending in _WITH_GROUP for group in groups if "alpha" not in ending]
    found += [f"di{group}{ending}" for ending in _TWICE for group in [*alkyls, "isopropyl", "cyclohexyl", "benzyl"]]
    found += [f"N-{group}{parent}" for parent in _ON_NITROGEN for group in [*alkyls, *branched[:4], *rings[:4]]]
    found += [f"N,N-di{group}{parent}" for parent in _ON_NITROGEN_TWICE for group in alkyls[:6]]
    on_rings = [*alkyls[:12], *branched[:4], "fluoro", "chloro", "bromo", "iodo", "methoxy", "ethoxy", "butoxy",
                "tert-butoxy", "hydroxy", "cyano", "nitro", "acetyl", "acetoxy", "phenyl"]  # fmt: skip
    found += [f"{place}-{group}styrene" for place in (4, 3, 2) for group in [*on_rings, "(trifluoromethyl)"]]
    found += [f"{place}-{group}phenylacetylene" for place in (4, 3, 2) for group in on_rings]
    found += [f"2-{group}-2-oxazoline" for group in [*alkyls, "isopropyl", "phenyl"]]
    found += [f"1-{stem}ene" for stem in STEMS if stem not in {"meth", "eth", "prop", "eicos"}]
    found += [f"{place}-methyl-1-{stem}ene" for stem in ("pent", "hex", "hept") for place in (3, 4, 5)]
    for stem, length in STEMS.items():
        if stem != "eicos" and length > 1:
            found += [f"1,{length}-{stem}ane{end}" for end in ("diol", "diamine", "dithiol", "diisocyanate")]
            found += [f"{length}-{end}{stem}anoic acid" for end in ("amino", "hydroxy")]
            found += [f"{stem}anedioic acid", f"vinyl {stem}anoate"]
    return found


def _two_ends(name: str) -> str:
    """A straight chain with the same group at both ends."""
    patterns = (
        rf"{STEM}ane-1,(?P<at>\d+)-(?P<end>diol|diamine|dithiol|diisocyanate)",
        rf"1,(?P<at>\d+)-{STEM}ane(?P<end>diol|diamine|dithiol|diisocyanate)",
        rf"1,(?P<at>\d+)-(?P<end>diamino|dihydroxy|diisocyanato){STEM}ane",
    )
    for pattern in patterns:
        match = re.fullmatch(pattern, name)
        if match:
            length = STEMS[next(group for group in match.groups() if group in STEMS)]
            end = _ENDS[match["end"]]
            return _chain(end, length) if length == int(match["at"]) else ""
    match = re.fullmatch(rf"{_METHYLENE} ?(?P<end>diamine|glycol|diisocyanate|dithiol)", name)
    if match:
        return _chain(_ENDS[match["end"]], _METHYLENES[match[1]]) if match[1] != "di" else ""
    return ""


def _chain(end: str, length: int) -> str:
    return {"O": "O", "N": "N", "S": "S", "N=C=O": "O=C=N"}[end] + "C" * length + end


def _acid(name: str) -> str:
    """Diacids, their chlorides, amino and hydroxy acids, lactams and lactones."""
    match = re.fullmatch(rf"{STEM}anedio(?P<kind>ic acid|yl (?:di)?chloride|ic dichloride)", name)
    length = STEMS[match[1]] if match else 0
    if match is None:
        match = re.fullmatch(rf"{_ACID_STEM}(?:ic|o)?(?P<kind> acid|yl (?:di)?chloride| dichloride)", name)
        length = _ACID_STEMS[match[1]] if match else 0
    if match and length >= 2:
        end = "O" if "acid" in match["kind"] else "Cl"
        return f"{end}C(=O){'C' * (length - 2)}C(=O){end}"
    match = re.fullmatch(rf"(?P<at>\d+)-(?P<end>amino|hydroxy){STEM}anoic acid", name)
    if match and 2 <= int(match["at"]) <= STEMS[match[3]]:
        group, places = "N" if match["end"] == "amino" else "O", range(2, STEMS[match[3]] + 1)
        return "OC(=O)" + "".join(f"C({group})" if place == int(match["at"]) else "C" for place in places)
    match = re.fullmatch(rf"{STEM}ano-(?P<at>\d+)-lact(?P<kind>am|one)", name)
    if match and 3 <= int(match["at"]) == STEMS[match[1]]:
        return f"O=C1{'C' * (STEMS[match[1]] - 1)}{'N' if match['kind'] == 'am' else 'O'}1"
    return ""


def _one_group(name: str) -> str:
    for ending, rest in _WITH_GROUP.items():
        if name.endswith(ending):
            return fill(rest, radical(_bare(name.removesuffix(ending))))
    for ending, rest in _TWICE.items():
        if name.endswith(ending) and name.startswith("di"):
            return fill(rest, radical(_bare(name.removesuffix(ending)[2:])))
    acid = re.fullmatch(rf"vinyl (?:(?P<word>[a-z]+)|{STEM}anoate)", name)
    if acid and acid["word"] in _ACIDS:
        return f"C=CO{_ACIDS[acid['word']]}"
    chain = re.fullmatch(rf"vinyl {STEM}anoate", name)
    return f"C=COC(=O){'C' * (STEMS[chain[1]] - 1)}" if chain else ""


def _bare(name: str) -> str:
    """Take brackets off a group: "(2-ethylhexyl)"."""
    return name[1:-1] if name[:1] == "(" and name.find(")") == len(name) - 1 else name


def _on_nitrogen(name: str) -> str:
    for parent, rest in _ON_NITROGEN.items():
        one = re.fullmatch(rf"n-(?P<group>.+?)-?{parent}", name)
        two = re.fullmatch(rf"n,n-di(?P<group>.+?)-?{parent}", name)
        if one and radical(_bare(one["group"])):
            return fill(rest, radical(_bare(one["group"])))
        if two and radical(_bare(two["group"])):
            return fill(_ON_NITROGEN_TWICE.get(parent, ""), radical(_bare(two["group"])))
    return ""
