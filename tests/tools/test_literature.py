"""Literature search expands the names of polymers and properties and asks the injected retriever."""

import pytest

from tools.core.errors import InputError, UnknownNameError
from tools.core.evidence import Passage
from tools.literature import MAX_EXPANSIONS, expand, search_literature, understand


class Recorder:
    def __init__(self):
        self.calls = []

    def search(self, query, k=10, *, expansions=()):
        self.calls.append((query, k, tuple(expansions)))
        return [Passage(id="p#0", document_id="p", title="", text="text", start=0, end=4)]

    def get(self, passage_id):
        raise UnknownNameError(passage_id)


def test_abbreviations_and_symbols_are_expanded():
    names = expand("Tg of PMMA and nylon-6")
    assert {"poly(methyl methacrylate)", "glass transition temperature", "PA6"} <= set(names)
    assert "PMMA" not in names


def test_names_are_expanded_to_abbreviations():
    assert "PEEK" in expand("melting of poly(ether ether ketone)")


def test_words_are_not_taken_for_symbols():
    assert expand("how to make a film in the lab") == ()
    assert expand("as it is, no pc or ps") == ()


def test_expansions_are_limited_and_repeatable():
    query = "Tg Tm density of PMMA PS PE PP PVC PET PLA PEEK PDMS and refractive index, LOI, HRC"
    assert len(expand(query)) <= MAX_EXPANSIONS
    assert expand(query) == expand(query)


def test_the_retriever_gets_query_and_expansions():
    recorder = Recorder()
    assert search_literature("Tg of PMMA", recorder, 3)[0].id == "p#0"
    query, k, expansions = recorder.calls[0]
    assert (query, k) == ("Tg of PMMA", 3)
    assert "poly(methyl methacrylate)" in expansions


@pytest.mark.parametrize(("query", "k"), [("", 3), (" ", 3), ("x", 0)])
def test_bad_requests(query, k):
    with pytest.raises(InputError):
        search_literature(query, Recorder(), k)


def test_repeat_units_in_a_query_are_named():
    assert "poly(methyl methacrylate)" in understand("permeability of *CC(C)(C(=O)OC)*").names
    assert understand("electrolytes of *OCC*,").names == understand("electrolytes of *CCO*").names != ()
    for odd in ("2 * 3 is *very* good", "*C(" * 500, "*" * 1000, "* * * *"):
        assert understand(odd).names == ()


def test_ambiguous_abbreviations_are_told_and_narrowed_by_what_is_spelled_out():
    open_one = understand("degradation of PBT")
    assert open_one.ambiguous["PBT"] == ("poly(butylene terephthalate)", "poly(p-phenylene benzobisthiazole)")
    assert {"poly(butylene terephthalate)", "poly(p-phenylene benzobisthiazole)"} <= set(open_one.names)
    clear = understand("degradation of poly(butylene terephthalate) (PBT)")
    assert clear.ambiguous == {}
    assert not any("benzobisthiazole" in name for name in clear.names)


def test_classes_are_spelled_out():
    assert "polyimide" in expand("dielectric constant of PI")
    assert "PI" in understand("dielectric constant of PI").ambiguous
    assert "polyimide" not in expand("the digits of pi")
