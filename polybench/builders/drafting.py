"""Drafting: what the builders share, from a task's id to lettered choices and knowledge profiles."""

from __future__ import annotations

import hashlib
import random
import re
from bisect import bisect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, TypeVar

from polybench.builders.chains import COUNTS, Chain, Label, index_by_count
from polybench.builders.quantities import QUANTITIES, Quantity
from polybench.builders.reactions import Reaction
from polybench.builders.split import share_of
from polybench.task import Category, Evidence, Split, Task
from tools.chemistry import handbook
from tools.chemistry.classes import ORDER
from tools.core.vocabulary import CLASSES, GROUPS
from tools.synthesis.monomers import KnownMonomer, known_monomers

T = TypeVar("T")
#: How questions name simulated values, so that they have one right answer: the protocol of RadonPy, with which the
#: table was made (Hayashi et al., npj Computational Materials 2022, doi 10.1038/s41524-022-00906-4).
SIMULATED: Final = "(as RadonPy's molecular dynamics with the GAFF2 force field gives it)"
LETTERS: Final = "ABCDEFGHIJ"
FACT_SHARES: Final = (0.82, 0.88, 0.94)
FACT_SPLITS: Final = ("train", "dev", "test", "ood")

#: A task with the sub-questions that it points to before it.
Bundle = tuple[Task, ...]


@dataclass(frozen=True)
class Pool:
    """What the tasks of one split are built from.

    Attributes
    ----------
    split : str
        The split.
    seed : int
        Seed of the suite, which deals facts into splits.
    chains : tuple of Chain
        Chains of this split alone.
    reactions : tuple of Reaction
        Polymerisations whose products are in this split.
    cache : dict
        Selections of chains that makers have worked out, by name.
    """

    split: Split
    seed: int
    chains: tuple[Chain, ...]
    reactions: tuple[Reaction, ...] = ()
    cache: dict[str, list[Chain]] = field(default_factory=dict, repr=False)

    @cached_property
    def by_count(self) -> dict[str, dict[int, list[Chain]]]:
        """Chains by name of a count and number."""
        return index_by_count(self.chains)

    @cached_property
    def by_class(self) -> dict[str, list[Chain]]:
        """Chains by their most telling class."""
        found: dict[str, list[Chain]] = {}
        for chain in self.chains:
            found.setdefault(chain.main, []).append(chain)
        return found

    @cached_property
    def by_key(self) -> dict[str, Chain]:
        """Chains by identity."""
        return {chain.key: chain for chain in self.chains}

    @cached_property
    def entries(self) -> list[handbook.Entry]:
        """Handbook entries whose polymer is in this split."""
        return [entry for entry in handbook.load() if entry.polymer.key in self.by_key]

    @cached_property
    def facts(self) -> list[KnownMonomer]:
        """Known monomers with a name that belong to this split."""
        return [item for item in known_monomers().values() if item.name and owns(self, item.smiles)]

    @cached_property
    def labels(self) -> dict[str, list[Chain]]:
        """Chains by the label that they have, such as ``"Tg"`` and ``"density@MD"``."""
        found: dict[str, list[Chain]] = {}
        for chain in self.chains:
            for name in chain.labels:
                found.setdefault(name, []).append(chain)
        return found


Maker = Callable[[Pool, random.Random], Bundle | None]


def draft(
    pool: Pool,
    category: Category,
    subtask: str,
    level: int,
    question: str,
    answer_type: str,
    answer: Any,
    *,
    chains: Iterable[Chain] = (),
    **more: Any,
) -> Task:
    """Put a task together.

    Parameters
    ----------
    pool : Pool
        Where it is built.
    category, subtask, level, question, answer_type, answer
        Fields of the task.
    chains : iterable of Chain
        Chains that it is about: their keys are kept, and their source and licence where none is given.
    **more
        Other fields of the task.

    Returns
    -------
    Task
        Its id is a hash of split, subtask, question and choices, so equal questions have equal ids.
    """
    about = list(chains)
    content = "|".join((pool.split, subtask, question, *more.get("choices", {}).values()))
    sources = list(dict.fromkeys(chain.source for chain in about)) or ["Polysmith rules and vocabulary"]
    licences = list(dict.fromkeys(chain.licence for chain in about)) or ["Apache-2.0"]
    fields: dict[str, Any] = {
        "id": f"{subtask}-{hashlib.sha256(content.encode()).hexdigest()[:14]}",
        "source": "; ".join(sources),
        "licence": "; ".join(licences),
        "split": pool.split,
        "category": category,
        "subtask": subtask,
        "level": level,
        "question": question,
        "answer_type": answer_type,
        "answer": answer,
        "polymer_keys": tuple(dict.fromkeys(chain.key for chain in about)),
        **more,
    }
    return Task.model_validate(fields)


def owns(pool: Pool, fact: str) -> bool:
    """Say whether a fact that is about no polymer belongs to the split of a pool."""
    share = share_of(f"{pool.seed}|fact|{fact}")
    return FACT_SPLITS[bisect(FACT_SHARES, share)] == pool.split


def some(rng: random.Random, items: Sequence[T]) -> T | None:
    """Draw one item, or None from nothing."""
    return items[rng.randrange(len(items))] if items else None


def lettered(rng: random.Random, right: str, wrong: Sequence[str]) -> tuple[dict[str, str], str]:
    """Letter choices, with the right one at an even chance in each place.

    Parameters
    ----------
    rng : random.Random
        Source of chance.
    right : str
        The right choice.
    wrong : sequence of str
        The others, up to nine.

    Returns
    -------
    choices : dict of str to str
        Text by letter.
    letter : str
        Letter of the right one.
    """
    others = list(wrong)
    rng.shuffle(others)
    place = rng.randrange(len(others) + 1)
    others.insert(place, right)
    return dict(zip(LETTERS, others, strict=False)), LETTERS[place]


def group_words(name: str) -> str:
    """Name a group as a question does."""
    return GROUPS[name][0]


def class_words(name: str) -> str:
    """Name a class as a question does."""
    return CLASSES[name][0]


_UMBRELLAS: Final = frozenset(("vinyl", "acrylic", "polyolefin", "fluoropolymer"))
_VINYLS: Final = frozenset((
    "vinyl", "styrenic", "acrylate", "methacrylate", "acrylic", "acrylamide", "vinyl_ether", "vinyl_ester",
    "vinyl_halide", "polyolefin", "fluoropolymer",
))  # fmt: skip
_KIN: Final = tuple(
    frozenset(names.split())
    for names in (
        "polyether aromatic_polyether polyacetal",
        "polyester aromatic_polyester aliphatic_polyester polycarbonate",
        "polyamide aramid",
        "polyamine polyimine",
        "polysilane polysiloxane",
        "polydiene polyolefin",
        "conjugated polyarylene polythiophene polyacetylene polyimine polybenzimidazole polybenzoxazole "
        "polybenzothiazole",
        "polyarylene aromatic_polyether polysulfone polyketone",
    )
)


def other_classes(classes: Iterable[str], formula: str) -> list[str]:
    """Name the classes that a chain plainly does not belong to, so that a chemist cannot hold one of them for right.

    Parameters
    ----------
    classes : iterable of str
        Classes of the chain.
    formula : str
        Formula of its repeat unit.

    Returns
    -------
    list of str
        Without its own, those that are wider, narrower or next to one of them, and collective names near it.
    """
    mine = frozenset(classes)
    near = mine.union(*(group for group in _KIN if mine & group))
    if mine & _VINYLS:
        near |= _UMBRELLAS
    if re.search(r"F(?![a-z])", formula):
        near |= {"fluoropolymer"}
    return [name for name in ORDER if name not in near]


def label_words(name: str) -> tuple[Quantity, str]:
    """Return the quantity of a label and how a question names it: a simulated value says by what it was simulated."""
    base, _, method = name.partition("@")
    quantity = QUANTITIES[base]
    return quantity, f"{quantity.words} {SIMULATED}" if method else quantity.words


def evidence(chain: Chain, name: str) -> Evidence:
    """Return the record behind a label."""
    label: Label = chain.labels[name]
    quantity = label_words(name)[0]
    return Evidence(
        polymer=chain.smiles,
        property=quantity.id,
        value=label.value,
        unit=quantity.unit,
        method=label.kind,
        source=label.source,
    )


def label_terms(chains: Iterable[Chain], names: Iterable[str]) -> dict[str, str]:
    """Return source and licence of the labels that an answer rests on."""
    pairs = [chain.labels[name] for name in names for chain in chains if name in chain.labels]
    return {
        "source": "; ".join(dict.fromkeys(label.source for label in pairs)),
        "licence": "; ".join(dict.fromkeys(label.licence for label in pairs)),
    }


def profile(chain: Chain, without: Iterable[str] = ()) -> str:
    """Write what is known about a chain for runs with knowledge, without what is asked.

    Parameters
    ----------
    chain : Chain
        The chain.
    without : iterable of str
        Names of counts and properties that are left out; a property leaves out its simulated form too.

    Returns
    -------
    str
        One line per item.
    """
    hidden = set(without)
    lines = [f"Repeat unit: {chain.smiles}"]
    if "mass" not in hidden:
        lines.append(f"Molar mass of the repeat unit: {chain.mass:.2f} g/mol")
    if "class" not in hidden and chain.classes:
        lines.append(f"Class: {class_words(chain.main)}")
    for name in COUNTS:
        if name in chain.counts and name not in hidden:
            lines.append(
                f"{name.replace('_', ' ').replace('hbond', 'hydrogen-bond').capitalize()}: {chain.counts[name]}"
            )
    for name, label in chain.labels.items():
        quantity, words = label_words(name)
        if quantity.id not in hidden:
            lines.append(f"{words[0].upper()}{words[1:]}: {quantity.show(label.value)} ({label.kind})")
    return "\n".join(lines)
