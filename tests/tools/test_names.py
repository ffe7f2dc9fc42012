"""Names to polymers and back."""

import pickle

import pytest

from tools.chemistry import handbook, names
from tools.chemistry.names import AmbiguousNameError, mentions, name_of, resolve, resolve_entry
from tools.core.errors import InputError, StructureError, UnknownNameError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("poly(methyl methacrylate)", "poly(methyl methacrylate)"),
        ("polymethylmethacrylate", "poly(methyl methacrylate)"),
        ("Poly methyl-methacrylate", "poly(methyl methacrylate)"),
        ("PMMA", "poly(methyl methacrylate)"),
        ("pmma", "poly(methyl methacrylate)"),
        ("Plexiglas", "poly(methyl methacrylate)"),
        ("nylon 6,6", "nylon 6,6"),
        ("nylon-66", "nylon 6,6"),
        ("Nylon 6-6", "nylon 6,6"),
        ("PA66", "nylon 6,6"),
        ("polyamide 6.6", "nylon 6,6"),
        ("PA 6", "nylon 6"),
        ("nylon-6", "nylon 6"),
        ("PA612", "nylon 6,12"),
        ("Kapton", "poly(4,4'-oxydiphenylene pyromellitimide)"),
        ("PMDA-ODA", "poly(4,4'-oxydiphenylene pyromellitimide)"),
        ("polystyrene", "polystyrene (atactic)"),
        ("atactic polystyrene", "polystyrene (atactic)"),
        ("poly(ε-caprolactone)", "poly(epsilon-caprolactone)"),
        ("poly(α-methylstyrene)", "poly(alpha-methylstyrene)"),
        ("polyphenylene sulphide", "poly(phenylene sulfide)"),
        ("polysulphone", "bisphenol A polysulfone"),
        ("polyvinyl chloride (PVC)", "poly(vinyl chloride)"),
        ("polyether ether ketone", "poly(ether ether ketone)"),
        ("polyethylene terephthalate", "poly(ethylene terephthalate)"),
        ("poly(butyl acrylate)", "poly(n-butyl acrylate)"),
        ("polydimethylsiloxane", "poly(dimethylsiloxane)"),
        ("PEG", "poly(ethylene oxide)"),
        ("Teflon", "polytetrafluoroethylene"),
        ("PEEK polymer", "poly(ether ether ketone)"),
        ("PVC resin", "poly(vinyl chloride)"),
        ("nylon 6/6", "nylon 6,6"),
        ("BPA polycarbonate", "bisphenol A polycarbonate"),
        ("polyaramid", None),
    ],
)
def test_resolve(text, expected):
    if expected is None:
        with pytest.raises(UnknownNameError):
            resolve(text)
    else:
        assert resolve_entry(text).name == expected
        assert name_of(resolve(text)) == expected


@pytest.mark.parametrize(
    "short", ["PBA", "PBO", "PBT", "PEA", "PEI", "PGA", "PLA", "PPO", "PSA", "PI", "polyphenylene oxide"]
)
def test_ambiguous_abbreviations_are_asked_back(short):
    with pytest.raises(AmbiguousNameError) as caught:
        resolve(short)
    assert len(caught.value.choices) >= 2
    assert isinstance(caught.value, InputError)
    assert all(choice in str(caught.value) for choice in caught.value.choices)
    assert pickle.loads(pickle.dumps(caught.value)).choices == caught.value.choices


@pytest.mark.parametrize("text", ["nylon", "PA", "silicone", "polyimide", "Polyesters", "polyurethane", "aramid"])
def test_words_for_a_class_are_no_polymer(text):
    with pytest.raises(AmbiguousNameError):
        resolve(text)


def test_unknown_names_come_with_close_ones():
    with pytest.raises(UnknownNameError, match="polystyrene"):
        resolve("polystyren")


@pytest.mark.parametrize("text", ["", "   ", "x" * 5000, "\u0000", "%%%"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(UnknownNameError):
        resolve(text)


def test_a_smiles_goes_through_the_gate():
    assert name_of(resolve(" *CC(*)c1ccccc1 ")) == "polystyrene (atactic)"
    assert name_of(resolve("*c1ccc(cc1)CC*")) == "poly(p-xylylene)"
    assert name_of(resolve("*CC(*)c1ccc(CCCCCCCCC)cc1")) is None
    with pytest.raises(StructureError):
        resolve("*CC")


def test_every_unambiguous_name_of_the_handbook_resolves_to_its_entry():
    for entry in handbook.load():
        for name in entry.all_names:
            try:
                assert resolve_entry(name) == entry
            except AmbiguousNameError as error:
                assert entry.name in error.choices


def test_mentions_finds_names_and_abbreviations_as_written():
    found = [entry.name for entry in mentions("Is the Tg of PMMA above that of polystyrene (PS) or nylon-6?")]
    assert found == ["poly(methyl methacrylate)", "polystyrene (atactic)", "nylon 6"]
    assert mentions("a cobalt (CO) catalyst, as is; pc, ps and pe are not abbreviations") == ()
    assert [entry.name for entry in mentions("PLA films")] == ["poly(L-lactide)", "poly(DL-lactide)"]


def test_normalise_keeps_what_identifies():
    assert names.normalise("Poly(N-Vinyl-2-Pyrrolidone)") == "polynvinyl2pyrrolidone"
    assert names.normalise("PA 6,10") == names.normalise("nylon 610") == names.normalise("polyamide-6.10")


def test_a_name_inside_a_longer_one_is_not_mentioned():
    assert [entry.name for entry in mentions("the Tm of nylon 6,6")] == ["nylon 6,6"]
    assert {entry.name for entry in mentions("nylon 6 and nylon 6,6")} == {"nylon 6", "nylon 6,6"}


@pytest.mark.parametrize("text", ["CCO", "c1ccccc1", "C=CC(=O)OC"])
def test_a_molecule_without_chain_ends_is_told_apart_from_an_unknown_name(text):
    with pytest.raises(StructureError, match="chain ends"):
        resolve(text)
