"""Substructures are ruled out without a false "not there"."""

from __future__ import annotations

import pytest

from tools.core.polymer import Polymer
from tools.synthesis.absence import Absence, alternatives
from tools.synthesis.motifs import NEEDED_BY_UNSTABLE, two_units
from tools.synthesis.query import compile_query, elements_in

UNITS = [
    "*CC*", "*CC(*)C#N", "*OO*", "*CC(O)(O)*", "*c1ccc(cc1)C(=O)OC(=O)*", "*CC1OC1C*", "*N(N)CC*", "*C=C*",
    "*CC(*)c1ccccc1", "*SSSCC*", "*NCCO*", "*C(F)(Cl)C(F)(F)*", "*=CC=*", "*CC(C=O)*",
    "*CC(*)C(=O)N=[N+]=[N-]", "*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(=O)*",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_there_is_always_suspected(unit: str) -> None:
    polymer = Polymer.from_smiles(unit)
    mol = two_units(polymer)
    elements = elements_in(mol)
    there = {i for i, text in enumerate(NEEDED_BY_UNSTABLE) if compile_query(text).matches(mol, elements)}
    assert there <= set(Absence(NEEDED_BY_UNSTABLE).suspects(polymer.word))


def test_common_polymers_are_cleared_without_a_match() -> None:
    absence = Absence(NEEDED_BY_UNSTABLE)
    for unit in ("*CC*", "*CC(*)c1ccccc1", "*OCCOC(=O)c1ccc(cc1)C(=O)*", "*NCCCCCC(=O)*", "*CC(*)(C)C(=O)OC"):
        assert absence.suspects(Polymer.from_smiles(unit).word) == ()


def test_a_bond_across_a_joint_is_seen() -> None:
    absence = Absence(("[OX2][OX2]",))
    assert absence.suspects(Polymer.from_smiles("*OCCO*").word) == (0,)
    assert absence.suspects(Polymer.from_smiles("*OCC*").word) == ()


def test_a_query_with_a_ring_needs_a_ring() -> None:
    absence = Absence(("C1OC1",))
    assert absence.suspects(Polymer.from_smiles("*OCC*").word) == ()
    assert absence.suspects(Polymer.from_smiles("*CC(*)C1CO1").word) == (0,)


def test_choices_of_environments_are_split() -> None:
    assert alternatives("[$(C=O),$(C(=N)O)]") == ["C=O", "C(=N)O"]
    assert alternatives("[$(C=O);!$(CN)]") == ["[$(C=O);!$(CN)]"]
    assert alternatives("CC") == ["CC"]
