"""Groups and classes of known polymers; both hold for every cut of the repeat unit."""

import pytest

from tools.chemistry.classes import ORDER, classes_of, main_class
from tools.chemistry.groups import PATTERNS, groups_of, located_groups, split
from tools.core.polymer import Polymer
from tools.core.vocabulary import CLASSES, GROUPS

KAPTON = "*c1ccc(Oc2ccc(N3C(=O)c4cc5C(=O)N(*)C(=O)c5cc4C3=O)cc2)cc1"
GROUP_CASES = {
    "*CC*": {},
    "*CC(*)C(=O)OC": {"ester": 1},
    "*CC(*)OC(C)=O": {"ester": 1},
    "*OCCOC(=O)c1ccc(cc1)C(=O)*": {"ester": 2, "aromatic_ring": 1},
    "*c1ccc(cc1)C(=O)OCCOC(=O)*": {"ester": 2, "aromatic_ring": 1},
    KAPTON: {"imide": 2, "ether": 1, "aromatic_ring": 3},
    "*NCCCCCC(*)=O": {"amide": 1},
    "*OCCCCOC(=O)NCCCCCCNC(=O)*": {"urethane": 2},
    "*NCCCCCCNC(=O)*": {"urea": 1},
    "*OC(=O)CCC(=O)*": {"anhydride": 1},
    "*CC(*)C(=O)O": {"carboxylic_acid": 1},
    "*CC(*)O": {"hydroxyl": 1},
    "*CC(*)c1ccc(O)cc1": {"hydroxyl": 1, "phenol": 1, "aromatic_ring": 1},
    "*CC(*)N1CCCC1=O": {"amide": 1},
    "*CCN(*)C(C)=O": {"amide": 1},
    "*CCN*": {"secondary_amine": 1},
    "*CC(*)N": {"primary_amine": 1},
    "*CC(*)C#N": {"nitrile": 1},
    "*CC(*)C=O": {"aldehyde": 1},
    "*CC(*)C(C)=O": {"ketone": 1},
    "*CC(*)[N+](=O)[O-]": {"nitro": 1},
    "*N=Nc1ccc(*)cc1": {"azo": 1, "aromatic_ring": 1},
    "*C=Nc1ccc(*)cc1": {"imine": 1, "aromatic_ring": 1},
    "*Oc1ccc(S(=O)(=O)c2ccc(*)cc2)cc1": {"ether": 1, "sulfone": 1, "aromatic_ring": 2},
    "*CC(*)S(C)=O": {"sulfoxide": 1},
    "*CC(*)c1ccc(S(=O)(=O)O)cc1": {"sulfonic_acid": 1, "aromatic_ring": 1},
    "*NS(=O)(=O)c1ccc(*)cc1": {"sulfonamide": 1, "aromatic_ring": 1},
    "*SS*": {"disulfide": 1},
    "*CCSS*": {"disulfide": 1},
    "*Sc1ccc(*)cc1": {"thioether": 1, "aromatic_ring": 1},
    "*O[Si](*)(C)C": {"siloxane": 1},
    "*CC(*)[Si](C)(C)C": {"silyl": 1},
    "*OCCOP(=O)(OC)*": {"phosphate": 1},
    "*CC(*)P(=O)(OCC)OCC": {"phosphonate": 1},
    "*CC(*)C(F)(F)F": {"trifluoromethyl": 1},
    "*c1ccc(*)cc1": {"aromatic_ring": 1, "biphenyl": 1},
    "*c1ccc(*)s1": {"aromatic_ring": 1, "thiophene": 1},
    "*c1ccc(*)o1": {"aromatic_ring": 1, "furan": 1},
    "*CC(*)c1ccncc1": {"aromatic_ring": 1, "pyridine": 1},
    "*CC(*)n1ccnc1": {"aromatic_ring": 1, "imidazole": 1},
    "*c1ccc(-c2nc3cc4nc(*)oc4cc3o2)cc1": {"aromatic_ring": 4, "benzoxazole": 2},
    "*c1nc(*)nc(C)n1": {"aromatic_ring": 1, "triazine": 1},
    "*CC(*)c1cccc2ccccc12": {"aromatic_ring": 2, "naphthalene": 1},
    "*CC(*)C(=O)OCC1CO1": {"ester": 1, "epoxide": 1},
    "*CC=CC*": {"double_bond": 1},
    "*C#C*": {"triple_bond": 1},
    "*CC(*)(C)C(=O)OC(C)(C)C": {"ester": 1, "tert_butyl": 1},
    "*C1CCC(*)CC1": {"alicyclic_ring": 1},
    "*C1C(*)C2CCC1C2": {"alicyclic_ring": 2, "norbornane": 1},
    "*CC(*)C(=O)OC12CC3CC(CC(C3)C1)C2": {"ester": 1, "adamantane": 1, "alicyclic_ring": 4},
    "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1": {
        "carbonate": 1, "isopropylidene": 1, "bisphenol_a": 1, "aromatic_ring": 2,
    },
    "*Oc1ccc(C(C(F)(F)F)(C(F)(F)F)c2ccc(*)cc2)cc1": {
        "ether": 1, "hexafluoroisopropylidene": 1, "trifluoromethyl": 2, "aromatic_ring": 2,
    },
    "*c1cc(CCCCCC)c(*)s1": {"aromatic_ring": 1, "thiophene": 1, "long_alkyl_side_chain": 1},
    "*CN1C(=O)N(*)C(=O)N(C)C1=O": {},
}  # fmt: skip

CLASS_CASES = {
    "*CC*": "polyolefin", "*CC(*)C": "polyolefin", "*CC(*)(C)C": "polyolefin", "*C1CC(*)C2CCCC12": "polyolefin",
    "*CC=CC*": "polydiene", "*CC(C)=CC*": "polydiene", "*CC(Cl)=CC*": "polydiene", "*CC(*)C=C": "polydiene",
    "*C=C*": "polyacetylene", "*C(c1ccccc1)=C*": "polyacetylene", "*CC(*)O": "vinyl", "*CC(*)C#N": "vinyl",
    "*CC(*)N1CCCC1=O": "vinyl", "*CC(*)c1ccccc1": "styrenic", "*CC(*)(C)c1ccccc1": "styrenic",
    "*CC(*)c1ccc(Cl)cc1": "styrenic", "*CC(*)C(=O)OCCCC": "acrylate", "*CC(*)(C#N)C(=O)OC": "acrylate",
    "*CC(*)(C)C(=O)OC": "methacrylate", "*CC(*)(C)C(=O)OCC(F)(F)F": "methacrylate", "*CC(*)C(=O)O": "acrylic",
    "*CC(*)C(N)=O": "acrylamide", "*CC(*)C(=O)NC(C)C": "acrylamide", "*CC(*)OC": "vinyl_ether",
    "*CC(*)OC(C)=O": "vinyl_ester", "*CC(*)Cl": "vinyl_halide", "*CC(*)(Cl)Cl": "vinyl_halide",
    "*C(F)(F)C(*)(F)F": "fluoropolymer", "*CC(*)(F)F": "fluoropolymer", "*C(F)(F)C(*)(F)Cl": "fluoropolymer",
    "*OC(C)C(=O)*": "aliphatic_polyester", "*OCCCCCC(=O)*": "aliphatic_polyester",
    "*OCCOC(=O)CCC(=O)*": "aliphatic_polyester", "*OCCOC(=O)c1ccc(cc1)C(=O)*": "aromatic_polyester",
    "*Oc1ccc(cc1)C(=O)*": "aromatic_polyester", "*OCCCCOC(=O)c1ccc2cc(C(*)=O)ccc2c1": "aromatic_polyester",
    "*OCc1ccc(COC(=O)CCCCC(=O)*)cc1": "polyester",
    "*Oc1ccc(C(C)(C)c2ccc(OC(*)=O)cc2)cc1": "polycarbonate", "*OCCOC(=O)*": "polycarbonate",
    "*NCCCCCC(*)=O": "polyamide", "*NCC(*)=O": "polyamide", "*NCCCCCCNC(=O)c1ccc(C(*)=O)cc1": "polyamide",
    "*Nc1ccc(NC(=O)c2ccc(C(*)=O)cc2)cc1": "aramid", "*Nc1cccc(NC(=O)c2cccc(C(*)=O)c2)c1": "aramid",
    KAPTON: "polyimide", "*CCCN1C(=O)c2ccc3C(=O)N(*)C(=O)c4ccc(C1=O)c2c34": "polyimide",
    "*OCCCCOC(=O)NCCCCCCNC(*)=O": "polyurethane", "*NCCCCCCNC(=O)*": "polyurea",
    "*CCO*": "polyether", "*CC(C)O*": "polyether", "*CO*": "polyacetal", "*OCOCC*": "polyacetal",
    "*Oc1ccc(*)cc1": "aromatic_polyether", "*Oc1c(C)cc(*)cc1C": "aromatic_polyether",
    "*Oc1ccc(Oc2ccc(C(=O)c3ccc(*)cc3)cc2)cc1": "polyketone", "*CCC(*)=O": "polyketone",
    "*Oc1ccc(S(=O)(=O)c2ccc(*)cc2)cc1": "polysulfone", "*Sc1ccc(*)cc1": "polysulfide", "*CCSS*": "polysulfide",
    "*OC(=O)CCCCCCCCC(*)=O": "polyanhydride", "*CCN*": "polyamine", "*Nc1ccc(*)cc1": "polyamine",
    "*C=Nc1ccc(*)cc1": "polyimine", "*c1cccc(-c2nc3cc(-c4ccc5[nH]c(*)nc5c4)ccc3[nH]2)c1": "polybenzimidazole",
    "*c1ccc(-c2nc3cc4nc(*)oc4cc3o2)cc1": "polybenzoxazole", "*c1ccc(-c2nc3cc4sc(*)nc4cc3s2)cc1": "polybenzothiazole",
    "*O[Si](*)(C)C": "polysiloxane", "*[Si](*)(C)c1ccccc1": "polysilane", "*N=P(*)(Cl)Cl": "polyphosphazene",
    "*c1ccc(*)cc1": "polyarylene", "*c1ccc2c(c1)C(C)(C)c1cc(*)ccc1-2": "polyarylene",
    "*c1cc(CCCCCC)c(*)s1": "polythiophene", "*C=Cc1ccc(*)cc1": "conjugated", "*C#Cc1ccc(*)cc1": "conjugated",
    "*CCN(*)C(C)=O": "other", "*CC(c1ccccc1)C1C(=O)OC(=O)C1*": "other", "*OC1C(CO)OC(*)C(O)C1O": "other",
}  # fmt: skip


def test_ids_are_those_of_the_vocabulary() -> None:
    assert set(PATTERNS) | {"aromatic_ring", "alicyclic_ring"} == set(GROUPS)
    assert set(ORDER) == set(CLASSES)


@pytest.mark.parametrize(("text", "expected"), GROUP_CASES.items())
def test_groups_per_repeat_unit(text: str, expected: dict[str, int]) -> None:
    assert groups_of(Polymer.from_smiles(text)) == expected


@pytest.mark.parametrize(("text", "expected"), CLASS_CASES.items())
def test_main_class(text: str, expected: str) -> None:
    assert main_class(Polymer.from_smiles(text)) == expected


def test_other_classes_that_apply() -> None:
    def named(text: str) -> frozenset[str]:
        return classes_of(Polymer.from_smiles(text))

    assert {"polyester", "aromatic_polyester"} <= named("*OCCOC(=O)c1ccc(cc1)C(=O)*")
    assert {"polyamide", "polyimide"} <= named("*Nc1ccc(Oc2ccc(N3C(=O)c4ccc(C(*)=O)cc4C3=O)cc2)cc1")
    assert {"aromatic_polyether", "polyether", "polyketone"} <= named("*Oc1ccc(Oc2ccc(C(=O)c3ccc(*)cc3)cc2)cc1")
    assert {"vinyl", "acrylic", "methacrylate"} <= named("*CC(*)(C)C(=O)OC")
    assert "conjugated" in named("*Nc1ccc(*)cc1")
    assert "polyester" not in named("*CC(*)OC(C)=O")
    assert "polyimide" not in named("*C1C(*)C(=O)N(c2ccccc2)C1=O")
    assert "polyether" not in named("*CC(*)OC")
    assert "conjugated" not in named(KAPTON)


def test_backbone_and_side_chains() -> None:
    pmma, pet = Polymer.from_smiles("*CC(*)(C)C(=O)OC"), Polymer.from_smiles("*OCCOC(=O)c1ccc(cc1)C(=O)*")
    assert (located_groups(pmma)["ester"].backbone, located_groups(pmma)["ester"].side_chain) == (0, 1)
    assert (located_groups(pet)["ester"].backbone, located_groups(pet)["ester"].side_chain) == (2, 0)
    assert (split(pmma).backbone, split(pmma).side_chain) == (2, 5)
    assert split(pet).path == 10
