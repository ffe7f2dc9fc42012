"""Structural understanding: what a repeat unit holds, which chain it is, and what class that makes it."""

from __future__ import annotations

import random
from typing import Final

from polybench.builders.chains import ASKED_ELEMENTS, ASKED_GROUPS, Chain
from polybench.builders.drafting import (
    Bundle,
    Maker,
    Pool,
    class_words,
    draft,
    group_words,
    lettered,
    other_classes,
    profile,
    some,
)
from polybench.task import Composition, Task, Tolerance
from tools.core.display import write_unit
from tools.core.polymer import Polymer
from tools.core.word import reverse_word

_CATEGORY: Final = "structural_understanding"
_NOTE: Final = (
    "Count along the endless chain, so that a group across the ends of the unit counts, and count each group by its "
    "most specific name (an ester is no ether, an imide no amide)."
)
_COUNT_WORDS: Final = {
    "rings": "rings (smallest set of smallest rings)",
    "heavy_atoms": "heavy atoms (attachment points left out)",
    "hbond_donors": "hydrogen-bond donors (RDKit's definition)",
    "hbond_acceptors": "hydrogen-bond acceptors (RDKit's definition)",
}
_ELEMENT_WORDS: Final = {
    "N": "nitrogen", "O": "oxygen", "F": "fluorine", "S": "sulfur", "Cl": "chlorine", "Si": "silicon",
    "P": "phosphorus", "Br": "bromine",
}  # fmt: skip


def count_words(name: str) -> str:
    """Name a count in the plural, as a question does."""
    kind, _, item = name.partition(":")
    if kind == "group":
        return f"{group_words(item)}s" if item.endswith(("ring", "bond")) else f"{group_words(item)} groups"
    if kind == "element":
        return f"{_ELEMENT_WORDS[item]} atoms"
    return _COUNT_WORDS[name]


def balanced(pool: Pool, rng: random.Random, name: str) -> Chain | None:
    """Draw a chain by the number of something, none at a chance of one in five, so that most answers are not zero."""
    numbers = pool.by_count.get(name, {})
    some_of = sorted(number for number in numbers if number)
    if not some_of:
        return None
    wanted = 0 if 0 in numbers and rng.random() < 0.2 else some_of[min(int(rng.expovariate(0.8)), len(some_of) - 1)]
    return some(rng, numbers[wanted])


def count_task(pool: Pool, chain: Chain, name: str, level: int = 1) -> Task:
    """Ask for a number of groups, atoms, rings or bonds."""
    words = count_words(name)
    kind = name.partition(":")[0]
    note = f" {_NOTE}" if kind == "group" else ""
    subtask = {"group": "group_count", "element": "element_count"}.get(kind, "descriptor_count")
    return draft(
        pool,
        _CATEGORY,
        subtask,
        level,
        f"How many {words} does the repeat unit {chain.smiles} have?{note}",
        "numeric",
        chain.counts[name],
        chains=[chain],
        tolerance=Tolerance(abs=0),
        context=profile(chain, [name, "class"]),
        tools_expected=("identify_polymer",),
    )


def mass_task(pool: Pool, chain: Chain) -> Task:
    """Ask for the molar mass of a repeat unit."""
    return draft(
        pool,
        _CATEGORY,
        "molar_mass",
        1,
        f"What is the molar mass of the repeat unit {chain.smiles} in g/mol, without the attachment points?",
        "numeric",
        round(chain.mass, 3),
        chains=[chain],
        unit="g/mol",
        tolerance=Tolerance(abs=0.5),
        context=profile(chain, ["mass"]),
        tools_expected=("identify_polymer",),
    )


def _group_count(pool: Pool, rng: random.Random) -> Bundle | None:
    name = f"group:{ASKED_GROUPS[rng.randrange(len(ASKED_GROUPS))]}"
    chain = balanced(pool, rng, name)
    return (count_task(pool, chain, name),) if chain else None


def _element_count(pool: Pool, rng: random.Random) -> Bundle | None:
    name = f"element:{ASKED_ELEMENTS[rng.randrange(len(ASKED_ELEMENTS))]}"
    chain = balanced(pool, rng, name)
    return (count_task(pool, chain, name),) if chain else None


def _descriptor_count(pool: Pool, rng: random.Random) -> Bundle | None:
    name = list(_COUNT_WORDS)[rng.randrange(len(_COUNT_WORDS))]
    chain = some(rng, pool.chains)
    return (count_task(pool, chain, name),) if chain and name in chain.counts else None


def _mass(pool: Pool, rng: random.Random) -> Bundle | None:
    chain = some(rng, pool.chains)
    return (mass_task(pool, chain),) if chain else None


def _formula(pool: Pool, rng: random.Random) -> Bundle | None:
    chain = some(rng, pool.chains)
    if chain is None or "+" in chain.formula or "-" in chain.formula:
        return None
    question = (
        f"What is the molecular formula of the repeat unit {chain.smiles} (Hill order, without attachment points)?"
    )
    return (draft(pool, _CATEGORY, "formula", 1, question, "label", chain.formula, chains=[chain]),)


def presence_task(pool: Pool, chain: Chain, group: str) -> Task:
    """Ask whether a chain has a group."""
    has = chain.counts[f"group:{group}"] > 0
    question = f"Does the repeat unit {chain.smiles} contain the group: {group_words(group)}? {_NOTE}"
    return draft(
        pool, _CATEGORY, "group_presence", 1, question, "boolean", has, chains=[chain],
        context=profile(chain, ["class"]), tools_expected=("identify_polymer",),
    )  # fmt: skip


def _presence(pool: Pool, rng: random.Random) -> Bundle | None:
    group = ASKED_GROUPS[rng.randrange(len(ASKED_GROUPS))]
    numbers = pool.by_count.get(f"group:{group}", {})
    wanted = rng.random() < 0.5
    choices = [number for number in sorted(numbers) if (number > 0) == wanted]
    number = some(rng, choices)
    chain = some(rng, numbers[number]) if number is not None else None
    return (presence_task(pool, chain, group),) if chain else None


def _class(pool: Pool, rng: random.Random) -> Bundle | None:
    names = [name for name in pool.by_class if name != "other"]
    name = some(rng, names)
    chain = some(rng, pool.by_class[name]) if name else None
    if chain is None:
        return None
    others = [item for item in other_classes(chain.classes, chain.formula) if item in pool.by_class]
    wrong = rng.sample(others, min(3, len(others)))
    if len(wrong) < 3:
        return None
    choices, letter = lettered(rng, class_words(chain.main), [class_words(item) for item in wrong])
    question = f"To which class of polymers does the chain with the repeat unit {chain.smiles} belong?"
    return (
        draft(pool, _CATEGORY, "class", 1, question, "mcq", letter, chains=[chain], choices=choices,
              context=profile(chain, ["class"]), tools_expected=("identify_polymer",)),
    )  # fmt: skip


def _group_set(pool: Pool, rng: random.Random) -> Bundle | None:
    chain = some(rng, pool.chains)
    if chain is None or chain.groups is None:
        return None
    absent = [name for name in ASKED_GROUPS if name not in chain.groups]
    shown = sorted((*chain.groups, *rng.sample(absent, min(len(absent), 4))))
    listed = ", ".join(group_words(name) for name in shown)
    question = f"Which of these groups occur in the repeat unit {chain.smiles}: {listed}? {_NOTE}"
    answer = [group_words(name) for name in chain.groups]
    return (draft(pool, _CATEGORY, "group_set", 2, question, "set", answer, chains=[chain]),)


def _rewritten(rng: random.Random, polymer: Polymer) -> str:
    word = polymer.word
    if rng.random() < 0.5:
        word = reverse_word(word)
    shift = rng.randrange(len(word))
    word = word[shift:] + word[:shift]
    return write_unit(word * 2 if len(word) <= 4 and rng.random() < 0.3 else word)


def _same_chain(pool: Pool, rng: random.Random) -> Bundle | None:
    chain = some(rng, pool.chains)
    if chain is None:
        return None
    if rng.random() < 0.5:
        other, about = _rewritten(rng, Polymer.from_smiles(chain.smiles)), [chain]
        if other == chain.smiles:
            return None
    else:
        alike = [item for item in pool.by_class[chain.main] if abs(item.mass - chain.mass) < 20]
        found = some(rng, [item for item in alike if item.family != chain.family])
        if found is None:
            return None
        other, about = _rewritten(rng, Polymer.from_smiles(found.smiles)), [chain, found]
    question = f"Do the repeat units {chain.smiles} and {other} describe the same polymer chain?"
    same = len(about) == 1
    return (
        draft(pool, _CATEGORY, "same_chain", 2, question, "boolean", same, chains=about,
              tools_expected=("identify_polymer",)),
    )  # fmt: skip


def _which_has(pool: Pool, rng: random.Random) -> Bundle | None:
    group = ASKED_GROUPS[rng.randrange(len(ASKED_GROUPS))]
    numbers = pool.by_count.get(f"group:{group}", {})
    with_it = some(rng, [number for number in sorted(numbers) if number])
    if with_it is None or len(numbers.get(0, ())) < 3:
        return None
    right = some(rng, numbers[with_it])
    wrong = rng.sample(numbers[0], 3)
    if right is None:
        return None
    choices, letter = lettered(rng, right.smiles, [item.smiles for item in wrong])
    question = f"Which of these repeat units contains the group: {group_words(group)}? {_NOTE}"
    return (
        draft(pool, _CATEGORY, "which_has_group", 2, question, "mcq", letter, chains=[right, *wrong], choices=choices),
    )


def _more_of(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: compare two counts, with the two counts as its parts."""
    names = [f"group:{name}" for name in rng.sample(ASKED_GROUPS, 2)]
    chain = balanced(pool, rng, names[0])
    if chain is None or any(name not in chain.counts for name in names):
        return None
    one, other = (chain.counts[name] for name in names)
    if one == other:
        return None
    if rng.random() < 0.5:
        names.reverse()
        one, other = other, one
    parts = [count_task(pool, chain, name) for name in names]
    first, second = (count_words(name) for name in names)
    question = f"Does the repeat unit {chain.smiles} have more {first} than {second}? {_NOTE}"
    whole = draft(
        pool, _CATEGORY, "compare_counts", 3, question, "boolean", one > other, chains=[chain],
        composition=Composition(subq_ids=tuple(part.id for part in parts), skills=("group_count", "compare"), hops=3),
        context=profile(chain, ["class"]),
    )  # fmt: skip
    return (*parts, whole)


def _mass_fraction(pool: Pool, rng: random.Random) -> Bundle | None:
    """A composite: mass fraction of an element, from its count and the molar mass."""
    from rdkit import Chem

    symbol = some(rng, ("F", "N", "O", "S", "Cl", "Si")) or "O"
    name = f"element:{symbol}"
    chain = balanced(pool, rng, name)
    if chain is None or not chain.counts[name]:
        return None
    share = 100 * chain.counts[name] * Chem.GetPeriodicTable().GetAtomicWeight(symbol) / chain.mass
    parts = [count_task(pool, chain, name), mass_task(pool, chain)]
    question = f"What is the mass fraction of {_ELEMENT_WORDS[symbol]} in the polymer {chain.smiles}, in percent?"
    whole = draft(
        pool, _CATEGORY, "mass_fraction", 3, question, "numeric", round(share, 3), chains=[chain], unit="percent",
        tolerance=Tolerance(abs=0.5),
        composition=Composition(
            subq_ids=tuple(part.id for part in parts), skills=("element_count", "molar_mass", "arithmetic"), hops=3
        ),
    )  # fmt: skip
    return (*parts, whole)


MAKERS: Final[tuple[Maker, ...]] = (
    _group_count, _element_count, _descriptor_count, _mass, _formula, _presence, _class, _group_set, _same_chain,
    _which_has, _more_of, _mass_fraction,
)  # fmt: skip
