"""Nothing unsupported passes the last gate."""

from __future__ import annotations

import pytest

from agent.evidence import Claim, Derived, Ledger, Quote
from agent.verify import verify_claim
from tools.core.errors import UnknownNameError
from tools.core.evidence import Passage, Value


@pytest.fixture
def ledger():
    book = Ledger()
    book.add_value(
        Value(property="Tg", value=523.15, lower=500.0, upper=550.0, unit="K", kind="predicted", source="tg-1")
    )
    book.add_derived(Derived(name="chance", value=74.3, unit="percent", method="copula", inputs=("V1",)))
    book.add_passage(
        Passage(
            id="p1", document_id="d1", title="Note", text="Stiff chains raise Tg. PMMA has 105 °C.", start=0, end=39
        )
    )
    return book


@pytest.mark.parametrize(
    "claim",
    [
        Claim(text="The predicted Tg is 250 °C.", values=("V1",)),
        Claim(text="The predicted Tg is 523 K.", values=("V1",)),
        Claim(text="The chance is 74 %.", values=("D1",)),
        Claim(text="PMMA has 105 °C.", quotes=(Quote(passage="p1", text="PMMA has 105 °C."),)),
        Claim(text="nylon 6,6 is near, at 250 °C", values=("V1",), names=("nylon 6,6",)),
        Claim(text="The limit of 200 °C was in the brief; Tg is 250 °C", values=("V1",)),
    ],
)
def test_supported_claims_pass(claim, ledger):
    assert verify_claim(claim, ledger, given=[200.0]).ok


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        (Claim(text="The predicted Tg is 500 °C.", values=("V1",)), "500"),
        (Claim(text="The predicted Tg is 250 °C.", values=("V9",)), "V9"),
        (Claim(text="Tg is high."), "nothing"),
        (Claim(text="PMMA has 106 °C.", quotes=(Quote(passage="p1", text="PMMA has 105 °C."),)), "106"),
        (Claim(text="x", quotes=(Quote(passage="p1", text="PMMA has 500 °C."),)), "not in passage"),
        (Claim(text="x", quotes=(Quote(passage="p2", text="anything"),)), "not retrieved"),
        (Claim(text="x", quotes=(Quote(passage="p1", text="  "),)), "not in passage"),
    ],
)
def test_unsupported_claims_are_stopped(claim, reason, ledger):
    verdict = verify_claim(claim, ledger)
    assert not verdict.ok
    assert reason in verdict.reason


@pytest.mark.parametrize(
    "text",
    [
        "The predicted Tg is five hundred degrees.",
        "The predicted Tg is 250 degrees.",
        "The predicted Tg is 250 K.",
        "The predicted Tg is 523 °C.",
        "The predicted Tg is 523.15 g/cm3.",
        "The predicted Tg is 2500 °C.",
        "The predicted Tg is -250 °C.",
        "The predicted Tg is minus 250 °C.",
        "The predicted Tg is 1e3 K.",
        "The predicted Tg is 2½ × 250 °C.",
        "The predicted Tg is 5​00 °C.",
        "The predicted Tg=600K.",
        "The predicted Tg is 74 °C.",
        "The chance is 0.74.",
        "The chance is 74 °C.",
        "The predicted density is 250 °C.",
        "The predicted melting temperature is 250 °C.",
    ],
)
def test_numbers_in_other_words_units_and_places_are_stopped(text, ledger):
    assert not verify_claim(Claim(text=text, values=("V1", "D1")), ledger).ok


@pytest.mark.parametrize("text", ["PMMA has 105 K.", "PMMA has 105 %.", "PMMA has 1050 °C.", "PMMA has a hundred °C."])
def test_a_number_of_a_quote_keeps_its_unit(text, ledger):
    quote = Quote(passage="p1", text="PMMA has 105 °C.")
    assert not verify_claim(Claim(text=text, quotes=(quote,)), ledger).ok


@pytest.mark.parametrize("text", ["PMMA has 105 °C.", "PMMA has 378 K.", "PMMA has 105."])
def test_a_number_of_a_quote_may_be_repeated_and_converted(text, ledger):
    quote = Quote(passage="p1", text="PMMA has 105 °C.")
    assert verify_claim(Claim(text=text, quotes=(quote,)), ledger).ok


def test_digits_hide_only_in_names_that_are_known(ledger):
    claim = Claim(text="The Tg is 250 °C, or rather 500 °C.", values=("V1",), names=("or rather 500 °C",))
    assert not verify_claim(claim, ledger, known_names={"nylon 6,6"}).ok
    claim = Claim(text="nylon 6,6 is near, at 250 °C", values=("V1",), names=("nylon 6,6",))
    assert verify_claim(claim, ledger, known_names={"nylon 6,6"}).ok


def test_a_passage_that_changed_after_retrieval_is_stopped(ledger):
    claim = Claim(text="PMMA has 105 °C.", quotes=(Quote(passage="p1", text="PMMA has 105 °C."),))
    stored = ledger.passages["p1"].model_copy(update={"text": "PMMA has 500 °C."})
    assert not verify_claim(claim, ledger, fetch=lambda _: stored).ok

    def gone(_: str) -> Passage:
        raise UnknownNameError("no such passage")

    assert "not in the index" in verify_claim(claim, ledger, fetch=gone).reason
    assert verify_claim(claim, ledger, fetch=lambda _: ledger.passages["p1"]).ok


def test_ledgers_of_different_steps_merge_without_clashes(ledger):
    other = Ledger(tag="r")
    key = other.add_value(Value(property="Tm", value=500.0, unit="K", kind="measured", source="book"))
    merged = ledger.merged(other)
    assert merged.values["V1"].property == "Tg"
    assert merged.values[key].property == "Tm"
