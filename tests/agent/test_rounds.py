"""What a further round aims at, and what is said where nothing meets a brief."""

import pytest

from agent.brief import parse_brief
from agent.nodes import generate as node
from agent.nodes.assess import conflict_claims
from agent.nodes.generate import aimed_at, generate
from tools.design.search import SearchResult

SPEC = parse_brief("Tg above 150 °C, density below 1.25 g/cm3, as high a refractive index as possible")


@pytest.mark.parametrize(
    ("failures", "aim"),
    [([], set()), (["Tg"], {"Tg"}), (["all"], {"Tg", "density"}), (["density", "band_gap"], {"density"})],
)
def test_a_further_round_aims_at_the_hard_constraints_that_failed(failures, aim):
    assert aimed_at(failures, SPEC) == aim


class _Folder:
    def __init__(self):
        self.saved = {"spec": SPEC.model_dump(mode="json"), "candidates-1": {"candidates": []}}

    def load(self, name):
        return self.saved[name]

    def save(self, name, artefact):
        self.saved[name] = artefact
        return name

    def event(self, *args, **kwargs):
        pass


class _Settings:
    n_candidates, seed, pool, evaluations = 2, 5, 300, 100


class _Deps:
    settings = _Settings()
    model = None

    def __init__(self):
        self.folder = _Folder()


def test_the_second_round_searches_further_from_elsewhere_and_with_an_aim(monkeypatch):
    calls = []

    def search(spec, **options):
        calls.append(options)
        return SearchResult((), (), (), True, 0.0, {"tested": 1})

    monkeypatch.setattr(node, "search", search)
    deps = _Deps()
    generate({"run_id": "x", "round": 0}, deps)
    made = generate({"run_id": "x", "round": 1, "failures": ["Tg"]}, deps)
    first, second = calls
    assert made["round"] == 2
    assert first["aim"] == frozenset()
    assert second["aim"] == {"Tg"}
    assert second["seed"] != first["seed"]
    assert second["budget"].total == 2 * first["budget"].total
    assert [source.name for source in second["sources"]] == ["earlier round"]


def test_conflict_sentences_name_what_is_out_of_reach_what_excludes_what_and_what_to_give_up():
    claims = conflict_claims(
        {
            "beyond": ["Tg above 800 °C", "n above 3", "density below 0.1 g/cm3"],
            "pairs": [["Tg above 300 °C", "Tm below 60 °C"]],
            "removal": ["Tg above 800 °C", "n above 3"],
        },
        "d1",
    )
    texts = [claim.text for claim in claims]
    assert texts == [
        "No candidate tested is predicted to meet “Tg above 800 °C”, whatever the other requirements.",
        "No candidate tested is predicted to meet “n above 3”, whatever the other requirements.",
        "No candidate tested is predicted to meet both “Tg above 300 °C” and “Tm below 60 °C”.",
        "Without “Tg above 800 °C” and “n above 3”, some candidates are predicted to meet the rest.",
    ]
    assert claims[2].names == ("Tg above 300 °C", "Tm below 60 °C")
    assert conflict_claims({}, "d1") == []
    assert {claim.values for claim in claims} == {("d1",)}  # a claim that nothing backs is taken out
