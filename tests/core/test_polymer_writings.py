"""The key holds over random rewritings of real units, and the macrocycle shows that rewriting keeps the chain."""

import csv
import os
import random
import re
from pathlib import Path

import pytest
from rdkit import Chem

from tools.chemistry.fingerprints import fingerprints
from tools.core.assemble import join
from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.core.word import reverse_word

DATA = Path(os.environ.get("POLYSMITH_DATA", Path(__file__).parents[2].parent / "shared" / "data"))
TABLE = DATA / "experimental.csv"

OWN = [
    "*CC(*)c1ccccc1", "*OCCOC(=O)c1ccc(cc1)C(=O)*", "*C/C=C\\C*", "*C/C(C)=C/C*", "*O[C@@H](C)C(*)=O",
    "*C[C@H](C)C[C@H](*)C", "*/C=N/N=C(/C)c1ccc(*)cc1", "*/C(=N\\CC)N(*)CC", "*[C@H]1CC[C@@H](*)CC1",
    "*O[C@@H]1[C@@H](CO)O[C@@H](*)[C@H](O)[C@H]1O", "*=C1C=CC(=*)S1", "*N=Nc1ccc(*)cc1",
    "*c1ccc(/C=C2\\CC/C(=C\\c3ccc(*)cc3)C2=O)cc1", "*CC(*)C(=O)O[C@H](C)CC", "*C=CC1CCC(*)C1", "*N=P(*)(OC)OC",
]  # fmt: skip


def units(count: int, *, stereo: bool) -> list[str]:
    if not TABLE.is_file():
        return []
    with TABLE.open(encoding="utf-8") as handle:
        found = sorted({row["smiles"] for row in csv.DictReader(handle)})
    found = [text for text in found if bool(re.search(r"[@/\\]", text)) == stereo]
    return random.Random(5).sample(found, min(count, len(found)))


def rewrite(polymer: Polymer, rng: random.Random) -> str:
    """Write a chain with a random multiple, direction, cut and atom order."""
    word = polymer.word * rng.choice((1, 1, 2, 3))
    if rng.random() < 0.5:
        word = reverse_word(word)
    shift = rng.randrange(len(word))
    mol = join(word[shift:] + word[:shift])
    order = list(range(mol.GetNumAtoms()))
    rng.shuffle(order)
    text = Chem.MolToSmiles(Chem.RenumberAtoms(mol, order), canonical=False)
    return text.replace("[1*]", "*").replace("[2*]", "*")


def labelled(text: str) -> Chem.Mol:
    labels = iter(("[1*]", "[2*]"))
    return Chem.MolFromSmiles(re.sub(r"\*", lambda _: next(labels), text))


def test_keys_and_fingerprints_hold_over_rewritings() -> None:
    rng = random.Random(7)
    checked = 0
    for text in [*OWN, *units(30, stereo=False), *units(40, stereo=True)]:
        try:
            polymer = Polymer.from_smiles(text)
        except StructureError as error:
            assert error.code in {"isotope", "element"}
            continue
        for writing in (
            Chem.MolToSmiles(labelled(text), doRandom=True),
            rewrite(polymer, rng),
            rewrite(polymer, rng),
            polymer.smiles,
        ):
            try:
                again = Polymer.from_smiles(writing)
            except StructureError as error:
                assert error.code in {"too_long", "too_large"}, writing
                continue
            assert again == polymer, (text, writing)
            assert again.smiles == polymer.smiles
            checked += 1
    assert checked >= 60
    some = [Polymer.from_smiles(text) for text in OWN]
    others = [Polymer.from_smiles(rewrite(polymer, rng)) for polymer in some]
    for kind in ("morgan", "atom_pair", "torsion"):
        assert (fingerprints(some, kind) != fingerprints(others, kind)).nnz == 0


def macrocycle(text: str, copies: int) -> str:
    """Close copies of a unit to a ring, without any code of ours, and write it without stereochemistry."""
    mol = labelled(text)
    Chem.RemoveStereochemistry(mol)
    Chem.Kekulize(mol, clearAromaticFlags=True)
    size = mol.GetNumAtoms()
    ends = {atom.GetIsotope(): atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0}
    inner = {label: mol.GetAtomWithIdx(index).GetNeighbors()[0].GetIdx() for label, index in ends.items()}
    order = mol.GetBondBetweenAtoms(ends[1], inner[1]).GetBondType()
    ring = Chem.RWMol(mol)
    for _ in range(copies - 1):
        ring.InsertMol(mol)
    for copy in range(copies):
        ring.AddBond(inner[2] + copy * size, inner[1] + (copy + 1) % copies * size, order)
    for copy in reversed(range(copies)):
        for index in sorted(ends.values(), reverse=True):
            ring.RemoveAtom(index + copy * size)
    Chem.SanitizeMol(ring)
    return Chem.MolToSmiles(Chem.MolFromSmiles(Chem.MolToSmiles(ring)))


@pytest.mark.parametrize("text", ["*CC(*)c1ccccc1", "*OCCOC(=O)c1ccc(cc1)C(=O)*", "*=CCCC=*", "*NCCCCCC(*)=O"])
def test_the_displayed_unit_closes_to_the_same_ring(text: str) -> None:
    assert macrocycle(text, 3) == macrocycle(Polymer.from_smiles(text).smiles, 3)


def test_real_units_close_to_the_same_ring() -> None:
    checked = 0
    for text in units(80, stereo=False):
        try:
            polymer = Polymer.from_smiles(text)
        except StructureError:
            continue
        shown, given = labelled(polymer.smiles), labelled(text)
        if shown.GetNumAtoms() != given.GetNumAtoms() or given.GetNumAtoms() > 24:
            continue
        assert macrocycle(text, 3) == macrocycle(polymer.smiles, 3), text
        checked += 1
    assert checked > 10 or not TABLE.is_file()
