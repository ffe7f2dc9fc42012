"""Structural constraints."""

import pytest

from tools.core.errors import UnknownNameError
from tools.core.polymer import Polymer
from tools.core.spec import DesignSpec, StructuralConstraint
from tools.design.aim import allowed_rules, forbidden_elements
from tools.design.structure import count_of, elements_of, meets_structure, violated

PET = "*CCOC(=O)c1ccc(cc1)C(=O)O*"
PTFE = "*C(F)(F)C(*)(F)F"
PS = "*CC(*)c1ccccc1"
NEW = "*Nc1cc(C)ccc1NC(=O)CC(C)CC(*)=O"


def ask(kind, name, required=True, **bounds):
    return StructuralConstraint(kind=kind, name=name, required=required, **bounds)


CASES = [
    (PET, ask("element", "F", False), True),
    (PTFE, ask("element", "F", False), False),
    (PTFE, ask("element", "halogen"), True),
    (PET, ask("group", "ester"), True),
    (PS, ask("group", "ester"), False),
    (PET, ask("class", "polyester"), True),
    (PS, ask("class", "styrenic"), True),
    (PS, ask("class", "polyester", False), True),
    (PET, ask("polymerisation", "polycondensation"), True),
    (PS, ask("polymerisation", "polycondensation"), False),
    (PS, ask("polymerisation", "radical"), True),
    (PS, ask("polymerisation", "radical", False), False),
    (PET, ask("count", "aromatic_rings", lower=1, upper=1), True),
    (PET, ask("count", "aromatic_rings", lower=2), False),
    (PET, ask("substructure", "c1ccccc1"), True),
    (PET, ask("substructure", "OCCOC(=O)"), True),
    (PS, ask("substructure", "[OX2]"), False),
    (PET, ask("novelty", "unknown"), False),
    (NEW, ask("novelty", "unknown"), True),
]


@pytest.mark.parametrize(("unit", "constraint", "expected"), CASES)
def test_meets_structure(unit, constraint, expected):
    polymer = Polymer.from_smiles(unit)
    assert meets_structure(polymer, constraint) is expected
    assert (violated(polymer, [constraint]) == []) is expected


def test_counts_do_not_depend_on_the_cut():
    one, other = Polymer.from_smiles("*OCCCC*"), Polymer.from_smiles("*CCOCC*")
    for name in ("rotatable_bonds", "hbond_acceptors", "heavy_atoms", "molar_mass_unit"):
        assert count_of(one, name) == count_of(other, name)
    assert count_of(one, "rotatable_bonds") == 5
    assert count_of(one, "molar_mass_unit") == pytest.approx(72.1, abs=0.05)


def test_unknown_names_are_typed():
    with pytest.raises(UnknownNameError):
        count_of(Polymer.from_smiles(PET), "wheels")
    with pytest.raises(UnknownNameError):
        meets_structure(Polymer.from_smiles(PET), ask("substructure", "c1ccc"))


def test_elements():
    assert elements_of(Polymer.from_smiles("*O[Si](*)(C)C")) == {"C", "O", "Si"}


def test_aim_follows_class_and_element():
    spec = DesignSpec(brief="", structure=(ask("class", "polyimide"), ask("element", "halogen", False)))
    assert allowed_rules(spec) == {"imide"}
    assert forbidden_elements(spec) == {"F", "Cl", "Br", "I"}
    romp = DesignSpec(brief="", structure=(ask("polymerisation", "romp"),))
    assert all("romp" in name for name in allowed_rules(romp))
