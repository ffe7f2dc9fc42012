"""Polymerisations for synthesis questions: monomers, product and mechanism, from the project's rules.

Each is run forwards; where the table of virtual polymers names a product for the same monomers, only those on which the
two rule sets agree are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from rdkit import Chem

from polybench.builders.chains import Chain, chain_from
from polybench.builders.sources import HANDBOOK, SMIPOLY, spread_rows
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.synthesis.forward import react
from tools.synthesis.monomers import known, known_monomers
from tools.synthesis.retro import routes
from tools.synthesis.rules import rule_set

_STEP_CLASSES: Final = ("polyamide", "polyester", "polyimide", "polyurethane", "polyoxazolidone", "polyether")


@dataclass(frozen=True)
class Reaction:
    """One polymerisation.

    Attributes
    ----------
    monomers : tuple of str
        One or two, canonical SMILES.
    names : tuple of str
        Their names where they are known, else empty texts.
    chain : Chain
        The product.
    rule, mechanism : str
        Rule of ``tools.synthesis`` and what the polymerisation is called.
    by_product : str
        What leaves; empty for additions.
    growth : str
        "step" or "chain".
    ring_opening : bool
        Whether a ring opens.
    """

    monomers: tuple[str, ...]
    names: tuple[str, ...]
    chain: Chain
    rule: str
    mechanism: str
    by_product: str
    growth: str
    ring_opening: bool


def read_reactions(folder: Path | None, *, seed: int, pairs: int = 2000, singles: int = 2000) -> list[Reaction]:
    """Work out polymerisations.

    Parameters
    ----------
    folder : Path or None
        Folder of tables; None for the handbook's polymers and the known monomers alone.
    seed : int
        Seed of the suite.
    pairs : int
        Pairs of monomers taken from the table of virtual polymers.
    singles : int
        Known monomers that are tried alone, at most.

    Returns
    -------
    list of Reaction
        One per product and set of monomers, in a fixed order.
    """
    from tools.chemistry import handbook

    wanted: dict[tuple[str, ...], str] = {(smiles,): "" for smiles in sorted(known_monomers())[:singles]}
    for entry in handbook.load():
        for route in routes(entry.polymer, 1):
            wanted.setdefault(tuple(monomer.smiles for monomer in route.monomers), entry.smiles)
    if folder is not None:
        for row in spread_rows(folder, 2 * pairs, seed):
            if row["mon2"] and row["polymer_class"] in _STEP_CLASSES:
                wanted.setdefault((row["mon1"], row["mon2"]), row["smiles"])
    found: dict[tuple[str, tuple[str, ...]], Reaction] = {}
    for monomers, expected in wanted.items():
        reaction = _reaction(monomers, expected, seed)
        if reaction is not None:
            found.setdefault((reaction.chain.key, tuple(sorted(reaction.monomers))), reaction)
    return list(found.values())


def _reaction(monomers: tuple[str, ...], expected: str, seed: int) -> Reaction | None:
    """Run monomers forwards; None unless one product, or the expected one, comes out."""
    try:
        products = react(*monomers).products
        key = Polymer.from_smiles(expected).key if expected else ""
    except PolysmithError:
        return None
    if len(products) != 1 or (key and products[0].polymer.key != key):
        return None
    product = products[0]
    salt = any("." in text for text in monomers) or Chem.GetFormalCharge(product.polymer.mol) != 0
    if product.competing or product.note or salt:  # the rules leave counter-ions out: half a salt is no right answer
        return None
    source, licence = SMIPOLY if len(monomers) == 2 and expected else HANDBOOK
    chain = chain_from(product.polymer, seed=seed, source=source, licence=licence)
    growth = growth_of(product.polymerisations)
    if chain is None or not growth:
        return None
    return Reaction(
        monomers=monomers,
        names=tuple(entry.name if (entry := known(text)) else "" for text in monomers),
        chain=chain,
        rule=product.rule,
        mechanism=product.mechanism,
        by_product=product.by_product,
        growth=growth,
        ring_opening="ring_opening" in product.polymerisations or "romp" in product.polymerisations,
    )


def growth_of(polymerisations: tuple[str, ...]) -> str:
    """Say "step" or "chain", or nothing where the rules name neither or both."""
    step, chain = "step_growth" in polymerisations, "chain_growth" in polymerisations
    return "" if step == chain else "step" if step else "chain"


@lru_cache(maxsize=1)
def mechanisms() -> dict[str, tuple[str, str, bool]]:
    """Return growth, by-product and ring opening of each mechanism on whose rules all of them agree."""
    rows: dict[str, set[tuple[str, str, bool]]] = {}
    rules = rule_set()
    for rule in rules.monomer_rules:
        opening = bool({"ring_opening", "romp"} & set(rule.polymerisations))
        rows.setdefault(rule.mechanism, set()).add((growth_of(rule.polymerisations), rule.by_product, opening))
    for linkage in rules.linkages:
        for pairing in linkage.pairings:
            seen = rows.setdefault(linkage.mechanism, set())
            seen.add((growth_of(linkage.polymerisations), pairing.by_product, False))
    agreed = {}
    for name in sorted(rows):
        growths = {row[0] for row in rows[name]}
        by_products = {row[1] for row in rows[name]}
        if len(growths) == 1 and "" not in growths:
            only = by_products.pop() if len(by_products) == 1 else "?"
            agreed[name] = (growths.pop(), only, any(row[2] for row in rows[name]))
    return agreed
