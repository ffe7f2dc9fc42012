"""Units as tokens: nothing is lost, and nonsense is refused."""

import pytest

from tools.chemistry import handbook
from tools.core.polymer import Polymer
from tools.design.spelling import Alphabet, letters, texts_of

UNITS = (
    "*CC(*)c1ccccc1",
    "*OCCOC(=O)c1ccc(C(*)=O)cc1",
    "*Oc1ccc(C(C)(C)c2ccc(Oc3ccc(C(=O)c4ccc(*)cc4)cc3)cc2)cc1",
    "*[Si](C)(C)O*",
    "*CC(*)(C)C(=O)OCC(F)(F)C(F)(F)F",
    "*N1C(=O)c2cc3c(cc2C1=O)C(=O)N(c1ccc(Oc2ccc(*)cc2)cc1)C3=O",
    "*C*",
)


def alphabet(most=400):
    return Alphabet.learn([texts_of(Polymer.from_smiles(unit)) for unit in UNITS] * 3, most=most, least=2)


@pytest.mark.parametrize("most", [0, 3, 400])
@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_survives_being_written_and_read(unit, most):
    polymer = Polymer.from_smiles(unit)
    tokens = alphabet(most)
    assert Polymer.from_smiles(tokens.decode(tokens.encode(texts_of(polymer)))) == polymer


def test_the_handbook_survives():
    polymers = [entry.polymer for entry in handbook.load()]
    spelled = {p: texts_of(p) for p in polymers if texts_of(p) is not None}
    tokens = Alphabet.learn(list(spelled.values()), most=50, least=1)
    assert len(spelled) > 0.85 * len(set(polymers))
    for polymer, texts in spelled.items():
        assert Polymer.from_smiles(tokens.decode(tokens.encode(texts))) == polymer


def test_stereo_marks_have_no_text():
    assert texts_of(Polymer.from_smiles("*C/C=C/C*")) is None


def test_unknown_letters_are_told():
    assert alphabet().encode(["C([2*])[Se]C"]) is None
    assert letters("C({)") is None


def test_what_is_not_whole_is_refused():
    tokens = alphabet(0)
    code = tokens.codes
    assert tokens.decode([]) is None
    assert tokens.decode([code["C"]]) is None  # a letter outside < >
    assert tokens.decode([code["<"], code["C"], code["[2*]"]]) is None  # never closed
    assert tokens.decode([code["<"], code["C"], code[">"]]) is None  # nothing follows
    assert tokens.decode([code["<"], code["C"], code["[2*]"], code[">"]]) == "*C*"


def test_ring_closures_are_numbered_on():
    tokens = alphabet(400)
    ring = tokens.encode(["c1ccc([2*])cc1"])
    assert Polymer.from_smiles(tokens.decode(ring * 12)) == Polymer.from_smiles("*c1ccc(*)cc1")


def test_tokens_with_an_element_are_found():
    tokens = alphabet(400)
    fluorine = {tokens.tokens[number] for number in tokens.with_elements(frozenset({"F"}))}
    assert fluorine
    assert all("F" in token for token in fluorine)
    assert not any("F" in token for token in set(tokens.tokens) - fluorine)
    carbon = tokens.with_elements(frozenset({"C"}))
    assert tokens.codes["c"] in carbon or not any(t == "c" for t in tokens.tokens)
    assert all(tokens.tokens[number] != "Cl" for number in carbon)
