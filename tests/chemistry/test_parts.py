"""Parts cover the repeat unit, do not depend on where it is cut, and give chains that can be read when exchanged."""

from __future__ import annotations

from collections import Counter
from types import SimpleNamespace

import pytest
from rdkit import Chem

from tools.chemistry.parts import _Unit, parts_of
from tools.core.assemble import join
from tools.core.polymer import Polymer
from tools.core.word import reverse_word


def read(text):
    return Polymer.from_smiles(text)


def described(parts):
    return Counter((part.name, part.fragment, part.place, part.stand_in, part.before, part.after) for part in parts)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("*CC(*)c1ccccc1", {("aromatic ring", "side group", "H", "*CC*")}),
        ("*NCCCCCC(*)=O", {("amide", "backbone", "2 CH2", "*CC*")}),
        ("*[Si](C)(C)O*", {("siloxane", "backbone", "2 CH2", "*CC*")}),
        (
            "*CC(*)(C)C(=O)OC",
            {("methyl", "side group", "H", "*CC(*)C(=O)OC"), ("ester", "side group", "H", "*CC(*)C")},
        ),
        # the butyl is judged against methyl, and the ester with methyl in its place
        (
            "*CC(*)C(=O)OCCCC",
            {("ester", "side group", "H", "*CC*"), ("alkyl of 4 C", "side group", "CH3", "*CC(*)C(=O)OC")},
        ),
        ("*C(=C(*)C)[Si](C)(C)C", {
            ("silyl", "side group", "H", "*C=C(*)C"), ("methyl", "side group", "H", "*C=C(*)[Si](C)(C)C"),
            ("double bond", "backbone", "2 CH2", "*CC*"),
        }),
        ("*CC(*)(F)F", {("fluorine", "side group", "H", "*CC(*)F")}),
        ("*Oc1c(C)cc(*)cc1C", {
            ("ether", "backbone", "CH2", "*Cc1c(C)cc(*)cc1C"), ("methyl", "side group", "H", "*Oc1ccc(*)c(C)c1"),
            ("aromatic ring", "backbone", "4 CH2", "*CCCCO*"),
        }),
        ("*Oc1ccc(cc1)C1(c2ccccc2-c2ccccc21)c1ccc(cc1)OC(=O)*", {
            ("fluorene", "side group", "H", "*Oc1ccc(Cc2ccc(OC(*)=O)cc2)cc1"),
            ("carbonate", "backbone", "3 CH2", "*CCc1ccc(C2(c3ccc(C*)cc3)c3ccccc3-c3ccccc32)cc1"),
            ("aromatic ring", "backbone", "4 CH2", "*OCCCCC1(c2ccc(OC(*)=O)cc2)c2ccccc2-c2ccccc21"),
        }),
        ("*=CC=*", {("double bond", "backbone", "2 CH2", "*CC*")}),
    ],
)  # fmt: skip
def test_parts_of_known_polymers(unit, expected):
    found = {(part.name, part.place, part.stand_in, part.after) for part in parts_of(read(unit))}
    assert found == {(name, place, stand_in, read(after)) for name, place, stand_in, after in expected}


CUTS = [
    "*OCCOC(=O)c1ccc(cc1)C(*)=O", "*Oc1ccc(-n2c(=O)c3cc4c(=O)n(-c5ccc(*)cc5)c(=O)c4cc3c2=O)cc1", "*NC(=O)NCCCC*",
    "*C(=C(*)C)[Si](C)(C)C", "*NC(=S)CC(*)=S", "*O[Si](C)(C)O[Si](C)(c1ccccc1)CC*", "*O[C@@H](C)C(*)=O",
    "*N=P(*)(OCC(F)(F)F)OCC(F)(F)F", "*OC1C(CO)OC(*)C(O)C1O", "*c1cc(CCCCCC)c(*)s1", "*CC=CCSS*",
]  # fmt: skip


@pytest.mark.parametrize("unit", CUTS)
def test_parts_do_not_depend_on_the_cut(unit):
    polymer = read(unit)
    expected = described(parts_of(polymer))
    assert expected
    for word in (polymer.word, reverse_word(polymer.word)):
        for shift in range(len(word)):
            turned = join(word[shift:] + word[:shift])
            for atom in turned.GetAtoms():
                if atom.GetAtomicNum() == 0:
                    atom.SetIsotope(0)
            text = Chem.MolToSmiles(turned, doRandom=True)
            other = _Unit(SimpleNamespace(mol=Chem.MolFromSmiles(text)))
            assert described(other.part(number) for number in range(len(other.clusters))) == expected


@pytest.mark.parametrize("unit", [*CUTS, "*CC*", "*S*", "*CC(*)S(=O)(=O)[O-]", "*CC(*)n1ccnc1", "*CC(*)C(=O)[O-]"])
def test_each_atom_has_one_part_or_is_a_saturated_carbon_of_the_main_chain(unit):
    polymer = read(unit)
    atoms = [index for part in parts_of(polymer) for index in part.atoms]
    assert len(atoms) == len(set(atoms))
    for atom in polymer.mol.GetAtoms():
        if atom.GetAtomicNum() and atom.GetIdx() not in atoms:
            assert atom.GetAtomicNum() == 6
            assert atom.GetHybridization() == Chem.HybridizationType.SP3
    for part in parts_of(polymer):
        assert part.before is not None
        assert part.after is not None


def test_polyethylene_has_no_parts():
    assert parts_of(read("*CC*")) == ()
