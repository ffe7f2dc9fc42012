"""Substructures are ruled out without a false "not there"."""

from __future__ import annotations

import pytest

from tools.core.polymer import Polymer
from tools.synthesis.absence import Absence, alternatives
from tools.synthesis.motifs import NEEDED_BY_UNSTABLE, two_units, unstable_motifs, worth_a_look
from tools.synthesis.query import compile_query, elements_in

UNITS = [
    "*CC*", "*CC(*)C#N", "*OO*", "*CC(O)(O)*", "*c1ccc(cc1)C(=O)OC(=O)*", "*CC1OC1C*", "*N(N)CC*", "*C=C*",
    "*CC(*)c1ccccc1", "*SSSCC*", "*NCCO*", "*C(F)(Cl)C(F)(F)*", "*=CC=*", "*CC(C=O)*",
    "*CC(*)C(=O)N=[N+]=[N-]", "*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(=O)*",
]  # fmt: skip


def suspected(polymer: Polymer) -> frozenset[str]:
    names = tuple(NEEDED_BY_UNSTABLE)
    places = Absence(tuple(NEEDED_BY_UNSTABLE.values())).suspects(polymer.word)
    return worth_a_look(frozenset(names[place] for place in places))


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_there_is_always_suspected(unit: str) -> None:
    polymer = Polymer.from_smiles(unit)
    mol = two_units(polymer)
    elements = elements_in(mol)
    queries = tuple(NEEDED_BY_UNSTABLE.values())
    there = {i for i, text in enumerate(queries) if compile_query(text).matches(mol, elements)}
    assert there <= set(Absence(queries).suspects(polymer.word))
    assert unstable_motifs(mol, suspected(polymer)) == unstable_motifs(mol)


def test_common_polymers_are_cleared_without_a_match() -> None:
    for unit in ("*CC*", "*CC(*)c1ccccc1", "*OCCOC(=O)c1ccc(cc1)C(=O)*", "*NCCCCCC(=O)*", "*CC(*)(C)C(=O)OC"):
        assert not suspected(Polymer.from_smiles(unit))


def test_groups_that_react_with_each_other_count_in_pairs() -> None:
    assert not suspected(Polymer.from_smiles("*CC(*)C1CO1"))
    assert not suspected(Polymer.from_smiles("*CC(*)CN"))
    both = Polymer.from_smiles("*CC(C1CO1)CC(*)CN")
    assert suspected(both) == {"epoxide", "amine"}
    assert unstable_motifs(two_units(both), suspected(both))


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
