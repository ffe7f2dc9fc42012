"""The rule planner: a spec is split into sub-questions, before anything is read."""

from __future__ import annotations

from itertools import combinations

from agent.numbers import show
from agent.state import Plan, SubQuestion
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint

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


def describe_constraint(constraint: Constraint) -> str:
    """Put a property constraint into words.

    Parameters
    ----------
    constraint : Constraint
        The constraint.

    Returns
    -------
    str
        Such as "glass transition temperature above 250 °C".
    """
    prop = get_property(constraint.property)
    unit = constraint.given_unit
    low = show(constraint.lower, prop.id, unit) if constraint.lower is not None else ""
    high = show(constraint.upper, prop.id, unit) if constraint.upper is not None else ""
    words = {
        ">": f"above {low}", ">=": f"at least {low}", "<": f"below {high}", "<=": f"at most {high}",
        "between": f"between {low} and {high}", "around": f"between {low} and {high}",
        "maximise": "as high as possible", "minimise": "as low as possible",
    }[constraint.operator]  # fmt: skip
    conditions = "".join(f", {key} {text}" for key, text in constraint.conditions.items())
    return f"{prop.name} {words}{conditions}"


def describe_structure(constraint: StructuralConstraint) -> str:
    """Put a structural constraint into words.

    Parameters
    ----------
    constraint : StructuralConstraint
        The constraint.

    Returns
    -------
    str
        Such as "no element F".
    """
    name = constraint.name.replace("_", " ")
    if constraint.kind == "novelty":
        return "not a polymer that is already known"
    if constraint.kind == "count":
        low, high = constraint.lower, constraint.upper
        if low is not None and high is not None:
            amount = f"{low:g}" if low == high else f"{low:g} to {high:g}"
        elif low is not None:
            amount = f"at least {low:g}"
        else:
            amount = f"at most {high:g}"
        return f"{amount} {name} per repeat unit"
    lead = {"class": "is a", "polymerisation": "made by"}.get(constraint.kind, "contains")
    if not constraint.required:
        lead = {"class": "is not a", "polymerisation": "not made by"}.get(constraint.kind, "no")
    label = f"element {constraint.name}" if constraint.kind == "element" else name
    return f"{lead} {label}"


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


def make_plan(spec: DesignSpec) -> Plan:
    """Split a spec into sub-questions.

    Parameters
    ----------
    spec : DesignSpec
        The brief as understood.

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
            tools=("check_physics",),
        )
    )
    return Plan(questions=tuple(questions))
