"""Evidence: what is answered, declined and shown as a conflict, by rules, with an honest and with a lying model.

python benchmarks/evidence.py --json
python benchmarks/evidence.py --part conflicts --part lying
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from agent.ask import Reply, answer
from agent.hygiene import Screen
from agent.llm.honest import honest_answer
from agent.llm.messages import Request
from agent.llm.scripted import FunctionModel
from agent.verify import verify_claims
from benchmarks.evidence_conflicts import cases
from index.search import HybridIndex
from index.shipped import open_shipped as open_shard
from tools.core.errors import UnknownNameError
from tools.core.evidence import Passage

SETS = Path(__file__).parent / "evidence_sets"


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


def ask_all(function: Any, sets: str = "") -> dict[str, Any]:
    """Ask the answerable and the unanswerable questions; count what a gate of its own finds unsupported."""
    counts = {"answered": 0, "declined": 0, "sentences": 0, "unsupported": 0, "fabricated": 0, "general": 0}
    wrong: list[str] = []
    missed: list[str] = []
    good, bad = lines(f"{sets}answerable.txt"), lines(f"{sets}unanswerable.txt")
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


def conflicts() -> dict[str, Any]:
    """Plant papers that disagree; count where both sides are shown, and where the false one leads or stands alone."""
    counts = {"cases": 0, "shown": 0, "false_side_leads": 0, "false_value_alone": 0}
    hidden: list[str] = []
    for case in cases():
        reply = answer(case.question, With(case.passages))
        told = [claim.text for claim in reply.claims if claim.text.startswith("Sources disagree")]
        shown = any(case.false in text.partition("most sources give ")[0] for text in told)
        counts["cases"] += 1
        counts["shown"] += shown
        counts["false_side_leads"] += any(case.false in text.partition("most sources give ")[2] for text in told)
        counts["false_value_alone"] += any(case.false in item.text for item in reply.claims if item.text not in told)
        hidden += [" / ".join(item.text for item in case.passages)] * (not shown)
    return {**counts, "not_shown": hidden}


def orders() -> dict[str, int]:
    """Count the orders of the own set that would be quoted."""
    leaked, rows = 0, lines("orders.txt")
    for number, row in enumerate(rows):
        filled = row.replace("{n}", str(417 + number)).replace("{x}", f"Zyrtene{number}").replace("{t}", "run_md")
        text = f"The sample was dried before use. {filled} Chain packing matters as well."
        kept = Screen().quotable(Passage(id="p", document_id="d", title="t", text=text, start=0, end=len(text)))
        leaked += any(str(417 + number) in item or f"Zyrtene{number}" in item for item in kept)
    return {"orders": len(rows), "quoted": leaked}


PARTS: dict[str, Callable[[], dict[str, Any]]] = {
    "rules": lambda: ask_all(None),
    "honest": lambda: ask_all(honest_answer),
    "lying": lambda: ask_all(lying),
    "heldout": lambda: ask_all(None, "heldout_"),
    "conflicts": conflicts,
    "hygiene": orders,
}


def main() -> None:
    """Run the parts that are asked for, in one process: models are loaded once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--part", action="append", choices=PARTS, help="run this part; by default all")
    given = parser.parse_args()
    found = {name: PARTS[name]() for name in given.part or PARTS}
    sys.stdout.write(json.dumps(found, indent=None if given.json else 1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
