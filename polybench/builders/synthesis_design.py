"""Synthesis: from monomers to the chain and back, what leaves, and how the chain grows; designs are in ``design``."""

from __future__ import annotations

import random
from typing import Final

from polybench.builders.design import MAKERS as DESIGNS
from polybench.builders.drafting import Bundle, Maker, Pool, draft, lettered, some
from polybench.builders.reactions import Reaction
from polybench.builders.structural_understanding import mass_task
from polybench.task import Composition, Task, Tolerance
from tools.synthesis.retro import routes

_CATEGORY: Final = "synthesis_design"
_TOOLS: Final = ("find_routes",)
_ADDITION: Final = "nothing"


def _monomers(reaction: Reaction) -> str:
    """Write the monomers with their names."""
    shown = [f"{text} ({name})" if name else text for text, name in zip(reaction.monomers, reaction.names, strict=True)]
    return " and ".join(shown)


def forward_task(pool: Pool, reaction: Reaction) -> Task:
    """Ask for the repeat unit that monomers give."""
    verb = "forms" if len(reaction.monomers) > 1 else "is formed"
    question = (
        f"Which repeat unit {verb} when {_monomers(reaction)} polymerise{'s' if len(reaction.monomers) == 1 else ''} "
        f"({reaction.mechanism})? Give it as SMILES with two *."
    )
    return draft(
        pool, _CATEGORY, "forward", 2, question, "smiles", reaction.chain.smiles, chains=[reaction.chain],
        tools_expected=_TOOLS,
    )  # fmt: skip


def _forward(pool: Pool, rng: random.Random) -> Bundle | None:
    reaction = some(rng, pool.reactions)
    return (forward_task(pool, reaction),) if reaction else None


def _backward(pool: Pool, rng: random.Random) -> Bundle | None:
    """Monomers of a chain: any verified route by the named mechanism, with any of its reactive groups, is right."""
    reaction = some(rng, pool.reactions)
    if reaction is None:
        return None
    from tools.core.polymer import Polymer

    answers = [".".join(reaction.monomers)]
    for route in routes(Polymer.from_smiles(reaction.chain.smiles), 3):
        if route.verified and route.mechanism == reaction.mechanism:
            answers.append(".".join(item.smiles for item in route.monomers))
            answers += [".".join(item.smiles for item in other.monomers) for other in route.alternatives]
    alone = len(reaction.monomers) == 1
    question = (
        f"From which monomer{'' if alone else 's'} is the polymer {reaction.chain.smiles} made by "
        f"{reaction.mechanism}? Give {'its SMILES' if alone else 'both as SMILES, joined by a dot'}."
    )
    first, *others = dict.fromkeys(answers)
    return (
        draft(pool, _CATEGORY, "backward", 3, question, "smiles", first, aliases=tuple(others),
              chains=[reaction.chain], tools_expected=_TOOLS),
    )  # fmt: skip


def _which_monomers(pool: Pool, rng: random.Random) -> Bundle | None:
    reaction = some(rng, pool.reactions)
    if reaction is None:
        return None
    same = [item for item in pool.reactions if len(item.monomers) == len(reaction.monomers)]
    wrong = [item for item in rng.sample(same, min(4, len(same))) if item.chain.family != reaction.chain.family][:3]
    texts = [" + ".join(item.monomers) for item in (reaction, *wrong)]
    if len(set(texts)) < 4:
        return None
    choices, letter = lettered(rng, texts[0], texts[1:])
    question = f"Which monomers give the polymer {reaction.chain.smiles}?"
    return (
        draft(pool, _CATEGORY, "which_monomers", 1, question, "mcq", letter, choices=choices,
              chains=[reaction.chain], tools_expected=_TOOLS),
    )  # fmt: skip


def _by_product(pool: Pool, rng: random.Random) -> Bundle | None:
    reaction = some(rng, pool.reactions)
    if reaction is None or (not reaction.by_product and rng.random() < 0.8):
        return None
    right = reaction.by_product or _ADDITION
    others = sorted({item.by_product or _ADDITION for item in pool.reactions} - {right})
    if len(others) < 3:
        return None
    choices, letter = lettered(rng, right, rng.sample(others, 3))
    verb = "polymerises" if len(reaction.monomers) == 1 else "polymerise"
    question = f"What leaves when {_monomers(reaction)} {verb} to {reaction.chain.smiles}?"
    return (
        draft(pool, _CATEGORY, "by_product", 2, question, "mcq", letter, choices=choices, chains=[reaction.chain],
              tools_expected=_TOOLS),
    )  # fmt: skip


def _growth(pool: Pool, rng: random.Random) -> Bundle | None:
    step = rng.random() < 0.5
    wanted = "step" if step else "chain"
    reaction = some(rng, [item for item in pool.reactions if item.growth == wanted])
    if reaction is None:
        return None
    question = (
        f"Is the polymerisation of {_monomers(reaction)} to {reaction.chain.smiles} a step-growth polymerisation?"
    )
    return (
        draft(pool, _CATEGORY, "step_or_chain", 1, question, "boolean", step, chains=[reaction.chain],
              tools_expected=_TOOLS),
    )  # fmt: skip


def _mass_of_product(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: molar mass of the repeat unit that monomers give."""
    reaction = some(rng, pool.reactions)
    if reaction is None:
        return None
    parts = [forward_task(pool, reaction), mass_task(pool, reaction.chain)]
    question = (
        f"What is the molar mass, in g/mol, of the repeat unit of the polymer that {_monomers(reaction)} "
        f"give{'s' if len(reaction.monomers) == 1 else ''} by {reaction.mechanism}?"
    )
    whole = draft(
        pool, _CATEGORY, "mass_of_product", 3, question, "numeric", round(reaction.chain.mass, 3), unit="g/mol",
        tolerance=Tolerance(abs=0.5), chains=[reaction.chain], tools_expected=_TOOLS,
        composition=Composition(subq_ids=tuple(part.id for part in parts), skills=("forward", "molar_mass"), hops=2),
    )  # fmt: skip
    return (*parts, whole)


MAKERS: Final[tuple[Maker, ...]] = (
    _forward, _backward, _which_monomers, _by_product, _growth, _mass_of_product, *DESIGNS,
)  # fmt: skip
