"""One network answers the fast tier: what it reads, that company changes nothing, and what its folder must hold."""

import json
import shutil
from collections import Counter

import numpy as np
import pytest
from rdkit import Chem
from rdkit.Chem import Descriptors, rdFingerprintGenerator

from tools.core.cards import file_sha256, load_card, write_card
from tools.core.errors import ArtefactError, StructureError
from tools.core.polymer import Polymer
from tools.properties import environments, predict
from tools.properties.artefacts import SCREENING, SHIPPED, Library, library
from tools.properties.environments import SUMS, count
from tools.properties.features import flat_mol, ring_closed
from tools.properties.screening import SCREENING_JSON, find, load_screening

PET = (
    "*OCCOC(=O)c1ccc(cc1)C(*)=O",
    "*C(=O)c1ccc(cc1)C(=O)OCCO*",
    "*CCOC(=O)c1ccc(cc1)C(=O)OCCOC(=O)c1ccc(cc1)C(=O)O*",
)
MIXED = [
    *PET, "*CC*", "*C*", "*=CC=*", "*CC(*)c1ccccc1", "*C/C=C\\C*", "*C/C=C/C*", "*O[Si](*)(C)C", "*c1ccc(*)s1",
    "*C1CC2CC1C=C2*", "*[Ge](CC#CB(C)C)(c1nnsn1)P*", "*CC(*)(F)C(=O)OC", "*NCCCCCC(*)=O", "*N=P(*)(OC)OC",
]  # fmt: skip


def polymers(*texts):
    return [Polymer.from_smiles(text) for text in texts]


def rows(counts):
    """One dictionary of environments per chain."""
    table = counts.environments.tocsr()
    each = [table[row] for row in range(len(counts))]
    return [dict(zip(counts.ids[row.indices].tolist(), row.data.tolist(), strict=True)) for row in each]


def test_environments_do_not_depend_on_the_writing_or_the_company():
    together = count(polymers(*MIXED))
    found = rows(together)
    assert found[0] == found[1] == found[2]
    assert np.array_equal(together.sums[0], together.sums[2])
    alone = [rows(count(polymers(text)))[0] for text in MIXED]
    assert found == alone
    assert rows(count(polymers(*MIXED[::-1])))[::-1] == found


def test_stereochemistry_is_not_read():
    cis, trans, plain = rows(count(polymers("*C/C=C\\C*", "*C/C=C/C*", "*CC=CC*")))
    assert cis == trans == plain


@pytest.mark.parametrize("text", [PET[0], "*CC(*)c1ccccc1", "*NCCCCCC(*)=O", "*CC(*)(C)C(=O)OC", "*c1ccc(*)s1"])
def test_atoms_fall_into_the_classes_of_morgan_on_a_long_cycle(text):
    polymer = Polymer.from_smiles(text)
    found = Counter(rows(count([polymer]))[0].values())
    cycle, copies, invariants = ring_closed(flat_mol(polymer.unit), 15)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, includeRedundantEnvironments=True)
    where = rdFingerprintGenerator.AdditionalOutput()
    where.AllocateBitInfoMap()
    generator.GetSparseCountFingerprint(cycle, customAtomInvariants=invariants, additionalOutput=where)
    for radius in (1, 2):
        sizes = [sum(r == radius for _, r in atoms) / copies for atoms in where.GetBitInfoMap().values()]
        assert Counter(size for size in sizes if size) <= found
    assert sum(size * times for size, times in found.items()) == 4 * len(invariants) / copies


def test_sums_are_those_of_the_repeat_unit():
    sums = dict(zip(SUMS, count(polymers(PET[0])).sums[0], strict=True))
    unit = Chem.MolFromSmiles("O=C(O)c1ccc(cc1)C(=O)OCCO")
    assert sums["mass"] == pytest.approx(Descriptors.MolWt(unit) - 18.015, abs=0.01)
    assert (sums["heavy_atoms"], sums["path_atoms"], sums["aromatic_rings"], sums["carbons"]) == (14, 10, 1, 10)


def test_a_full_store_starts_anew_with_the_same_numbers(monkeypatch):
    before = rows(count(polymers(*MIXED)))
    monkeypatch.setattr(environments, "_KEPT", 3)
    for text, known in zip(MIXED, before, strict=True):
        assert rows(count(polymers(text))) == [known]


def test_nothing_and_no_piece():
    empty = count([])
    assert len(empty) == 0 and empty.environments.shape[0] == 0
    assert len(predict.predict_table([], tier="fast").columns["Tg"].mean) == 0
    with pytest.raises(StructureError):
        environments._block("CCO")


def test_ids_are_found_where_they_are():
    ids = np.array([3, 5, 9], dtype=np.uint32)
    assert find(ids, np.array([9, 4, 3, 100], dtype=np.uint32)).tolist() == [2, 3, 0, 3]


def test_numbers_do_not_depend_on_chunks_or_order(monkeypatch):
    units = library().structures[0][::260]
    chosen = [*polymers(*units), *polymers(*MIXED)]
    whole = predict.predict_table(chosen, tier="fast").columns
    turned = predict.predict_table(chosen[::-1], tier="fast").columns
    monkeypatch.setattr(predict, "_SCREENED", 7)
    pieces = predict.predict_table(chosen, tier="fast").columns
    for name, column in whole.items():
        for field in ("mean", "lower", "upper", "sd", "in_domain"):
            assert np.array_equal(getattr(column, field), getattr(pieces[name], field)), (name, field)
            assert np.array_equal(getattr(column, field), getattr(turned[name], field)[::-1]), (name, field)


def test_one_card_answers_every_property():
    found = predict.predict_table(polymers("*CC(*)c1ccccc1"), tier="fast").columns
    card = load_card(SHIPPED / SCREENING)
    assert {column.source for column in found.values()} == {card.id}
    assert set(predict.available(tier="fast")) == set(predict.available()) == set(found)
    assert {found.id for found in predict.available(tier="fast").values()} == {card.id}
    for name, known in predict.available().items():
        assert known.metrics["random_5_fold"]["fast"] == card.metrics[name]
        assert known.coverage["fast_random"] == card.coverage[name]
        assert abs(card.coverage[name] - 0.9) < 0.02, name
        assert card.metrics[name]["rmse"] < known.metrics["random_5_fold"]["mean_predictor"]["rmse"], name


def test_strange_chemistry_is_out_of_domain_and_less_sure():
    table = predict.predict_table(polymers("*CC(*)c1ccccc1", "*[Ge](CC#CB(C)C)(c1nnsn1)P*"), tier="fast")
    for name, column in table.columns.items():
        assert column.in_domain.tolist() == [True, False], name
    widths = table.columns["Tg"].upper - table.columns["Tg"].lower
    assert widths[1] > 1.5 * widths[0]


@pytest.fixture
def own(tmp_path):
    return shutil.copytree(SHIPPED / SCREENING, tmp_path / SCREENING)


def test_a_changed_file_is_refused(own):
    with (own / "screening.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ArtefactError, match="hash"):
        load_screening(own)


def test_networks_of_other_environments_are_refused(own):
    data = json.loads((own / SCREENING_JSON).read_text(encoding="utf-8"))
    (own / SCREENING_JSON).write_text(json.dumps(data | {"environments": "0"}), encoding="utf-8")
    card = load_card(own, verify=False)
    files = {name: file_sha256(own / name) for name in card.files}
    write_card(own, card.model_copy(update={"files": files}))
    with pytest.raises(ArtefactError, match="other features"):
        load_screening(own)


def test_models_without_networks_or_trees_say_so(tmp_path):
    for name in ("relations", "Tg"):
        shutil.copytree(SHIPPED / name, tmp_path / name)
    assert Library(tmp_path).screening is None
    with pytest.raises(ArtefactError, match="fast tier"):
        predict.predict_table(polymers("*CC*"), ["Tg"], tier="fast", folder=tmp_path)
