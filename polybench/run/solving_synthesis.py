"""Solvers for polymerisations: forwards, backwards, what leaves, how chains grow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from polybench.run import structures
from polybench.run.question import Question
from polybench.run.reading import monomers, polymers
from polybench.run.solution import Context, Solution
from polybench.wording import normal_label
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.synthesis.forward import react
from tools.synthesis.outcome import Product
from tools.synthesis.retro import routes
from tools.synthesis.route import Route
from tools.synthesis.rules import rule_set


def _products(texts: Sequence[str], question: str) -> list[Product]:
    """Products of monomers, those of the mechanism that the question names first."""
    try:
        found = list(react(*texts).products) if 1 <= len(texts) <= 2 else []
    except PolysmithError:
        return []
    return sorted(found, key=lambda item: item.mechanism not in question)


def _route(polymer: Polymer, question: str) -> Route | None:
    found = routes(polymer, 3)
    named = [route for route in found if route.mechanism and route.mechanism in question]
    return next(iter(named or found), None)


def structure(question: Question, context: Context) -> Solution | None:
    """The chain that monomers give, or the monomers of a chain."""
    if question.answer_type != "smiles":
        return None
    chains, small = polymers(question.question), monomers(question.question)
    if chains and re.search(r"\bmonomers?\b|\bmade\b|precursors?", question.question, re.I):
        route = _route(chains[0], question.question)
        context.note("find_routes", {"polymer": chains[0].smiles}, ok=route is not None)
        if route is None:
            return None
        return Solution(".".join(item.smiles for item in route.monomers), f"By {route.mechanism}.")
    products = _products(small, question.question)
    context.note("find_routes", {"monomers": list(small)}, ok=bool(products))
    if products:
        return Solution(products[0].polymer.smiles, f"By {products[0].mechanism}.")
    return Solution(chains[0].smiles, "The chain that the question names.") if chains else None


def mass_of_product(question: Question, context: Context) -> Solution | None:
    """Molar mass of the repeat unit that monomers give."""
    if question.answer_type != "numeric" or polymers(question.question):
        return None
    if not re.search(r"molar mass|molecular (?:weight|mass)", question.question, re.I):
        return None
    products = _products(monomers(question.question), question.question)
    context.note("find_routes", {"monomers": monomers(question.question)}, ok=bool(products))
    if not products:
        return None
    return Solution(structures.mass(products[0].polymer), "Molar mass of the product's repeat unit.")


@lru_cache(maxsize=1)
def _mechanisms() -> dict[str, tuple[set[str], set[str]]]:
    """Polymerisation ids and by-products of each mechanism of the rules."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    for rule in rule_set().monomer_rules:
        entry = found.setdefault(rule.mechanism, (set(), set()))
        entry[0].update(rule.polymerisations)
        entry[1].add(rule.by_product)
    for linkage in rule_set().linkages:
        entry = found.setdefault(linkage.mechanism, (set(), set()))
        entry[0].update(linkage.polymerisations)
        entry[1].update(pairing.by_product for pairing in linkage.pairings)
    return found


def _named_mechanism(text: str) -> str | None:
    hits = [name for name in _mechanisms() if name.casefold() in text.casefold()]
    return max(hits, key=len) if hits else None


def _facts(question: Question, context: Context) -> tuple[set[str], set[str]] | None:
    """Polymerisation ids and by-products of what a question is about."""
    small = monomers(question.question)
    chains = polymers(question.question)
    products = _products(small, question.question)
    if chains:
        products = [item for item in products if item.polymer == chains[0]] or products
    if small or chains:
        context.note("find_routes", {"monomers": small}, ok=bool(products))
    if products:
        return set(products[0].polymerisations), {products[0].by_product}
    mechanism = _named_mechanism(question.question)
    if mechanism is not None:
        return _mechanisms()[mechanism]
    route = _route(chains[0], question.question) if chains else None
    return (set(route.polymerisations), {route.by_product}) if route else None


def growth(question: Question, context: Context) -> Solution | None:
    """Whether a polymerisation grows by steps or chains, or opens rings."""
    text = question.question
    if question.answer_type != "boolean":
        return None
    for pattern, name in (
        (r"step[- ]growth|step by step|polycondensation", "step_growth"),
        (r"chain[- ]growth", "chain_growth"),
        (r"ring[- ]opening", "ring_opening"),
    ):
        if re.search(pattern, text, re.I):
            facts = _facts(question, context)
            return Solution(name in facts[0], "By the rules of polymerisation.") if facts else None
    return None


def leaving(question: Question, context: Context) -> Solution | None:
    """What leaves."""
    if question.answer_type not in ("mcq", "label"):
        return None
    if not re.search(r"\bleaves\b|by-?products?|eliminated|released", question.question, re.I):
        return None
    facts = _facts(question, context)
    if facts is None:
        return None
    if question.answer_type == "label":
        return Solution(sorted(facts[1])[0] or "nothing", "By the rules of polymerisation.")
    wanted = {normal_label(item) for item in facts[1]}
    for key, text in question.choices.items():
        nothing = bool(re.match(r"nothing|none|no by-?product", text, re.I))
        if (nothing and "" in facts[1]) or (not nothing and normal_label(text) in wanted):
            return Solution(key, "By the rules of polymerisation.")
    return None


def which_monomers(question: Question, context: Context) -> Solution | None:
    """Which choice of monomers gives a chain."""
    chains = polymers(question.question)
    if question.answer_type != "mcq" or len(chains) != 1:
        return None
    if not re.search(r"\bmonomers?\b|\bmade from\b", question.question, re.I):
        return None
    offered = {key: [item for item in monomers(text) if item] for key, text in question.choices.items()}
    context.note("find_routes", {"polymer": chains[0].smiles})
    for key, texts in offered.items():
        if any(item.polymer == chains[0] for item in _products(texts, "")):
            return Solution(key, "Run forwards, these give the chain.")
    wanted = [{item.smiles for item in route.monomers} for route in routes(chains[0], 3)]
    for key, texts in offered.items():
        if set(texts) in wanted:
            return Solution(key, "A route backwards names these.")
    return None


SOLVERS: Final = (structure, mass_of_product, growth, leaving, which_monomers)
