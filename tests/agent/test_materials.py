"""Sources on polymers that no handbook holds are compared as well."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agent import ask
from agent.materials import WRITTEN, materials_in
from tools.core.evidence import Passage

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

from poison.mixing import Fixed


def papers(name, values):
    texts = [f"The glass transition temperature of {name} is {value} °C." for value in values]
    return Fixed(
        [
            Passage(id=f"p{n}#0", document_id=f"p{n}", title=f"Study {n}", text=text, start=0, end=len(text))
            for n, text in enumerate(texts)
        ]
    )


@pytest.mark.parametrize("name", ["poly(4-ethylstyrene)", "poly(quorvexyl zephyrate)"])
def test_one_false_value_against_two_is_a_conflict(name):
    reply = ask.answer(f"What is the glass transition temperature of {name}?", papers(name, ("412", "27", "29")))
    conflict = [claim for claim in reply.claims if "disagree" in claim.text]
    assert len(conflict) == 1 and "27 °C" in conflict[0].text and "412 °C" in conflict[0].text
    assert not [claim for claim in reply.claims if "412" in claim.text and claim is not conflict[0]]


def test_agreeing_sources_are_no_conflict():
    name = "poly(4-ethylstyrene)"
    reply = ask.answer(f"What is the glass transition temperature of {name}?", papers(name, ("27", "29")))
    assert reply.claims and not [claim for claim in reply.claims if "disagree" in claim.text]


def test_names_are_polymers_or_what_is_written():
    (read,) = materials_in("The Tg of poly(4-ethylstyrene) is 27 °C.")
    assert read.name == "poly(4-ethylstyrene)" and not read.key.startswith(WRITTEN)
    (written,) = materials_in(
        "The Tg of Poly(quorvexyl  zephyrate) and poly(quorvexyl zephyrate) is 27 °C.".replace("Poly", "poly")
    )
    assert written.key == f"{WRITTEN}poly(quorvexyl zephyrate)"
    assert [item.name for item in materials_in("poly(methyl methacrylate), PMMA")] == ["poly(methyl methacrylate)"]
    assert materials_in("poly(4-ethylstyrene-co-styrene) and poly(a/b)") == ()
