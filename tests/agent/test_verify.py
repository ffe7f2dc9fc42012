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
