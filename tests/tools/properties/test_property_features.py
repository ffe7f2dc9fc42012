import numpy as np
import pytest
from rdkit.Chem import rdFingerprintGenerator

from tools.core.errors import StructureError
from tools.core.polymer import Polymer
from tools.properties.backbone import BACKBONE_NAMES, backbone_block, main_chain
from tools.properties.features import featurise, flat_mol, flat_unit, ring_closed
from tools.properties.kernels import PARTS, Reference
from tools.properties.pieces import close_pieces, read_piece

NYLON66 = ("*NCCCCCCNC(=O)CCCCC(=O)*", "*CCCNC(=O)CCCCC(=O)NCCC*", "*C(=O)CCCCC(=O)NCCCCCCN*")


def polymers(*texts):
    return [Polymer.from_smiles(text) for text in texts]


def number(text, name):
    return backbone_block(flat_mol(text))[BACKBONE_NAMES.index(name)]


@pytest.mark.parametrize("tier", ["accurate", "fast"])
def test_same_chain_same_features(tier):
    tables = [featurise([Polymer.from_smiles(text)], tier) for text in NYLON66]
    for other in tables[1:]:
        assert np.array_equal(tables[0].dense, other.dense)
        for name, block in tables[0].blocks.items():
            assert (block != other.blocks[name]).nnz == 0


def test_ring_closed_counts_do_not_depend_on_the_cut():
    # on units as written, without going through Polymer
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=3)
    found = []
    for text in NYLON66:
        cycle, copies, invariants = ring_closed(flat_mol(text), 15)
        counts = generator.GetSparseCountFingerprint(cycle, customAtomInvariants=invariants).GetNonzeroElements()
        found.append({bit: count / copies for bit, count in counts.items()})
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("text", [*NYLON66, "*CC*", "*CC(*)c1ccccc1", "*c1ccc2c(c1)C(=O)N(*)C2=O", "*/C=C/C*"])
def test_pieces_give_the_fingerprint_of_the_whole_unit(text):
    chain = Polymer.from_smiles(text)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2)
    counts = []
    for cycle, copies, invariants in (
        ring_closed(flat_mol(flat_unit(chain)), 7),
        close_pieces([read_piece(piece) for piece in chain.word], 7),
    ):
        found = generator.GetSparseCountFingerprint(cycle, customAtomInvariants=invariants).GetNonzeroElements()
        counts.append({bit: count / copies for bit, count in found.items()})
    assert counts[0] == counts[1]


def test_stereo_marks_do_not_change_features():
    assert flat_unit(Polymer.from_smiles("*O[C@@H](C)C(*)=O")) == flat_unit(Polymer.from_smiles("*OC(C)C(*)=O"))


def test_cycle_is_long_enough():
    cycle, copies, invariants = ring_closed(flat_mol("*CC(*)C"), 15)
    assert copies == 8
    assert cycle.GetNumAtoms() == len(invariants) == 24


def test_backbone_and_side_chain():
    path, backbone = main_chain(flat_mol("*CC(*)c1ccccc1"))
    assert len(path) == len(backbone) == 2
    assert number("*CC(*)c1ccccc1", "side_chain_depth") == 4
    assert number("*c1ccc(*)cc1", "backbone_ring_fraction") == 1
    assert number("*CC(*)CCCC", "branches_per_path_atom") == 0.5


def test_bad_unit_is_refused():
    with pytest.raises(StructureError):
        flat_mol("*CC")
    with pytest.raises(StructureError):
        read_piece("[1*]C")


def test_kernels_are_similarities():
    features = featurise(polymers("*C*", "*CC(*)C", "*CC(*)c1ccccc1", "*COC(=O)c1ccc(cc1)C(=O)OC*"))
    parts = Reference.of(features).parts(features)
    assert len(parts) == len(PARTS)
    for part in parts:
        assert np.allclose(np.diag(part), 1, atol=1e-6)
        assert np.allclose(part, part.T, atol=1e-6)
        assert part.min() >= 0


def test_min_max_equals_its_definition():
    features = featurise(polymers("*CC(*)C", "*CC(*)CC"))
    a, b = (features.blocks["cycle"][row].toarray().ravel().astype(int) for row in (0, 1))
    expected = np.minimum(a, b).sum() / np.maximum(a, b).sum()
    assert Reference.of(features).min_max("cycle", features)[0, 1] == pytest.approx(expected, rel=1e-6)
