"""Oligomers, fingerprints and descriptors: right where it can be checked by hand, and the same for every writing."""

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import rdMolDescriptors

from tools.chemistry.descriptors import descriptors, repeat_unit_summary
from tools.chemistry.fingerprints import fingerprints, minmax_similarity
from tools.chemistry.oligomer import cyclic, oligomer
from tools.core.errors import InputError
from tools.core.polymer import Polymer

WRITINGS = [
    ("*CC*", "*CCCCCC*"),
    ("*CC(*)c1ccccc1", "*C(c1ccccc1)CC(c1ccccc1)C*"),
    ("*OCCOC(=O)c1ccc(cc1)C(=O)*", "*COC(=O)c1ccc(C(=O)OC*)cc1"),
    ("*C/C=C\\C*", "*/C=C\\CC*"),
    ("*=C1C=CC(=*)S1", "*=c1ccc(=c2ccc(=*)s2)s1"),
    ("*C[C@H](*)C", "*C[C@@H](*)C"),
]


def smiles(text: str, n: int, cap: str | None) -> str:
    return Chem.MolToSmiles(oligomer(Polymer.from_smiles(text), n, cap))  # type: ignore[arg-type]


def test_oligomers() -> None:
    assert smiles("*CC*", 3, "H") == "CCCCCC"
    assert smiles("*CC*", 2, "CH3") == "CCCCCC"
    assert smiles("*CC(*)c1ccccc1", 2, None) == Chem.CanonSmiles("[1*]CC(c1ccccc1)CC([2*])c1ccccc1")
    assert smiles("*C/C=C\\C*", 2, "H") == Chem.CanonSmiles("C/C=C\\CC/C=C\\C")
    assert smiles("*=C1C=CC(=*)S1", 1, "H") == Chem.CanonSmiles("C1C=CCS1")
    lactide = oligomer(Polymer.from_smiles("*O[C@@H](C)C(*)=O"), 3, "H")
    assert len(Chem.FindMolChiralCenters(lactide)) == 3
    assert len({code for _, code in Chem.FindMolChiralCenters(lactide, useLegacyImplementation=False)}) == 1
    for n in (0, 10**6):
        with pytest.raises(InputError):
            oligomer(Polymer.from_smiles("*CC*"), n)
    with pytest.raises(InputError):
        smiles("*CC*", 1, "OH")


def test_rings_have_whole_units_and_no_ends() -> None:
    for text, _ in WRITINGS:
        polymer = Polymer.from_smiles(text)
        ring = cyclic(polymer, 14)
        unit = Chem.MolFromSmiles(polymer.unit).GetNumHeavyAtoms()
        assert ring.mol.GetNumAtoms() == unit * ring.units == len(ring.invariants)
        assert not any(atom.GetAtomicNum() == 0 for atom in ring.mol.GetAtoms())


@pytest.mark.parametrize("kind", ["morgan", "atom_pair", "torsion"])
def test_fingerprints_depend_on_the_chain_alone(kind: str) -> None:
    first = fingerprints([Polymer.from_smiles(a) for a, _ in WRITINGS], kind)  # type: ignore[arg-type]
    second = fingerprints([Polymer.from_smiles(b) for _, b in WRITINGS], kind)  # type: ignore[arg-type]
    assert (first != second).nnz == 0
    assert first.shape == (6, 2048)
    assert first.min() >= 0


def test_fingerprint_counts_are_those_of_the_infinite_chain() -> None:
    # every atom of polyethylene has one environment per radius 0, 1 and 2
    row = fingerprints([Polymer.from_smiles("*CC*")], "morgan", radius=2)
    assert sorted(row.data) == [100.0, 100.0, 100.0]
    per_unit = fingerprints([Polymer.from_smiles("*CC(*)C")], "morgan", radius=0, per="unit")
    assert sorted(per_unit.data) == [1.0, 1.0, 1.0]


def test_minmax_similarity_agrees_with_its_definition() -> None:
    table = fingerprints([Polymer.from_smiles(text) for text in ("*CC*", "*CC(*)C", "*CCO*", "*CC(*)c1ccccc1")])
    found = minmax_similarity(table[:2], table)
    dense = table.toarray()
    for i in range(2):
        for j in range(4):
            expected = np.minimum(dense[i], dense[j]).sum() / np.maximum(dense[i], dense[j]).sum()
            assert found[i, j] == pytest.approx(expected, abs=1e-12)
    assert found[0, 0] == pytest.approx(1.0)
    with pytest.raises(InputError):
        minmax_similarity(table, fingerprints([Polymer.from_smiles("*CC*")], size=64))


def test_descriptors_depend_on_the_chain_alone() -> None:
    names, first = descriptors([Polymer.from_smiles(a) for a, _ in WRITINGS])
    _, second = descriptors([Polymer.from_smiles(b) for _, b in WRITINGS])
    np.testing.assert_array_equal(first, second)
    assert first.shape == (6, len(names)) == (6, len(set(names)))
    assert not {"Ipc", "AvgIpc", "qed", "SPS"} & set(names)
    side = first[:, names.index("chain_side_fraction")]
    assert side[0] == 0.0
    assert side[1] == pytest.approx(6 / 8)


def test_repeat_unit_summary() -> None:
    pet = repeat_unit_summary(Polymer.from_smiles("*OCCOC(=O)c1ccc(cc1)C(=O)*"))
    assert pet["formula"] == "C10H8O4"
    assert pet["molar_mass_unit"] == pytest.approx(192.17, abs=0.01)
    assert (pet["ester_groups"], pet["aromatic_rings"], pet["heavy_atoms"]) == (2, 1, 14)
    assert repeat_unit_summary(Polymer.from_smiles("*CC(*)(F)F"))["fluorine_atoms"] == 2
    nylon = repeat_unit_summary(Polymer.from_smiles("*NCCCCCC(*)=O"))
    assert (nylon["hbond_donors"], nylon["amide_groups"]) == (1, 1)
    capped = rdMolDescriptors.CalcMolFormula(oligomer(Polymer.from_smiles("*CC*"), 2, "H"))
    assert capped == "C4H10"
