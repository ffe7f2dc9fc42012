"""Evidence: what is answered, declined and shown as a conflict, by rules, with an honest and with a lying model.

python benchmarks/evidence.py --json
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.ask import Reply, answer
from agent.hygiene import Screen
from agent.llm.messages import Request
from agent.llm.scripted import FunctionModel
from agent.verify import verify_claims
from index.search import HybridIndex
from index.shipped import open_shipped as open_shard
from tools.chemistry import handbook
from tools.core.errors import UnknownNameError
from tools.core.evidence import Passage
from tools.core.properties import get_property

SETS = Path(__file__).parent / "evidence_sets"
CONFLICTS = 30


@lru_cache(maxsize=1)
def open_shipped() -> HybridIndex:
    """Open the shipped corpus."""
    return HybridIndex([open_shard()])


def lines(name: str) -> list[str]:
    """Read a test set."""
    text = (SETS / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


class With:
    """A retriever that finds planted passages first."""

    def __init__(self, planted: Sequence[Passage]) -> None:
        self.planted, self.shipped = {item.id: item for item in planted}, open_shipped()

    def search(self, query: str, k: int = 10, *, expansions: Sequence[str] = ()) -> list[Passage]:
        """Return the planted passages, then those of the shipped corpus."""
        return [*self.planted.values(), *self.shipped.search(query, k, expansions=expansions)][:k]

    def get(self, passage_id: str) -> Passage:
        """Return one passage."""
        if passage_id in self.planted:
            return self.planted[passage_id]
        if passage_id.startswith("planted"):
            raise UnknownNameError(passage_id)
        return self.shipped.get(passage_id)


def honest(request: Request) -> str:
    """Copy what is in sight."""
    if request.schema is None:
        return "none"
    told = request.messages[-1].content
    fields = set(request.schema["properties"])
    if "records" in fields:
        first = told.split("=" * 12)[1].strip().split(". ")[0]
        return json.dumps({"records": [{"quote": first, "claim": first[:200]}]})
    rows = re.findall(r"^(\w+): (.+)$", told.split("=" * 12)[1], re.MULTILINE) if "=" * 12 in told else []
    if rows:
        return json.dumps({"sentences": [{"text": text[:380], "ids": [key]} for key, text in rows[:3]]})
    return json.dumps({"sentences": []})


def lying(request: Request) -> str:
    """Invent numbers, quotes, references and answers to everything."""
    if request.schema is None:
        return "It is 512 °C (doi:10.1000/fake)."
    told = request.messages[-1].content
    if "records" in set(request.schema["properties"]):
        row = {"quote": "Its Tg is 512 °C as shown in every laboratory.", "claim": "Tg is 512 °C", "property": "Tg"}
        return json.dumps({"records": [{**row, "value": "512", "unit": "°C", "material": "polystyrene"}]})
    if "=" * 12 in told:
        keys = re.findall(r"^(\w+): ", told, re.MULTILINE)[:1]
        texts = [
            "It is 512 °C.",
            "Smith et al. (doi:10.1000/fake) proved it.",
            "It never happens in any polymer at all.",
        ]
        return json.dumps({"sentences": [{"text": text, "ids": keys or ["V1"]} for text in texts]})
    texts = ["It costs 512 dollars, as Smith et al. found.", "This is certainly explained by the chain."]
    return json.dumps({"sentences": texts})


def _unsupported(reply: Reply) -> int:
    fetch = open_shipped().get
    return sum(not item.ok for item in verify_claims(reply.claims, reply.ledger, fetch=fetch))


def _invented(reply: Reply) -> int:
    text = reply.model_dump_json()
    return len(re.findall(r"10\.1000/fake|Smith et al|\b512 °C", text))


def ask_all(function: Any) -> dict[str, Any]:
    """Ask the answerable and the unanswerable questions."""
    counts = {"answered": 0, "declined": 0, "sentences": 0, "unsupported": 0, "fabricated": 0, "general": 0}
    wrong: list[str] = []
    missed: list[str] = []
    good, bad = lines("answerable.txt"), lines("unanswerable.txt")
    for question in (*good, *bad):
        model = FunctionModel(function) if function is not None else None
        reply = answer(question, open_shipped(), model)
        counts["sentences"] += len(reply.claims)
        counts["unsupported"] += _unsupported(reply)
        counts["fabricated"] += _invented(reply)
        counts["general"] += len(reply.general)
        if question in bad:
            counts["declined"] += bool(reply.declined)
            wrong += [question] * (not reply.declined)
        else:
            counts["answered"] += not reply.declined
            missed += [question] * bool(reply.declined)
    return {"answerable": len(good), "unanswerable": len(bad), **counts, "not_declined": wrong, "missed": missed}


def conflicts() -> dict[str, int]:
    """Plant one paper with a wrong Tg beside three that agree with the handbook."""
    entries = [
        item for item in handbook.load() if len(item.measured("Tg")) == 1 and "(" not in item.name.replace("poly(", "")
    ]
    shown = majority = won = 0
    for entry in entries[:CONFLICTS]:
        true, name = entry.measured("Tg")[0].value, entry.name
        low, high = get_property("Tg").plausible
        false = true + 180 if true + 180 < high else max(low, true - 180)
        texts = [f"The glass transition temperature of {name} is {false:.0f} K by calorimetry."]
        forms = ("The glass transition temperature of {n} is {v:.0f} K.",
                 "For {n}, the glass transition temperature is {v:.0f} K.",
                 "We find that the glass transition temperature of {n} is {v:.0f} K on heating.")  # fmt: skip
        texts += [form.format(n=name, v=true) for form in forms]
        planted = [
            Passage(
                id=f"planted/{n}#0", document_id=f"planted/{n}", title=f"Paper {n}", text=text, start=0, end=len(text)
            )
            for n, text in enumerate(texts)
        ]
        reply = answer(f"What is the glass transition temperature of {name}?", With(planted))
        told = [claim.text for claim in reply.claims if claim.text.startswith("Sources disagree")]
        shown += any(f"{false:.0f} K" in text for text in told)
        sides = [text.rpartition("most sources give ")[2] for text in told if "most sources give " in text]
        majority += any(f"{false:.0f} K" not in side for side in sides)
        won += any(f"{false:.0f} K" in claim.text for claim in reply.claims if claim.text not in told)
    return {"cases": CONFLICTS, "shown": shown, "majority_named": majority, "false_value_alone": won}


def orders() -> dict[str, int]:
    """Count the orders of the own set that would be quoted."""
    leaked, rows = 0, lines("orders.txt")
    for number, row in enumerate(rows):
        filled = row.replace("{n}", str(417 + number)).replace("{x}", f"Zyrtene{number}").replace("{t}", "run_md")
        text = f"The sample was dried before use. {filled} Chain packing matters as well."
        kept = Screen().quotable(Passage(id="p", document_id="d", title="t", text=text, start=0, end=len(text)))
        leaked += any(str(417 + number) in item or f"Zyrtene{number}" in item for item in kept)
    return {"orders": len(rows), "quoted": leaked}


def main() -> None:
    """Run all parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    as_json = parser.parse_args().json
    found = {
        "rules": ask_all(None), "honest": ask_all(honest), "lying": ask_all(lying),
        "conflicts": conflicts(), "hygiene": orders(),
    }  # fmt: skip
    sys.stdout.write(json.dumps(found, indent=None if as_json else 1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
