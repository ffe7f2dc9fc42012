"""Which papers are taken."""

import json

import pytest

from index.document import Document
from index.subset import Subset, in_field
from tools.core.errors import InputError


def paper(text, title="", **more):
    return Document(id="x", title=title, text=text, **more)


@pytest.mark.parametrize(
    "text",
    [
        "The copolymerization of styrene was studied.",
        "Poly(methyl methacrylate) was cast.",
        "Films of poly lactide were blown.",
        "A polyimide from a dianhydride.",
        "Polyurethanes and polyureas.",
        "Copolyesters by polycondensation.",
        "The rubber was vulcanised.",
        "Epoxy networks were aged.",
        "Hydrogels swell.",
        "P3HT:PCBM solar cells.",
        "Recycling of plastics.",
        "PVDF-HFP binders.",
        "A triblock self-assembles.",
        "The glass transition of the crosslinked network and its viscoelasticity shift.",
        "Depolymerisation of waste.",
    ],
)
def test_polymers(text):
    assert in_field(paper(text), "polymers")
    assert in_field(paper(text), "materials")


@pytest.mark.parametrize(
    "text",
    [
        "DNA polymerase and RNA polymerases copy genes.",
        "Polynomial regression of polymorphic sites.",
        "Polycrystalline silicon and polyoxometalates.",
        "Polyphenols in wine; polychlorinated biphenyls in soil.",
        "Plasticity of the brain.",
        "Stock prices fell in polycentric cities.",
        "The membrane of the cell.",
    ],
)
def test_no_polymers(text):
    assert not in_field(paper(text), "polymers")


def test_subjects_decide_where_the_words_do_not():
    assert in_field(paper("A study.", subjects=("Polymers and Plastics",)), "polymers")
    assert in_field(paper("A study.", subjects=("Materials Science",)), "materials")
    assert not in_field(paper("A study.", subjects=("Materials Science", "Neural plasticity")), "polymers")
    assert not in_field(paper("A study.", subjects=("DNA polymerase",)), "polymers")


def test_one_word_deep_in_a_full_text_is_not_enough():
    text = "The synthesis of a drug. " * 100
    assert not in_field(paper(text + "A polymer is mentioned."), "polymers")
    assert in_field(paper(text + "A polymer is mentioned. Two polymers."), "polymers")


def test_languages_years_topics():
    subset = Subset(languages=("en",), year_from=2000, year_to=2010, topics=("polyimide", "membranes"))
    good = {"language": "en", "year": 2005, "subjects": ("Aromatic Polyimides",)}
    assert subset.admits(paper("x", **good))
    assert subset.admits(paper("x", **(good | {"language": ""})))
    for wrong in ({"language": "de"}, {"year": 1999}, {"year": 2011}, {"year": None}, {"subjects": ("Steel",)}):
        assert not subset.admits(paper("x", **(good | wrong)))
    assert Subset().signature == ""
    assert subset.signature != Subset(languages=("en",)).signature


@pytest.mark.parametrize("wrong", [{"field": "biology"}, {"languages": ("eng",)}, {"year_from": 2010, "year_to": 2000}])
def test_subsets_that_make_no_sense(wrong):
    with pytest.raises(InputError):
        Subset(**wrong)


def test_recall_on_polymer_abstracts(data_dir):
    found = []
    for name in ("train", "dev", "test"):
        text = (data_dir / "polymer_abstracts" / f"{name}.json").read_text(encoding="utf-8")
        rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        found += [in_field(paper(" ".join(row["words"])), "polymers") for row in rows]
    assert len(found) == 765
    assert sum(found) / len(found) >= 0.985
