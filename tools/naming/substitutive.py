"""A small part of substitutive nomenclature, read without OPSIN: prefixes with locants on a few parents.

It reads "2-ethylhexyl", "4-(trifluoromethyl)phenyl" and "3-chloro-4-methoxystyrene": every prefix has locants, and the
words are those of the tables. Anything else is left to OPSIN. The rules are IUPAC's (Nomenclature of Organic
Chemistry, 2013, P-1 to P-3); o, m and p are read as 2, 3 and 4.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

from rdkit import Chem

STEMS: Final = {
    name: length
    for length, names in enumerate((
        "meth", "eth", "prop", "but", "pent", "hex", "hept", "oct", "non", "dec", "undec", "dodec", "tridec",
        "tetradec", "pentadec", "hexadec", "heptadec", "octadec", "nonadec", "icos eicos", "henicos", "docos",
    ), start=1)
    for name in names.split()
}  # fmt: skip
STEM: Final = "(" + "|".join(sorted(STEMS, key=len, reverse=True)) + ")"

_TIMES: Final = {
    "di": 2, "tri": 3, "tetra": 4, "penta": 5, "hexa": 6, "hepta": 7, "octa": 8, "nona": 9, "deca": 10, "bis": 2,
    "tris": 3,
}  # fmt: skip

# Radicals and prefixes with no inner locants; the attached atom stands after the star.
_SIMPLE: Final = {
    "fluoro": "*F", "chloro": "*Cl", "bromo": "*Br", "iodo": "*I", "hydroxy": "*O", "amino": "*N", "cyano": "*C#N",
    "nitro": "*[N+](=O)[O-]", "formyl": "*C=O", "carboxy": "*C(=O)O", "acetyl": "*C(C)=O", "benzoyl": "*C(=O)c1ccccc1",
    "acetoxy": "*OC(C)=O", "phenoxy": "*Oc1ccccc1", "benzyloxy": "*OCc1ccccc1", "trifluoromethyl": "*C(F)(F)F",
    "trimethylsilyl": "*[Si](C)(C)C", "dimethylamino": "*N(C)C", "diethylamino": "*N(CC)CC", "chloromethyl": "*CCl",
    "bromomethyl": "*CBr", "hydroxymethyl": "*CO", "methoxymethyl": "*COC", "methylthio": "*SC", "isopropyl": "*C(C)C",
    "isobutyl": "*CC(C)C", "sec-butyl": "*C(C)CC", "s-butyl": "*C(C)CC", "tert-butyl": "*C(C)(C)C",
    "t-butyl": "*C(C)(C)C", "isopentyl": "*CCC(C)C", "isoamyl": "*CCC(C)C", "neopentyl": "*CC(C)(C)C",
    "isopropoxy": "*OC(C)C", "isobutoxy": "*OCC(C)C", "tert-butoxy": "*OC(C)(C)C", "sec-butoxy": "*OC(C)CC",
    "allyl": "*CC=C", "vinyl": "*C=C", "glycidyl": "*CC1CO1", "furfuryl": "*Cc1ccco1", "lauryl": "*CCCCCCCCCCCC",
    "stearyl": "*CCCCCCCCCCCCCCCCCC", "cetyl": "*CCCCCCCCCCCCCCCC", "myristyl": "*CCCCCCCCCCCCCC", "amyl": "*CCCCC",
    "1-adamantyl": "*C12CC3CC(CC(C3)C1)C2", "1-naphthyl": "*c1cccc2ccccc12", "2-naphthyl": "*c1ccc2ccccc2c1",
    "o-tolyl": "*c1ccccc1C", "m-tolyl": "*c1cccc(C)c1", "p-tolyl": "*c1ccc(C)cc1", "phenethyl": "*CCc1ccccc1",
}  # fmt: skip

# Radicals that take prefixes: map numbers are locants.
_RADICALS: Final = {
    "phenyl": "*[c:1]1[c:2][c:3][c:4][c:5][c:6]1",
    "benzyl": "*C[c:1]1[c:2][c:3][c:4][c:5][c:6]1",
    "cyclohexyl": "*[C:1]1[C:2][C:3][C:4][C:5][C:6]1",
    "cyclopentyl": "*[C:1]1[C:2][C:3][C:4][C:5]1",
    "cyclobutyl": "*[C:1]1[C:2][C:3][C:4]1",
    "cyclopropyl": "*[C:1]1[C:2][C:3]1",
}

# Parents: map numbers are locants, 7 and 8 stand for alpha and beta.
_PARENTS: Final = {
    "styrene": "[C:8]=[C:7][c:1]1[c:2][c:3][c:4][c:5][c:6]1",
    "phenylacetylene": "C#C[c:1]1[c:2][c:3][c:4][c:5][c:6]1",
    "thiophene": "s1[c:2][c:3][c:4][c:5]1",
    "phenol": "O[c:1]1[c:2][c:3][c:4][c:5][c:6]1",
    "2-oxazoline": "[C:2]1=N[C:4][C:5]O1",
    "oxetane": "O1[C:2][C:3][C:4]1",
    "oxirane": "O1[C:2][C:3]1",
    "terephthalic acid": "OC(=O)[c:1]1[c:2][c:3][c:4](C(=O)O)[c:5][c:6]1",
    "isophthalic acid": "OC(=O)[c:1]1[c:2][c:3](C(=O)O)[c:4][c:5][c:6]1",
    "terephthaloyl chloride": "ClC(=O)[c:1]1[c:2][c:3][c:4](C(=O)Cl)[c:5][c:6]1",
    "isophthaloyl chloride": "ClC(=O)[c:1]1[c:2][c:3](C(=O)Cl)[c:4][c:5][c:6]1",
    "1,4-phenylenediamine": "N[c:1]1[c:2][c:3][c:4](N)[c:5][c:6]1",
    "1,3-phenylenediamine": "N[c:1]1[c:2][c:3](N)[c:4][c:5][c:6]1",
}
_ALIASES: Final = {
    "p-phenylenediamine": "1,4-phenylenediamine", "m-phenylenediamine": "1,3-phenylenediamine",
    "terephthaloyl dichloride": "terephthaloyl chloride", "isophthaloyl dichloride": "isophthaloyl chloride",
    "oxazoline": "2-oxazoline",
}  # fmt: skip

_LOCANT: Final = r"(?:\d{1,2}|alpha|beta|o|m|p)"
_LOCANTS: Final = re.compile(rf"({_LOCANT}(?:,{_LOCANT})*)-")
_LETTERS: Final = {"o": 2, "m": 3, "p": 4, "alpha": 7, "beta": 8}


@lru_cache(maxsize=4096)
def radical(name: str) -> str:
    """Read the name of a group with one bond.

    Parameters
    ----------
    name : str
        "2-ethylhexyl", "isopropyl", "4-chlorophenyl", "2-methoxyethoxy".

    Returns
    -------
    str
        SMILES with one ``*``; empty if it is not understood.
    """
    plain = re.sub(r"^n-(?=[a-z])", "", name)
    if plain in _SIMPLE:
        return _SIMPLE[plain]
    for ending, link in (("yloxy", "[At]O*"), ("oxy", "[At]O*"), ("ylthio", "[At]S*")):
        if plain.endswith(ending):
            base = plain[: -len(ending)] + "yl"
            inner = radical(_short(base, ending))
            return fill(link, inner).replace("[At]", "*")
    return _read(plain, _radical_parent)


def molecule(name: str) -> str:
    """Read the name of a monomer with prefixes on a parent of the table.

    Parameters
    ----------
    name : str
        "3-chloro-4-methoxystyrene".

    Returns
    -------
    str
        Canonical SMILES; empty if it is not understood.
    """
    return _read(name, _parent)


def fill(template: str, group: str) -> str:
    """Put a group in the place of every star of a template.

    Parameters
    ----------
    template : str
        SMILES with stars: ``*OC(=O)C=C``.
    group : str
        SMILES with one star, as ``radical`` gives it.

    Returns
    -------
    str
        Canonical SMILES; empty if either is empty.
    """
    if not template or not group:
        return ""
    mol = Chem.RWMol(Chem.MolFromSmiles(template))
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    for star in stars:
        _bond(mol, mol.GetAtomWithIdx(star).GetNeighbors()[0].GetIdx(), group)
    for star in reversed(stars):
        mol.RemoveAtom(star)
    return _written(mol)


def _short(base: str, ending: str) -> str:
    """Say what "methoxy" is short for: only alkoxy names up to butoxy leave out the "yl"."""
    if ending == "oxy" and not re.search(r"(?:meth|eth|prop|but)yl$", base):
        return "?"
    return base


def _radical_parent(name: str) -> str:
    if name in _RADICALS:
        return _RADICALS[name]
    chain = re.fullmatch(f"{STEM}yl", name)
    return "*" + "".join(f"[C:{i}]" for i in range(1, STEMS[chain[1]] + 1)) if chain else ""


def _parent(name: str) -> str:
    plain = _ALIASES.get(name, name)
    if plain in _PARENTS:
        return _PARENTS[plain]
    chain = re.fullmatch(f"{STEM}-1-ene|1-{STEM}ene", name)
    if chain:
        length = STEMS[chain[1] or chain[2]]
        return "[C:1]=" + "".join(f"[C:{i}]" for i in range(2, length + 1)) if length > 1 else ""
    if name in {"1,3-butadiene", "buta-1,3-diene"}:
        return "[C:1]=[C:2][C:3]=[C:4]"
    return ""


def _read(name: str, parent_of: Callable[[str], str]) -> str:
    for prefixes, rest in _prefixes(name, 6):
        smiles = parent_of(rest)
        if smiles:
            built = _build(smiles, prefixes)
            if built:
                return built
    return ""


def _prefixes(text: str, left: int) -> Iterator[tuple[list[tuple[int, str]], str]]:
    """Take prefixes off the front of a name, in every way that the tables allow."""
    yield [], text
    match = _LOCANTS.match(text)
    if match is None or not left:
        return
    places = [_LETTERS.get(item) or int(item) for item in match[1].split(",")]
    for group, end in _groups(text[match.end() :], len(places)):
        rest = text[match.end() + end :].removeprefix("-")
        for others, parent in _prefixes(rest, left - 1):
            yield [*((place, group) for place in places), *others], parent


def _groups(text: str, count: int) -> Iterator[tuple[str, int]]:
    """Yield the group at the start of a text, which stands ``count`` times, and where it ends."""
    start = 0
    if count > 1:
        times = next((word for word in sorted(_TIMES, key=len, reverse=True) if text.startswith(word)), "")
        if _TIMES.get(times) != count:
            return
        start = len(times)
    if text[start : start + 1] == "(":
        close = text.find(")", start)
        group = radical(text[start + 1 : close]) if close > 0 else ""
        if group:
            yield group, close + 1
        return
    for end in range(len(text), start, -1):
        if end == len(text) or not text[start:end].startswith("("):
            group = _SIMPLE.get(text[start:end]) or _plain_group(text[start:end])
            if group:
                yield group, end


def _plain_group(word: str) -> str:
    """Read an unsubstituted group: "hexyl", "methoxy", "phenyl"."""
    if word.endswith("oxy") and word.isalpha():
        return radical(word)
    parent = _radical_parent(word) if word.isalpha() else ""
    return _build(parent, []) if parent else ""


def _build(parent: str, prefixes: list[tuple[int, str]]) -> str:
    """Attach groups to the mapped atoms of a parent; empty if a place does not exist or is full."""
    mol = Chem.RWMol(Chem.MolFromSmiles(parent, sanitize=False))
    places = {atom.GetAtomMapNum(): atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}
    for atom in mol.GetAtoms():
        atom.SetNoImplicit(False)
        atom.SetAtomMapNum(0)
    if any(place not in places for place, _ in prefixes):
        return ""
    for place, group in prefixes:
        _bond(mol, places[place], group)
    return _written(mol)


def _bond(mol: Chem.RWMol, place: int, group: str) -> None:
    """Bond the group beside the star of a SMILES to an atom."""
    offset = mol.GetNumAtoms()
    mol.InsertMol(Chem.MolFromSmiles(group))
    star = next(i for i in range(offset, mol.GetNumAtoms()) if mol.GetAtomWithIdx(i).GetAtomicNum() == 0)
    first = mol.GetAtomWithIdx(star).GetNeighbors()[0].GetIdx()
    mol.AddBond(place, first, Chem.BondType.SINGLE)
    mol.RemoveAtom(star)


def _written(mol: Chem.RWMol) -> str:
    return "" if Chem.SanitizeMol(mol, catchErrors=True) else str(Chem.MolToSmiles(mol))
