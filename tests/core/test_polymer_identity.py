"""One key per chain, whatever the writing: the public case list and cases of our own."""

import csv
import os
from pathlib import Path

import pytest

from tools.core.errors import StructureError
from tools.core.polymer import Polymer

DATA = Path(os.environ.get("POLYSMITH_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
CASES = DATA.parent / "facts" / "notation_cases.csv"

EQUIVALENT = [
    # star spellings
    ("*CC*", "[*]CC[*]"),
    ("*CC*", "[*:1]CC[*:2]"),
    ("*CC*", "[2*]CC[1*]"),
    ("*CC*", "[1*]CC[1*]"),
    ("*CC*", "[#0]CC[#0]"),
    ("*CC*", "  *CC*\n"),
    ("*CC(*)C", "CC(*)C*"),
    # rotation and reversal
    ("*CCCO*", "*OCCC*"),
    ("*CCCO*", "*COCC*"),
    ("*NCCCCCCNC(=O)CCCCC(=O)*", "*C(=O)CCCCC(=O)NCCCCCCN*"),
    ("*NCCCCCCNC(=O)CCCCC(=O)*", "*CCCNC(=O)CCCCC(=O)NCCC*"),
    ("*CC(*)c1ccncc1", "*C(c1ccncc1)C*"),
    ("*CC=CC*", "*C=CCC*"),
    ("*CC=CC*", "*=CCCC=*"),
    ("*CC(C)=CC*", "*CC=C(C)C*"),
    ("*O[Si](C)(C)*", "*[Si](C)(C)O*"),
    ("*Sc1ccc(*)cc1", "*c1ccc(S*)cc1"),
    ("*S(=O)(=O)c1ccc(Oc2ccc(*)cc2)cc1", "*Oc1ccc(cc1)S(=O)(=O)c1ccc(*)cc1"),
    ("*OCCOC(=O)NCCCCCCNC(=O)*", "*CCCCCCNC(=O)OCCOC(=O)N*"),
    # double and triple bonds at the cut
    ("*C=C*", "*=CC=*"),
    ("*C#C*", "*#CC#*"),
    ("*C#Cc1ccc(*)cc1", "*#Cc1ccc(C#*)cc1"),
    ("*=Cc1ccc(C=*)cc1", "*C=Cc1ccc(*)cc1"),
    ("*C=Nc1ccc(*)cc1", "*=Nc1ccc(C=*)cc1"),
    ("*=C1C=CC(=*)S1", "*=c1ccc(=*)s1"),
    # multiples
    ("*C*", "*CCCCC*"),
    ("*CC(*)Cl", "*CC(Cl)CC(Cl)CC(Cl)CC(*)Cl"),
    ("*CC=CC*", "*CC=CCCC=CC*"),
    ("*C=C*", "*C=CC=C*"),
    ("*CC(*)C1CCCCC1", "*CC(C1CCCCC1)CC(*)C1CCCCC1"),
    ("*c1ccc(*)s1", "*c1ccc(-c2ccc(-c3ccc(*)s3)s2)s1"),
    ("*O[Si](*)(C)C", "*O[Si](C)(C)O[Si](C)(C)O[Si](*)(C)C"),
    ("*[Si](*)(C)C", "*[Si](C)(C)[Si](*)(C)C"),
    ("*S*", "*SS*"),
    ("*=C=*", "*=C=C=*"),
    ("*OCCOC(=O)c1ccc(cc1)C(=O)*", "*OCCOC(=O)c1ccc(cc1)C(=O)OCCOC(=O)c1ccc(cc1)C(=O)*"),
    ("*OC(=O)[C@H](*)C", "*OC(=O)[C@@H](C)OC(=O)[C@H](*)C"),
    ("*C/C=C\\C*", "*C/C=C\\CC/C=C\\C*"),
    ("*C/C=C/C*", "*C/C=C/CC/C=C/CC/C=C/C*"),
    # Kekulé forms, explicit hydrogens, charges
    ("*c1ccc(*)cc1", "*C1=CC=C(*)C=C1"),
    ("*C1=CC=C(*)C=C1", "*C1=CC=C(*)C=C1"),
    ("*CC(*)c1ccccc1", "[H]C([H])(*)C([H])(*)C1=CC=CC=C1"),
    ("*CC(*)[N+](=O)[O-]", "*CC(*)N(=O)=O"),
    ("*CC(*)S(C)=O", "*CC(*)[S+](C)[O-]"),
    ("*CC(*)c1cccc[n+]1[O-]", "*CC(*)c1ccccn1=O"),
    ("*CC(*)N=[N+]=[N-]", "*CC(*)N=N#N"),
    ("*c1cc2ccccc2cc1*", "*C1=CC2=CC=CC=C2C=C1*"),
    ("*n1c(=O)c2cc3c(cc2c1=O)c(=O)n(*)c3=O", "*N1C(=O)c2cc3C(=O)N(*)C(=O)c3cc2C1=O"),
    ("*[CH2][CH2]*", "*CC*"),
    ("*CC%(12)CCCC%(12)*", "*CC1CCCC1*"),
    # stereochemistry
    ("*[C@H](C)C*", "*[C@@H](C)C*"),
    ("*C[C@H](*)C", "*C[C@H](C)C[C@@H](*)C"),
    ("*C[C@H](C)C[C@H](*)C", "*C[C@@H](C)C[C@@H](*)C"),
    ("*OC(=O)[C@H](*)C", "*O[C@H](C)C(*)=O"),
    ("*/C=C/CC*", "*C/C=C/C*"),
    ("*\\C=C\\CC*", "*C/C=C/C*"),
    ("*C(C)=CCC*", "*CC(C)=CC*"),
    ("*[C@H]1CC[C@@H](*)CC1", "*[C@@H]1CC[C@H](*)CC1"),
    ("*C(=O)/C=C/C(=O)OCCO*", "*OCCOC(=O)/C=C/C(*)=O"),
    ("*/C=C/*", "*/C=C/C=C/*"),
    ("*C=C=C*", "*=C=CC=*"),
    ("*[Si@](C)(CC)O*", "*[Si@@](C)(CC)O*"),
    ("*[C@H]1[C@@H](*)CCC1", "*[C@@H]1[C@H](*)CCC1"),
    ("*[C@@H](F)[C@@H](*)F", "*[C@H](F)[C@H](*)F"),
]

DIFFERENT = [
    ("*CC(*)C", "*CCC*"),
    ("*CC(*)C", "*C[C@H](*)C"),
    ("*C[C@H](*)C", "*C[C@H](C)C[C@H](*)C"),
    ("*C/C=C/C*", "*CC=CC*"),
    ("*CC=CC*", "*CC(*)C=C"),
    ("*[C@H]1CC[C@@H](*)CC1", "*[C@H]1CC[C@H](*)CC1"),
    ("*CC(C)CC(*)c1ccccc1", "*CC(C)C(*)Cc1ccccc1"),
    ("*CC(C)C(C)C*", "*CC(C)CC(*)C"),
    ("*OCCOC(=O)c1ccc(cc1)C(=O)*", "*OCCCOC(=O)c1ccc(cc1)C(=O)*"),
    ("*OCCC(=O)*", "*OC(C)C(=O)*"),
    ("*OC(=O)CCC(=O)OCC*", "*OC(=O)CCC*"),
    ("*c1ccc(*)cc1", "*c1ccc(*)nc1"),
    ("*C=C*", "*CC*"),
    ("*C=C*", "*C#C*"),
    ("*CC(*)C(=O)O", "*CC(*)C(=O)[O-]"),
    ("*CC(*)OC(C)=O", "*CC(*)C(=O)OC"),
    ("*N=P(*)(Cl)Cl", "*NP(*)(Cl)Cl"),
    ("*c1ccc(-c2ccc(*)s2)s1", "*c1ccc(-c2ccc(*)o2)s1"),
    ("*CC(C)CCC(*)C", "*CC(C)CC(*)C"),
    ("*O[C@H](C)C(*)=O", "*O[C@@H](C)C(*)=O"),
    ("*/C=C/*", "*/C=C\\*"),
    ("*/C=C/*", "*C=C*"),
    ("*[C@H]1[C@@H](*)CCC1", "*[C@H]1[C@H](*)CCC1"),
    ("*C1CC2CC1CC2*", "*C1CC2CCC1C2*"),
    ("*C(=O)/C=C/C(=O)OCCO*", "*C(=O)/C=C\\C(=O)OCCO*"),
    ("*NCC(=O)*", "*NCCNC(=O)C(=O)*"),
]

INVALID = {
    "": "empty",
    "   ": "empty",
    "CCO": "no_star",
    "*CC": "one_star",
    "*": "one_star",
    "**": "star_star",
    "*-*": "star_star",
    "*=*": "star_star",
    "*.*": "fragments",
    "*C.*C": "fragments",
    "*CC*.[Na+].[Cl-]": "fragments",
    "*CC(*)C(=O)[O-].[Na+]": "fragments",
    "*CC(*)(*)C": "too_many_stars",
    "*C(*)C(*)*": "ladder",
    "*CC* polystyrene": "whitespace",
    "*CC*\tname": "whitespace",
    "*CC *": "whitespace",
    "*CC* |$_AP1;;;_AP2$|": "cxsmiles",
    "*CC*>>*C=C*": "reaction",
    "C=C>>*CC*": "reaction",
    "{[$]CC[$]}": "bigsmiles",
    "{[<]CC[>]}": "bigsmiles",
    "*C[13CH2]*": "isotope",
    "*C([2H])C*": "isotope",
    "[99999C]C(*)*": "isotope",
    "*C[C+99]*": "charge",
    "*C[C+3]*": "charge",
    "*C[CH]*": "radical",
    "*C[C]*": "radical",
    "*C[O]C(*)[O]": "radical",
    "*C=*": "star_bond_order",
    "*=CC*": "star_bond_order",
    "*#CC=*": "star_bond_order",
    "*:c1ccc(:*)cc1": None,
    "*1CCC*1": "star_degree",
    "C1CC*1*": "star_degree",
    "C*C*": "star_degree",
    "[*H]CC*": None,
    "[*+]CC*": None,
    "*[*]CC": None,
    "*C(C)(C)(C)(C)*": "valence",
    "*N(C)(C)(C)C*": "valence",
    "*CF*": "valence",
    "*c1ccc(*)c1": "kekulise",
    "*c1cccc1*": "kekulise",
    "*CC(*": "syntax",
    "*CC)*": "syntax",
    "*CC1CC*": "syntax",
    "*[CC*": "syntax",
    "*CC=*=": None,
    "*Cc1ccc(*)cc": None,
    "*C[R]C*": "r_group",
    "*C[R1]*": "r_group",
    "*CRC*": "r_group",
    "[At]CC[At]": "end_marks",
    "[Cu]CC[Au]": "end_marks",
    "[Ce]CC[Th]": "end_marks",
    "*C[Fe]C*": "element",
    "*C[U]*": "element",
    "*C[He]*": "element",
    "*C[Xx]*": None,
    "*CC~C*": "charset",
    "*[#6]~*": "charset",
    "*C$C*": "charset",
    "*C[C,N]*": "charset",
    "*C!C*": "charset",
    "*N->[Cu]C*": "dative_bond",
    "*С\u0421*": "charset",
    "*CC*\x00": "charset",
    "*C\u200bC*": "charset",
    "poly(ethylene)": None,
    "polystyrene": None,
    "PE": None,
    "*C[H]*": None,
    "*[H]": None,
    "[H]*": None,
    "*C@SP1C*": None,
    "*[Si@TB1](C)(C)(C)C*": None,
    "*" + "C" * 300 + "*": "too_large",
    "*" + "C" * 600 + "*": "too_long",
}


def key(text: str) -> str:
    return Polymer.from_smiles(text).key


def public_cases() -> list[dict[str, str]]:
    if not CASES.is_file():
        return []
    with CASES.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.skipif(not CASES.is_file(), reason="the public case list is not on this machine")
def test_public_cases() -> None:
    wrong = []
    for case in public_cases():
        try:
            first, second = key(case["smiles_a"]), key(case["smiles_b"]) if case["smiles_b"] else ""
            found = "equivalent" if first == second else "not_equivalent"
        except StructureError:
            found = "invalid"
        if found != case["relation"]:
            wrong.append((case, found))
    assert not wrong


@pytest.mark.parametrize(("first", "second"), EQUIVALENT)
def test_equivalent_writings_are_one_polymer(first: str, second: str) -> None:
    assert Polymer.from_smiles(first) == Polymer.from_smiles(second)
    assert Polymer.from_smiles(first).smiles == Polymer.from_smiles(second).smiles


@pytest.mark.parametrize(("first", "second"), DIFFERENT)
def test_different_chains_stay_apart(first: str, second: str) -> None:
    assert key(first) != key(second)


@pytest.mark.parametrize(("text", "code"), INVALID.items())
def test_what_is_no_repeat_unit_is_refused_with_a_reason(text: str, code: str | None) -> None:
    with pytest.raises(StructureError) as caught:
        Polymer.from_smiles(text)
    assert caught.value.message
    if code is not None:
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*C*", "*CC*"),
        ("*C(*)(F)F", "*C(F)(F)C(*)(F)F"),
        ("*C(*)c1ccccc1", "*C(c1ccccc1)C(*)c1ccccc1"),
        ("*C(c1ccccc1)C*", "*CC(*)c1ccccc1"),
        ("*COC*", "*CCO*"),
        ("*C(=O)c1ccc(C(=O)OCCO*)cc1", "*OCCOC(=O)c1ccc(C(*)=O)cc1"),
        ("*CCCCCNC(=O)*", "*NCCCCCC(*)=O"),
        ("*C(C)C(=O)O*", "*OC(C)C(*)=O"),
        ("*c1ccc(O*)cc1", "*Oc1ccc(*)cc1"),
        ("*C(C)(C)C*", "*CC(*)(C)C"),
        ("*=CCCC=*", "*CC=CC*"),
    ],
)
def test_the_unit_is_shown_as_chemists_write_it(text: str, shown: str) -> None:
    polymer = Polymer.from_smiles(text)
    assert polymer.smiles == shown
    assert Polymer.from_smiles(polymer.unit) == polymer
    assert polymer.mol.GetNumAtoms() > 2


def test_polymers_sort_hash_and_survive_pickling() -> None:
    import pickle

    units = [Polymer.from_smiles(text) for text in ("*CC*", "*CCO*", "*CCCC*")]
    assert len(set(units)) == 2
    assert sorted(units)[0] <= sorted(units)[-1]
    _ = units[1].mol
    again = pickle.loads(pickle.dumps(units[1]))
    assert again == units[1]
    assert again.smiles == units[1].smiles


def test_text_is_required() -> None:
    with pytest.raises(StructureError, match="text"):
        Polymer.from_smiles(None)  # type: ignore[arg-type]
