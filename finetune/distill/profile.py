"""Profile: what is known about a task's polymers, fact by fact with its source, and never the answer itself.

Measured values stand in a profile where the answer has to be worked out from them (comparisons, trade-offs, ratios) and
where the task is to look one up; a task that asks for a prediction gets the models' held-out prediction instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rdkit import Chem

from finetune.distill.chain import Fact
from finetune.records.gold import gold_text
from polybench.run import structures
from polybench.run.question import Question
from polybench.run.reading import (
    asked_property,
    choice_polymers,
    counted,
    monomers,
    polymers,
    unreadable,
)
from polybench.run.rule_agent import RuleAgent, shown
from polybench.run.values import ModelValues
from polybench.task import Evidence, Task
from tools.chemistry.groups import groups_of
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.vocabulary import GROUPS
from tools.simulation.estimate import estimable, estimate
from tools.simulation.robeson import BOUNDS, SOURCE
from tools.synthesis.forward import react
from tools.synthesis.outcome import Product
from tools.synthesis.retro import routes
from tools.synthesis.route import Route

_ATOMS: Final = frozenset(("element_count", "molar_mass", "mass_fraction", "formula"))
_GROUPED: Final = frozenset(("group_count", "group_presence", "group_set", "which_has_group"))
_PREDICTED: Final = ("value_", "other_unit_", "above_", "range_")
_COMPARED: Final = ("higher_", "extreme_", "ranking_", "screen_")
_ADVANCED: Final = frozenset(("effect_of_change", "pareto", "two_bounds", "upper_bound", "selectivity", "molar_volume"))
_FINDING: Final = frozenset(("tool_needed", "failing_tool"))
_SYNTHESIS: Final = frozenset(
    ("forward", "backward", "by_product", "step_or_chain", "which_monomers", "mass_of_product")
)
_LOOKED_UP: Final = frozenset((
    "abbreviation", "name_of_repeat_unit", "repeat_unit_of_name", "class_of_name", "is_of_class", "monomer_name",
    "monomer_structure", "named_Tg", "named_Tm", "named_density", "symbol", "unit", "step_growth",
    "by_product_of_mechanism", "class", "same_chain", "describe", "citation", "descriptor_count",
))  # fmt: skip


@dataclass(frozen=True)
class Profile:
    """What is known.

    Attributes
    ----------
    family : str
        What kind of reasoning the task needs: "atoms", "groups", "counts", "masses", "values", "prediction",
        "synthesis", "lookup", "conversion", "unreadable", or "" where nothing is known.
    facts : tuple of Fact
        Facts.
    confirmed : frozenset of str
        Structures and formulas that tools confirm and a chain may reach; they are not shown to the teacher.
    """

    family: str = ""
    facts: tuple[Fact, ...] = ()
    confirmed: frozenset[str] = frozenset()

    def text(self) -> str:
        """Write the facts, numbered as chains cite them."""
        return "\n".join(f"[F{place}] {fact.line}" for place, fact in enumerate(self.facts, 1))


def family_of(task: Task) -> str:
    """Name the kind of reasoning that a task needs."""
    name = task.subtask
    if name == "unanswerable":
        return "unreadable"
    if name in ("conversion", "no_tool_needed"):
        return "conversion"
    if name == "ranking_molar_mass":
        return "masses"
    if name in _ADVANCED or name.startswith(_COMPARED):
        return "values"
    if name in _FINDING or name.startswith(_PREDICTED):
        return "prediction"
    families = {"atoms": _ATOMS, "groups": _GROUPED, "synthesis": _SYNTHESIS, "lookup": _LOOKED_UP}
    plain = next((family for family, names in families.items() if name in names), "")
    return plain or ("counts" if name == "compare_counts" else "")


def profile_of(task: Task) -> Profile:
    """Gather what is known for a task.

    Parameters
    ----------
    task : Task
        A task.

    Returns
    -------
    Profile
        Without facts where no tool knows anything that helps.
    """
    family = family_of(task)
    maker = _MAKERS.get(family)
    if maker is None:
        return Profile(family)
    try:
        facts, confirmed = maker(task)
    except PolysmithError:
        return Profile(family)
    return Profile(family, tuple(facts), frozenset(confirmed))


Known = tuple[list[Fact], Iterable[str]]


@lru_cache(maxsize=20_000)
def parts_of(key: str) -> tuple[tuple[int, tuple[tuple[str, int], ...]], ...]:
    """Count the atoms in the parts of a backbone.

    Parameters
    ----------
    key : str
        ``Polymer.key``.

    Returns
    -------
    tuple of (int, tuple of (str, int))
        How often each kind of part occurs, and the number of atoms of each element in it.
    """
    counts = Counter(key.split("|"))
    return tuple((count, tuple(sorted(_elements(part).items()))) for part, count in counts.items())


def _elements(part: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for atom in Chem.MolFromSmiles(part).GetAtoms():
        if atom.GetAtomicNum():
            found[atom.GetSymbol()] += 1
            if atom.GetTotalNumHs():
                found["H"] += atom.GetTotalNumHs()
    return found


def atom_facts(polymer: Polymer, *, weights: bool) -> list[Fact]:
    """State the atoms of each part of a chain, and atomic weights."""
    facts, symbols = [], set()
    for place, (times, atoms) in enumerate(parts_of(polymer.key), 1):
        held = ", ".join(f"{symbol} {count}" for symbol, count in atoms)
        facts.append(Fact(f"Part {place} of the repeat unit occurs {times} times and holds {held}", "its structure"))
        symbols |= {symbol for symbol, _ in atoms}
    if weights:
        table = Chem.GetPeriodicTable()
        facts += [
            Fact(f"Atomic weight of {symbol}: {table.GetAtomicWeight(symbol):.3f} g/mol", "periodic table of RDKit")
            for symbol in sorted(symbols)
        ]
    return facts


def _atoms(task: Task) -> Known:
    polymer = polymers(task.question)[0]
    formula = [structures.formula(polymer)] if task.subtask == "formula" else []
    return atom_facts(polymer, weights=task.subtask in ("molar_mass", "mass_fraction")), formula


def group_list(polymer: Polymer) -> list[str]:
    """Name every group of a repeat unit as often as it occurs."""
    return [GROUPS[name][0] for name, count in groups_of(polymer).items() for _ in range(count) if name in GROUPS]


def _groups(task: Task) -> Known:
    offered = choice_polymers(Question.of(task))
    subjects = [(f"Groups of choice {key}", item) for key, item in offered.items()]
    subjects = subjects or [("Groups of the repeat unit", polymers(task.question)[0])]
    return [Fact(f"{words}, one by one: {', '.join(group_list(item)) or 'none'}", "patterns of groups")
            for words, item in subjects], ()  # fmt: skip


def _counts(task: Task) -> Known:
    polymer, facts = polymers(task.question)[0], []
    for name in counted(task.question.split("Count along")[0]):
        kind, _, item = name.partition(":")
        words = GROUPS[item][0] if kind == "group" else f"atoms of {item}" if kind == "element" else kind
        facts.append(Fact(f"Number of {words}: {structures.count(polymer, name)}", "structure of the repeat unit"))
    return facts, ()


def _masses(task: Task) -> Known:
    offered = choice_polymers(Question.of(task))
    return [Fact(f"Choice {key}, molar mass: {structures.mass(item):.3f} g/mol", "sum of atomic weights")
            for key, item in offered.items()], ()  # fmt: skip


def _values(task: Task) -> Known:
    """The measured or simulated values that the answer has to be worked out from."""
    facts = [Fact(f"{_named(task, item)}, {get_property(item.property).id}: {_amount(item)}", _source(item))
             for item in task.evidence if isinstance(item.value, float | int)]  # fmt: skip
    if task.subtask == "molar_volume":
        mass = structures.mass(polymers(task.question)[0])
        facts.append(Fact(f"The polymer, molar mass of the repeat unit: {mass:.3f} g/mol", "sum of atomic weights"))
    if task.subtask == "upper_bound":
        pair = "/".join(item.property.removeprefix("P_") for item in task.evidence)
        front, power = BOUNDS[pair]
        facts.append(Fact(f"Upper bound: front factor {front:g} Barrer, exponent {power:g}", SOURCE))
    return facts, ()


def _named(task: Task, item: Evidence) -> str:
    letters = [key for key, text in task.choices.items() if text.strip() == item.polymer]
    if letters:
        return f"Choice {letters[0]}"
    order = [found.smiles for found in polymers(task.question)]
    if len(set(order)) > 1 and item.polymer in order:
        return ("The first polymer", "The second polymer")[order.index(item.polymer) > 0]
    return "The polymer"


def _amount(item: Evidence) -> str:
    unit = "" if item.unit == "dimensionless" else f" {item.unit}"
    return f"{float(item.value or 0.0):.6g}{unit}"


def _source(item: Evidence) -> str:
    return "; ".join(text for text in (item.method, item.source) if text) or "table"


def _prediction(task: Task) -> Known:
    """What the models predict for a polymer without having learnt from it, and what it is made of."""
    question = Question.of(task)
    prop, found = asked_property(question), polymers(task.question)
    if prop is None or len(found) != 1:
        return [], ()
    simulated = "molecular dynamics" in task.question
    value, interval = (
        ModelValues().value(found[0], prop.id, simulated=simulated),
        ModelValues().interval(found[0], prop.id),
    )
    groups = Counter(group_list(found[0]))
    listed = ", ".join(f"{name} {count}" for name, count in groups.items()) or "none"
    mass = structures.mass(found[0])
    facts = [
        Fact(f"Groups of the repeat unit: {listed}", "patterns of groups"),
        Fact(f"Molar mass of the repeat unit: {mass:.2f} g/mol", "sum of atomic weights"),
    ]
    for estimated in estimate(found[0], [prop.id] if prop.id in estimable() else []).values():
        said = f"{estimated.value:.4g} {'' if estimated.unit == 'dimensionless' else estimated.unit}".strip()
        facts.append(Fact(f"Estimate of {prop.id} by group contributions: {said}", estimated.source))
    if value is None:
        return facts, ()
    unit = "" if prop.unit == "dimensionless" else f" {prop.unit}"
    spread = f", interval from {interval[0]:.4g}{unit} to {interval[1]:.4g}{unit}" if interval else ""
    facts.append(Fact(f"Predicted {prop.id}: {value:.5g}{unit}{spread}", "model of the property, held out"))
    return facts, ()


def product_of(task: Task) -> Product | None:
    """Find what the monomers of a task polymerise to: by the mechanism and to the chain that it names, if any."""
    small, chains = monomers(task.question), polymers(task.question)
    if not 1 <= len(small) <= 2:
        return None
    products = sorted(react(*small).products, key=lambda item: item.mechanism not in task.question)
    if chains:
        products = [item for item in products if item.polymer == chains[0]]
    return products[0] if products else None


def route_of(task: Task) -> Route | None:
    """Find how the chain of a task is made: by the mechanism that it names, if any."""
    chains = polymers(task.question)
    found = routes(chains[0], 3) if len(chains) == 1 else []
    return next((item for item in found if item.mechanism and item.mechanism in task.question), next(iter(found), None))


def _synthesis(task: Task) -> Known:
    if task.subtask in ("backward", "which_monomers"):
        route = route_of(task)
        if route is None:
            return [], ()
        small = [item.smiles for item in route.monomers]
        facts = [
            Fact(f"The chain is made by {route.mechanism}; {route.by_product or 'nothing'} leaves", "reaction rules")
        ]
        return facts, (".".join(small), " + ".join(small), *small)
    product = product_of(task)
    if product is None:
        return [], ()
    growth = "step growth" if "step_growth" in product.polymerisations else "chain growth or ring opening"
    leaves = product.by_product or "nothing"
    facts = [
        Fact(f"The monomers react by {product.mechanism}, which is {growth}", "reaction rules"),
        Fact(f"In {product.mechanism} this leaves: {leaves}", "reaction rules"),
    ]
    if task.subtask == "mass_of_product":
        facts += atom_facts(product.polymer, weights=True)
    return facts, (product.polymer.smiles,)


@lru_cache(maxsize=1)
def _agent() -> RuleAgent:
    return RuleAgent()


def _lookup(task: Task) -> Known:
    """What the tools answer where a thing has only to be looked up; their answer, and not the exam's."""
    answer = _agent().answer(Question.of(task)).final_answer
    if answer is None:
        return [], ()
    said = f"{float(answer):g} {task.unit}".strip() if isinstance(answer, float | int) and not isinstance(
        answer, bool
    ) else shown(answer["value"] if isinstance(answer, dict) else answer)  # fmt: skip
    text = task.choices.get(said, said)
    words = " ".join(task.question.split("Count along")[0].split())
    return [Fact(f"Looked up: {words} {text}", "handbook, vocabulary and rules of the tools")], ()


def _unreadable(task: Task) -> Known:
    broken = unreadable(task.question)
    if broken is None:
        return [], ()
    return [Fact(f"The structure cannot be read: {broken.code.replace('_', ' ')}", "structure gate")], (broken.text,)


def _nothing(task: Task) -> Known:
    del task
    return [], ()


_MAKERS: Final[dict[str, Callable[[Task], Known]]] = {
    "atoms": _atoms,
    "groups": _groups,
    "counts": _counts,
    "masses": _masses,
    "values": _values,
    "prediction": _prediction,
    "synthesis": _synthesis,
    "lookup": _lookup,
    "conversion": _nothing,
    "unreadable": _unreadable,
}


def hides_answer(task: Task, profile: Profile) -> bool:
    """Say whether a profile keeps the answer to itself; a look-up need not.

    Parameters
    ----------
    task : Task
        The task.
    profile : Profile
        Its profile.
    """
    answer = gold_text(task)
    if profile.family in ("lookup", "groups") or not answer or len(answer) < 4:
        return True
    return not any(answer in fact.text for fact in profile.facts)
