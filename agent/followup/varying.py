"""More of a kind: the monomers of a candidate changed a little, joined by the same reaction, and judged."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from agent.evidence import Claim, Derived
from agent.followup.draft import Draft
from agent.followup.judging import judge, scored
from agent.followup.model import Grid
from agent.report.model import Finalist
from agent.report.view import title_of
from tools.chemistry.fingerprints import fingerprints, minmax_similarity
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.design.candidate import Candidate
from tools.design.mutation import sensible, substituted
from tools.design.screen import Screen
from tools.synthesis.forward import polymerise
from tools.synthesis.outcome import Product

TRIES: Final = 80
MOST: Final = 40  # variations that are scored
SHOWN: Final = 4


def more_like(draft: Draft) -> None:
    """Propose variations of what is meant.

    Parameters
    ----------
    draft : Draft
        The answer, added to.
    """
    for name, parent in draft.meant()[:2]:
        draft.names.append(name)
        _around(draft, name, parent)


def _around(draft: Draft, name: str, parent: Finalist) -> None:
    report = draft.report
    if not parent.routes:
        text = f"{name}: no route was found, so that its monomers cannot be varied."
        draft.claims.append(Claim(text=text, values=(parent.feasibility,), names=(name,)))
        return
    known = {item.key for item in (*report.finalists, parent)}
    screen = Screen(report.spec)
    made = [item for item in _variations(parent, known, draft.seed) if screen.admits(item)]
    tried = draft.ledger.add_derived(
        Derived(name="variations with the structure asked for", value=len(made), method="counted")
    )
    if not made:
        text = f"No variation of {name} that was tried has the structure asked for."
        draft.claims.append(Claim(text=text, values=(tried,), names=(name,)))
        return
    ranked = sorted(scored(made, report.spec), key=lambda item: (item.failing, -item.score, item.polymer.key))
    chosen = judge([item.candidate for item in ranked[:SHOWN]], report.spec, draft.ledger)
    draft.finalists += chosen
    text = f"{len(made)} variations of {name} were judged; the best {len(chosen)} are shown."
    shown = draft.ledger.add_derived(Derived(name="variations shown", value=len(chosen), method="counted"))
    draft.claims.append(Claim(text=text, values=(tried, shown), names=(name,)))
    best = draft.ledger.derived[chosen[0].chance].value
    own = draft.ledger.derived[parent.chance].value
    text = f"The best has a chance of {best:.0f} % to meet all hard limits, {name} has {own:.0f} %."
    draft.claims.append(Claim(text=text, values=(chosen[0].chance, parent.chance), names=(name,)))
    rows = tuple(
        (
            item.smiles,
            title_of(item),
            draft.value(item.chance),
            draft.value(item.feasibility),
            _alike(draft, parent, item),
        )
        for item in chosen
    )
    head = ("repeat unit", "name", "chance to meet all", "synthesisability", f"similarity to {name}")
    if draft.grid is None:
        draft.grid = Grid(title=f"Variations of {name}", head=head, rows=rows)
    draft.notes.append("Fire tests are not simulated for variations; everything else is judged as for the candidates.")


def _alike(draft: Draft, parent: Finalist, item: Finalist) -> str:
    counts = fingerprints([Polymer.from_smiles(parent.smiles), Polymer.from_smiles(item.smiles)])
    number = round(float(minmax_similarity(counts[:1], counts[1:])[0, 0]), 2)
    method = "min-max Tanimoto of count fingerprints, 1 = same"
    return draft.value(draft.ledger.add_derived(Derived(name="similarity", value=number, method=method)))


def _variations(parent: Finalist, known: set[str], seed: int) -> Iterator[Candidate]:
    """Substitute the monomers of the first route, and polymerise them by the same reaction."""
    rng = random.Random(f"{seed}:{parent.key}")
    route, found = parent.routes[0], 0
    monomers = [item.smiles for item in route.monomers]
    seen = set(known)
    for _ in range(TRIES):
        place = rng.randrange(len(monomers))
        changed = substituted(monomers[place], rng)
        if changed is None or not sensible(changed):
            continue
        given = [*monomers[:place], changed, *monomers[place + 1 :]]
        for product in _products(given):
            if product.mechanism == route.mechanism and product.polymer.key not in seen:
                seen.add(product.polymer.key)
                found += 1
                yield Candidate(
                    product.polymer, "variation", " + ".join(given), monomers=tuple(given), rule=product.rule,
                    polymerisations=product.polymerisations, parents=(parent.smiles,),
                )  # fmt: skip
        if found >= MOST:
            return


def _products(monomers: list[str]) -> list[Product]:
    try:
        return polymerise(*monomers)
    except PolysmithError:  # what does not polymerise is no variation
        return []
