"""How structures are counted and compared, pinned: the numbers mean something only beside these.

Groups are matched on the repeat unit with each attachment point as a carbon atom, so that a group beside the next
unit is found; a pattern that names ``#0`` is matched with the attachment points as they are. Weights and element
counts leave the attachment points out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

import numpy as np
from rdkit import Chem, rdBase
from rdkit.Chem import rdFingerprintGenerator, rdMolDescriptors

from tools.core.errors import InputError

RADIUS: Final = 2
BITS: Final = 2048
TANIMOTO: Final = (
    f"binary Morgan fingerprints of radius {RADIUS} and {BITS} bits without chirality, on the canonical repeat unit of "
    f"tools.core.polymer with its dummy atoms (molecules as given), RDKit {rdBase.rdkitVersion}"
)
GROUPS: Final = (
    "attachment points are carbon in group matching unless the SMARTS names #0, and are in no weight or count"
)

_NAMES_DUMMY = re.compile(r"#0(?!\d)")


@lru_cache(maxsize=1)
def _generator() -> Any:
    return rdFingerprintGenerator.GetMorganGenerator(radius=RADIUS, fpSize=BITS)


def fingerprint(mol: Chem.Mol) -> int:
    """Return the pinned fingerprint of a molecule as one integer of 2,048 bits."""
    return int.from_bytes(np.packbits(_generator().GetFingerprintAsNumPy(mol)).tobytes(), "little")


def tanimoto(left: int, right: int) -> float:
    """Compare two fingerprints: bits in common over bits in either; 0 where both are empty."""
    union = (left | right).bit_count()
    return (left & right).bit_count() / union if union else 0.0


def capped(unit: Chem.Mol) -> Chem.Mol:
    """Return a repeat unit with a carbon atom at each attachment point.

    Parameters
    ----------
    unit : rdkit.Chem.Mol
        Repeat unit with dummy atoms.

    Returns
    -------
    rdkit.Chem.Mol
        A copy, sanitised; the caps have map number 1.
    """
    mol = Chem.RWMol(unit)
    for atom in mol.GetAtoms():
        if atom.GetAtomicNum() == 0:
            atom.SetAtomicNum(6)
            atom.SetIsotope(0)
            atom.SetNoImplicit(False)
            atom.SetAtomMapNum(1)
    Chem.SanitizeMol(mol)
    return mol.GetMol()


@lru_cache(maxsize=4096)
def pattern(smarts: str) -> Chem.Mol:
    """Compile a SMARTS pattern.

    Parameters
    ----------
    smarts : str
        The pattern.

    Returns
    -------
    rdkit.Chem.Mol
        Query molecule.

    Raises
    ------
    InputError
        If RDKit cannot read it.
    """
    with rdBase.BlockLogs():
        query = Chem.MolFromSmarts(smarts)
    if query is None or not query.GetNumAtoms():
        raise InputError(f"{smarts!r} is not a SMARTS pattern.", hint="Mend the constraint of the task.")
    return query


def count_groups(unit: Chem.Mol, smarts: str) -> int:
    """Count the matches of a pattern on a repeat unit.

    Parameters
    ----------
    unit : rdkit.Chem.Mol
        Repeat unit with dummy atoms.
    smarts : str
        The pattern.

    Returns
    -------
    int
        Matches on different sets of atoms, by the convention of this module; a match on caps alone does not count.
    """
    query = pattern(smarts)
    if _NAMES_DUMMY.search(smarts):
        return len(unit.GetSubstructMatches(query, uniquify=True, maxMatches=10_000))
    mol = capped(unit)
    caps = {atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomMapNum()}
    matches = mol.GetSubstructMatches(query, uniquify=True, maxMatches=10_000)
    return sum(not caps.issuperset(match) for match in matches)


def count_element(unit: Chem.Mol, symbol: str) -> int:
    """Count the atoms of an element, hydrogen included, without attachment points."""
    if symbol == "H":
        return sum(atom.GetTotalNumHs() for atom in unit.GetAtoms())
    return sum(atom.GetSymbol() == symbol for atom in unit.GetAtoms())


# On the unit with its dummy atoms, which weigh nothing, or on the capped unit where patterns look at neighbours.
DESCRIPTORS: Final[dict[str, Callable[[Chem.Mol], float]]] = {
    "heavy_atoms": lambda unit: float(sum(atom.GetAtomicNum() > 1 for atom in unit.GetAtoms())),
    "molar_mass": lambda unit: float(rdMolDescriptors._CalcMolWt(unit)),
    "heteroatoms": lambda unit: float(sum(atom.GetAtomicNum() not in (0, 1, 6) for atom in unit.GetAtoms())),
    "formal_charge": lambda unit: float(Chem.GetFormalCharge(unit)),
    "rings": lambda unit: float(rdMolDescriptors.CalcNumRings(unit)),
    "aromatic_rings": lambda unit: float(rdMolDescriptors.CalcNumAromaticRings(unit)),
    "aliphatic_rings": lambda unit: float(rdMolDescriptors.CalcNumAliphaticRings(unit)),
    "saturated_rings": lambda unit: float(rdMolDescriptors.CalcNumSaturatedRings(unit)),
    "hbond_donors": lambda unit: float(rdMolDescriptors.CalcNumHBD(capped(unit))),
    "hbond_acceptors": lambda unit: float(rdMolDescriptors.CalcNumHBA(capped(unit))),
    "rotatable_bonds": lambda unit: float(rdMolDescriptors.CalcNumRotatableBonds(capped(unit))),
    "tpsa": lambda unit: float(rdMolDescriptors.CalcTPSA(unit)),
    "logp": lambda unit: float(rdMolDescriptors.CalcCrippenDescriptors(unit)[0]),
    "stereocentres": lambda unit: float(rdMolDescriptors.CalcNumAtomStereoCenters(unit)),
    "fraction_csp3": lambda unit: _fraction_csp3(unit),
}
_OTHER_NAMES: Final = {
    "mw": "molar_mass", "molwt": "molar_mass", "molecularweight": "molar_mass", "molweight": "molar_mass",
    "heavyatomcount": "heavy_atoms", "numheavyatoms": "heavy_atoms", "hbd": "hbond_donors",
    "numhdonors": "hbond_donors", "hba": "hbond_acceptors", "numhacceptors": "hbond_acceptors",
    "numrotatablebonds": "rotatable_bonds", "rotb": "rotatable_bonds", "mollogp": "logp",
    "numaromaticrings": "aromatic_rings", "numrings": "rings", "ringcount": "rings", "numheteroatoms": "heteroatoms",
    "numaliphaticrings": "aliphatic_rings", "fractioncsp3": "fraction_csp3", "charge": "formal_charge",
    "numsaturatedrings": "saturated_rings",
}  # fmt: skip


def descriptor_name(name: str) -> str:
    """Return the id of a descriptor.

    Parameters
    ----------
    name : str
        Id, or a common name such as ``"MolWt"``.

    Returns
    -------
    str
        Key of ``DESCRIPTORS``.

    Raises
    ------
    InputError
        If there is no such descriptor.
    """
    plain = re.sub(r"[\s_-]", "", name).casefold()
    known = {key.replace("_", ""): key for key in DESCRIPTORS} | _OTHER_NAMES
    if plain not in known:
        raise InputError(f"There is no descriptor {name!r}.", hint=f"Known: {', '.join(DESCRIPTORS)}.")
    return known[plain]


def _fraction_csp3(unit: Chem.Mol) -> float:
    carbons = [atom for atom in unit.GetAtoms() if atom.GetAtomicNum() == 6]
    saturated = sum(atom.GetHybridization() == Chem.HybridizationType.SP3 for atom in carbons)
    return saturated / len(carbons) if carbons else 0.0


def ring_topology(unit: Chem.Mol) -> str:
    """Describe the ring systems of a unit without elements and bond orders.

    Parameters
    ----------
    unit : rdkit.Chem.Mol
        Repeat unit.

    Returns
    -------
    str
        Sizes and fusion of its ring systems, sorted; how they are linked does not count. Empty without rings.
    """
    mol = Chem.RWMol(Chem.Mol(unit))
    ring_bonds = {bond.GetIdx() for bond in mol.GetBonds() if bond.IsInRing()}
    ends = [(bond.GetBeginAtomIdx(), bond.GetEndAtomIdx()) for bond in mol.GetBonds() if bond.GetIdx() in ring_bonds]
    plain = Chem.RWMol()
    places = {index: plain.AddAtom(Chem.Atom(6)) for index in sorted({index for pair in ends for index in pair})}
    for left, right in ends:
        plain.AddBond(places[left], places[right], Chem.BondType.SINGLE)
    for atom in plain.GetAtoms():
        atom.SetNoImplicit(True)
    return ".".join(sorted(Chem.MolToSmiles(plain).split("."))) if places else ""
