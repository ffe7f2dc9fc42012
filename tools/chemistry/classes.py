"""Polymer classes from the structure of the chain.

A class of step-growth and ring-opened polymers is a linkage whose atoms lie on the path from chain end to chain end:
poly(vinyl acetate) has esters but is no polyester. A vinyl class needs a path of saturated carbons outside rings in
which every second one is a CH2 group. All classes that apply are given; the main class is the most telling of them.
The ids are those of ``tools.core.vocabulary.CLASSES``; the rules were written for this project after IUPAC's
source- and class-based nomenclature and common usage.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rdkit import Chem

from tools.chemistry.chain import Chain, chain_of
from tools.core.polymer import Polymer

_ACYL = "[CX3;$(C(=[OX1])[#6]),$([CX3H1]=[OX1])]"
_CARBONYL = "[CX3;$(C=[OX1])]"
_PLAIN = "[#6;!$([CX3]=[OX1,SX1,NX2])]"
_IMIDE = "$([#7]([CX3](=[OX1])[#6])[CX3](=[OX1])[#6])"
_GLYCOSIDIC = "$(O[CX4;R][OX2])"
_DIACYL = "$([#7]([CX3]=[OX1])[CX3]=[OX1])"

# class: patterns of which every atom must lie on the path
_LINKAGES: Final[dict[str, tuple[str, ...]]] = {
    "polyester": (f"{_ACYL}[OX2H0;!$(O([CX3]=[OX1])[CX3]=[OX1])]",),
    "polycarbonate": (f"[OX2]{_CARBONYL}[OX2]",),
    "polyamide": (f"{_ACYL}[#7X3;!{_DIACYL}]",),
    "polyimide": (f"[#7X3;{_IMIDE}]{_CARBONYL}",),
    "polyurethane": (f"[#7X3]{_CARBONYL}[OX2H0]",),
    "polyurea": (f"[#7X3;!{_DIACYL}]{_CARBONYL}[#7X3;!{_DIACYL}]",),
    "polyether": (f"{_PLAIN}[OX2H0;!{_GLYCOSIDIC}]{_PLAIN}",),
    "aromatic_polyether": ("c[OX2H0]c",),
    "polyketone": (f"[#6]{_CARBONYL}[#6]",),
    "polysulfone": ("[#6][SX4;$(S(=[OX1])=[OX1])][#6]",),
    "polysulfide": (f"{_PLAIN}[SX2H0]{_PLAIN}", "[SX2][SX2]"),
    "polyanhydride": (f"{_CARBONYL}[OX2]{_CARBONYL}",),
    "polyacetal": ("[OX2H0][CX4;!R][OX2H0]",),
    "polyamine": (f"{_PLAIN}[NX3;!$(N[CX3]=[OX1,SX1,NX2]);!$(N[!#6])]{_PLAIN}",),
    "polyimine": ("[CX3;!$(C[#7X3,OX2,SX2])]=[NX2;!$(N[#7,#8])]",),
    "polysiloxane": ("[Si][OX2][Si]",),
    "polysilane": ("[Si][Si]",),
    "polyphosphazene": ("[#15]=,:[#7]",),
}

# class: groups of which at least two atoms must lie on the path
_RINGS: Final[dict[str, str]] = {
    "polybenzimidazole": "c1nc2ccccc2n1",
    "polybenzoxazole": "c1nc2ccccc2o1",
    "polybenzothiazole": "c1nc2ccccc2s1",
}

# vinyl classes: the first atom must be a path carbon that carries the group
_PENDANT: Final[dict[str, str]] = {
    "styrenic": "[CX4]c1ccccc1",
    "acrylate": "[CX4;H1,$(C[F,Cl]),$(CC#N)]C(=[OX1])[OX2H0]",
    "methacrylate": "[CX4H0]([CH3])C(=[OX1])[OX2H0]",
    "acrylic": "[CX4]C(=[OX1])[OX2H1,OX1-]",
    "acrylamide": "[CX4]C(=[OX1])[NX3]",
    "vinyl_ether": f"[CX4][OX2H0]{_PLAIN}",
    "vinyl_ester": "[CX4][OX2H0][CX3;$(C[#6]),$([CX3H1])]=[OX1]",
    "vinyl_halide": "[CX4][F,Cl,Br,I]",
}

#: Most telling class first.
ORDER: Final[tuple[str, ...]] = (
    "polyimide", "aramid", "polyurethane", "polyurea", "polycarbonate", "polyamide", "aromatic_polyester",
    "aliphatic_polyester", "polyester", "polyanhydride", "polybenzimidazole", "polybenzoxazole", "polybenzothiazole",
    "polysiloxane", "polyphosphazene", "polysilane", "polysulfone", "polyketone", "polyacetal", "aromatic_polyether",
    "polyimine", "polysulfide", "polyether", "polyamine", "methacrylate", "acrylate", "acrylamide", "styrenic",
    "vinyl_ester", "vinyl_ether", "acrylic", "fluoropolymer", "vinyl_halide", "polydiene", "polyacetylene",
    "polyolefin", "polythiophene", "polyarylene", "conjugated", "vinyl",
)  # fmt: skip


@lru_cache(maxsize=64)
def _smarts(text: str) -> Chem.Mol:
    return Chem.MolFromSmarts(text)


def _on_path(chain: Chain, smarts: str) -> list[tuple[int, ...]]:
    return [match for match in chain.matches(_smarts(smarts)) if chain.path.issuperset(match)]


def _linkage_classes(chain: Chain) -> set[str]:
    found = {name for name, patterns in _LINKAGES.items() if any(_on_path(chain, smarts) for smarts in patterns)}
    for name, smarts in _RINGS.items():
        if any(len(chain.path.intersection(match)) > 1 for match in chain.matches(_smarts(smarts))):
            found.add(name)
    aromatic_path = any(chain.mol.GetAtomWithIdx(index).GetIsAromatic() for index in chain.path)
    if "polyamide" in found:
        amides = _on_path(chain, _LINKAGES["polyamide"][0])
        aramid = _on_path(chain, f"[CX3;$(C(=[OX1])c)][#7X3;$([#7]c);!{_DIACYL}]")
        if len(aramid) == len(amides):
            found.add("aramid")
    if "polyester" in found:
        esters = _on_path(chain, _LINKAGES["polyester"][0])
        bound = {
            match
            for smarts in ("[CX3;$(C(=[OX1])c)][OX2H0]", f"{_ACYL}[OX2H0;$(Oc)]")
            for match in _on_path(chain, smarts)
        }
        if not aromatic_path:
            found.add("aliphatic_polyester")
        elif bound.issuperset(esters):
            found.add("aromatic_polyester")
    return found


def _is_vinyl(chain: Chain) -> bool:
    """A path of saturated carbons outside rings in which every second one, but not every one, is CH2."""
    atoms = [chain.mol.GetAtomWithIdx(index) for index in chain.order]
    if any(
        atom.GetAtomicNum() != 6 or atom.IsInRing() or atom.GetHybridization() != Chem.HybridizationType.SP3
        for atom in atoms
    ):
        return False
    methylene = [atom.GetTotalNumHs() == 2 for atom in atoms]
    return not all(methylene) and (all(methylene[::2]) or all(methylene[1::2]))


def _vinyl_classes(chain: Chain) -> set[str]:
    if not _is_vinyl(chain):
        return set()
    found = {"vinyl"}
    for name, smarts in _PENDANT.items():
        if any(match[0] in chain.path for match in chain.matches(_smarts(smarts))):
            found.add(name)
    if found & {"acrylate", "methacrylate"}:
        found.add("acrylic")
    return found


def _path_pattern(chain: Chain) -> str:
    """Write the path as one letter per atom: a aromatic, d doubly bonded along the path to carbon, s sp3, x else."""
    letters = []
    pairs = chain.mol.GetSubstructMatches(_smarts("C=C"), maxMatches=10_000)
    double = {index for pair in pairs if chain.path.issuperset(pair) for index in pair}
    for index in chain.order:
        atom = chain.mol.GetAtomWithIdx(index)
        if atom.GetIsAromatic():
            letters.append("a")
        elif atom.GetAtomicNum() != 6:
            letters.append("x")
        elif index in double:
            letters.append("d")
        else:
            letters.append("s" if atom.GetHybridization() == Chem.HybridizationType.SP3 else "x")
    return "".join(letters)


def _connected(chain: Chain, allowed: set[int]) -> bool:
    """Whether allowed atoms alone lead from end to end; the shortest path may take a detour, as in fluorene."""
    goal = chain.order[-1]
    if not {chain.order[0], goal} <= allowed:
        return False
    seen, queue = {chain.order[0]}, [chain.order[0]]
    while queue:
        for neighbour in chain.mol.GetAtomWithIdx(queue.pop()).GetNeighbors():
            index = neighbour.GetIdx()
            if index in allowed and index not in seen:
                seen.add(index)
                queue.append(index)
    return goal in seen


def _atoms_matching(chain: Chain, smarts: str) -> set[int]:
    found = chain.mol.GetSubstructMatches(_smarts(smarts), maxMatches=10_000)
    return {index for match in found for index in match}


def _pi_classes(chain: Chain, pattern: str) -> set[str]:
    """Classes of unsaturated chains; a nitrogen between two aromatic rings conjugates (polyaniline)."""
    found = set()
    if set(pattern) == {"d"}:
        found.add("polyacetylene")
    if _connected(chain, _atoms_matching(chain, "a")):
        found.add("polyarylene")
    if _connected(chain, _atoms_matching(chain, "s1cccc1")):
        found.add("polythiophene")
    carbons = _atoms_matching(chain, "[#6;X2,X3;!$([#6]=[OX1,SX1])]")
    nitrogens = _atoms_matching(chain, "[n,NX2,$([NX3](a)a),$([NX3](a)[#0])]")
    heteroaromatic = _atoms_matching(chain, "[o,s,$([se])]")
    if _connected(chain, carbons | nitrogens | heteroaromatic):
        found.add("conjugated")
    return found


def _hydrocarbon_classes(chain: Chain, pattern: str, vinyl: bool) -> set[str]:
    """Polyolefins (carbon and hydrogen, no aromatic ring) and polydienes, which are none."""
    ringless = not any(chain.mol.GetAtomWithIdx(index).IsInRing() for index in chain.order)
    diene = ringless and set(pattern) == {"s", "d"} and pattern in "sdds" * len(pattern)
    pendant = vinyl and any(match[0] in chain.path for match in chain.matches(_smarts("[CX4][CX3]=[CX3H2]")))
    if diene or pendant:
        return {"polydiene"}
    plain = all(atom.GetAtomicNum() in (0, 6) and not atom.GetIsAromatic() for atom in chain.mol.GetAtoms())
    return {"polyolefin"} if plain and "s" in pattern else set()


def _is_fluoropolymer(chain: Chain) -> bool:
    """Fluorine on the path, or at least a quarter of the repeat unit's mass."""
    atoms = [chain.mol.GetAtomWithIdx(index) for index in chain.middle]
    fluorine = [atom for atom in atoms if atom.GetAtomicNum() == 9]
    if any(atom.GetNeighbors()[0].GetIdx() in chain.path for atom in fluorine):
        return True
    mass = sum(atom.GetMass() + 1.008 * atom.GetTotalNumHs() for atom in atoms)
    return 18.998 * len(fluorine) >= 0.25 * mass


@lru_cache(maxsize=4096)
def classes_of(polymer: Polymer) -> frozenset[str]:
    """Name the classes that a chain belongs to.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    frozenset of str
        Ids of ``tools.core.vocabulary.CLASSES``; empty if none applies.
    """
    chain = chain_of(polymer)
    found = _linkage_classes(chain) | _vinyl_classes(chain)
    pattern = _path_pattern(chain)
    found |= _hydrocarbon_classes(chain, pattern, "vinyl" in found) | _pi_classes(chain, pattern)
    if _is_fluoropolymer(chain):
        found.add("fluoropolymer")
    return frozenset(found)


def main_class(polymer: Polymer) -> str:
    """Name the most telling class of a chain.

    Parameters
    ----------
    polymer : Polymer
        The chain.

    Returns
    -------
    str
        Id of ``tools.core.vocabulary.CLASSES``, or ``"other"`` if none applies.
    """
    found = classes_of(polymer)
    return next((name for name in ORDER if name in found), "other")
