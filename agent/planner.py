"""The rule planner: a spec is split into sub-questions, before anything is read."""

from __future__ import annotations

from itertools import combinations

from agent.state import Plan, Skill, SubQuestion
from agent.wording import describe_constraint, describe_structure
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.simulation.choose import choose

_SIMULATORS = {"cone": "simulate_fire", "quantum": "simulate_gap"}
# Tools of a question that a language model asks, by its skill. None of them writes, reaches out, or takes part in the
# search for candidates, which the graph does itself.
_SKILL_TOOLS: dict[Skill, tuple[str, ...]] = {
    "property": ("search_literature", "known_polymers", "predict_properties", "explain_prediction", "rank_solvents"),
    "structure": ("search_literature", "known_polymers", "identify_polymer"),
    "trade-off": ("search_literature", "known_polymers", "predict_properties"),
    "design": ("known_polymers", "predict_properties", "predict_copolymer"),
    "synthesis": ("find_routes", "assess_feasibility"),
    "physics": ("check_physics", "explain_prediction"),
}
# Pairs of properties that pull against one another when both are asked for, with the words to search for.
# Only the pairing is stated here; what the trade-off is comes from passages and from the candidates themselves.
_TRADE_OFFS: dict[frozenset[str], str] = {
    frozenset(
        ("Tg", "dielectric_constant")
    ): "low dielectric constant and high glass transition temperature free volume polyimide",
    frozenset(("Tg", "refractive_index")): "refractive index polarizability and chain stiffness",
    frozenset(("dielectric_constant", "band_gap")): "dielectric constant versus band gap of polymers",
    frozenset(("dielectric_constant", "refractive_index")): "refractive index squared and dielectric constant",
    frozenset(("refractive_index", "band_gap")): "refractive index versus band gap colour transparency",
    frozenset(("Tg", "Tm")): "ratio of glass transition and melting temperature symmetry",
    frozenset(("Tg", "density")): "chain packing free volume and glass transition temperature",
}


def tools_for(skill: Skill, spec: DesignSpec, simulate: int = 1) -> tuple[str, ...]:
    """Return the tools of a question that a language model asks.

    Parameters
    ----------
    skill : str
        Which skill the question needs.
    spec : DesignSpec
        The brief as understood: only what it asks for is simulated.
    simulate : int
        How much may be simulated, as in the settings.

    Returns
    -------
    tuple of str
        Tool names.
    """
    return (*_SKILL_TOOLS[skill], *(_simulators(spec, simulate) if skill == "physics" else ()))


def _simulators(spec: DesignSpec, simulate: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_SIMULATORS[item.engine] for item in choose(spec.constraints, simulate)))


def _property_question(number: int, position: int, constraint: Constraint) -> SubQuestion:
    prop = get_property(constraint.property)
    return SubQuestion(
        id=f"Q{number}",
        text=f"Which structures give a {describe_constraint(constraint)}, and which known polymers come closest?",
        skill="property",
        tools=("search_literature", "known_polymers"),
        constraints=(position,),
        query=f"what determines the {prop.name} of polymers",
    )


def _structure_question(number: int, spec: DesignSpec) -> SubQuestion:
    wishes = "; ".join(describe_structure(item) for item in spec.structure)
    makes = [item.name for item in spec.structure if item.kind in {"polymerisation", "class"} and item.required]
    return SubQuestion(
        id=f"Q{number}",
        text=f"Which chemistry satisfies the structural requirements ({wishes})?",
        skill="structure",
        tools=("search_literature", "known_polymers"),
        query=" ".join(name.replace("_", " ") for name in makes) or wishes,
    )


def trade_off_pairs(spec: DesignSpec) -> list[tuple[int, int, str]]:
    """Find pairs of constraints that are known to pull against one another.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.

    Returns
    -------
    list of (int, int, str)
        Positions of both constraints and what to search for.
    """
    pairs = []
    for first, second in combinations(range(len(spec.constraints)), 2):
        names = (spec.constraints[first].property, spec.constraints[second].property)
        query = _TRADE_OFFS.get(frozenset(names), "")
        transport = [name for name in names if name.startswith(("P_", "selectivity_"))]
        if len(transport) == 2 and names[0] != names[1]:
            query = "permeability selectivity trade-off upper bound of membranes"
        elif len(transport) == 1 and "Tg" in names:
            query = "gas permeability free volume and chain stiffness"
        if query:
            pairs.append((first, second, query))
    return pairs


def make_plan(spec: DesignSpec, simulate: int = 1) -> Plan:
    """Split a spec into sub-questions.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.
    simulate : int
        How much may be simulated, as in the settings.

    Returns
    -------
    Plan
        Sub-questions in an order that respects their dependencies; their tools are the allow-list of the run.
    """
    questions: list[SubQuestion] = []
    for position, constraint in enumerate(spec.constraints):
        questions.append(_property_question(len(questions) + 1, position, constraint))
    if spec.structure:
        questions.append(_structure_question(len(questions) + 1, spec))
    by_position = {question.constraints[0]: question.id for question in questions if question.constraints}
    for first, second, query in trade_off_pairs(spec):
        a, b = (get_property(spec.constraints[position].property).name for position in (first, second))
        questions.append(
            SubQuestion(
                id=f"Q{len(questions) + 1}",
                text=f"How do {a} and {b} trade off against each other?",
                skill="trade-off",
                depends_on=(by_position[first], by_position[second]),
                tools=("search_literature",),
                constraints=(first, second),
                query=query,
            )
        )
    basis = tuple(question.id for question in questions)
    design = f"Q{len(questions) + 1}"
    questions.append(
        SubQuestion(
            id=design,
            text="Which repeat units are likely to meet all requirements at once?",
            skill="design",
            depends_on=basis,
            tools=("known_polymers", "search_candidates", "predict_properties"),
        )
    )
    questions.append(
        SubQuestion(
            id=f"Q{len(questions) + 1}",
            text="How would the best candidates be made?",
            skill="synthesis",
            depends_on=(design,),
            tools=("find_routes", "assess_feasibility"),
        )
    )
    questions.append(
        SubQuestion(
            id=f"Q{len(questions) + 1}",
            text="Do the predictions agree with one another and with simple physics?",
            skill="physics",
            depends_on=(design,),
            tools=("check_physics", *_simulators(spec, simulate)),
        )
    )
    return Plan(questions=tuple(questions))
