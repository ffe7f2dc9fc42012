"""Literature search expands the names of polymers and properties and asks the injected retriever."""

import pytest

from tools.core.errors import InputError, UnknownNameError
from tools.core.evidence import Passage
from tools.literature import MAX_EXPANSIONS, expand, search_literature


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
