"""Simulating the finalists where a requirement can only be judged by physics."""

from __future__ import annotations

import math
from statistics import NormalDist

from agent.deps import Deps
from agent.evidence import Claim, Derived, Ledger
from agent.experiments import next_experiments
from agent.finalists import bounded, property_check
from agent.nodes.assess import overview
from agent.numbers import show_value
from agent.report.model import Check, Finalist
from agent.state import Plan, RunState
from tools.core import sandbox
from tools.core.errors import BudgetError, PolysmithError, RunHeld
from tools.core.evidence import Value
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec
from tools.simulation.checks import deviation
from tools.simulation.choose import SECONDS, Simulation, choose, perform

_Z90 = NormalDist().inv_cdf(0.95)
_TIME_UP = BudgetError("the run's seconds were used up.")
_FAR = 1.96  # standard deviations: 95 % of a normal distribution


def chance_of(constraint: Constraint, value: Value) -> float | None:
    """Return the chance that a simulated value meets a constraint, its interval read as log-normal.

    Parameters
    ----------
    constraint : Constraint
        With a lower or an upper bound.
    value : Value
        With a 90 % interval.

    Returns
    -------
    float or None
        0 to 1; None without bounds or without an interval.
    """
    if not bounded(constraint) or value.value <= 0 or not value.lower or value.lower <= 0:
        return None
    # an open upper end means that some draws never reach the event; the lower end then tells the spread
    upper = value.upper if value.upper is not None else value.value**2 / value.lower
    spread = NormalDist(math.log(value.value), max(math.log(upper / value.lower) / (2 * _Z90), 1e-6))
    low = spread.cdf(math.log(constraint.lower)) if constraint.lower is not None and constraint.lower > 0 else 0.0
    high = 1.0 if constraint.upper is None else 0.0
    if constraint.upper is not None and constraint.upper > 0:
        high = spread.cdf(math.log(constraint.upper))
    return max(0.0, high - low)


def _simulated(finalist: Finalist, simulation: Simulation, seed: int) -> dict[str, Value] | PolysmithError:
    arguments = (finalist.smiles, simulation.engine, simulation.conditions, seed)
    try:
        if simulation.engine == "quantum":  # starts a worker for every oligomer itself
            return perform(*arguments)
        found: dict[str, Value] = sandbox.run(
            "tools.simulation.choose:perform", *arguments, seconds=SECONDS[simulation.engine]
        )
    except RunHeld:
        raise
    except PolysmithError as error:
        return error
    return found


def _checked(
    finalist: Finalist, spec: DesignSpec, simulation: Simulation, found: dict[str, Value] | PolysmithError,
    ledger: Ledger,
) -> Finalist:  # fmt: skip
    """Replace the checks of requirements that had no value, and say what was simulated."""
    checks: list[Check] = []
    for place, check in enumerate(finalist.checks):
        constraint = spec.constraints[place] if place < len(spec.constraints) else None
        if constraint is None or check.value or check.property not in simulation.properties:
            checks.append(check)
        elif isinstance(found, PolysmithError):
            checks.append(check.model_copy(update={"note": f"cannot be simulated: {found.message}"}))
        elif constraint.property in found:
            value = found[constraint.property]
            checks.append(property_check(constraint, value, chance_of(constraint, value), ledger))
        else:
            met = constraint.upper is None and constraint.lower is not None
            note = "does not ignite in the simulated test" + ("; that meets the requirement" if met else "")
            checks.append(check.model_copy(update={"note": note}))
    claims = () if isinstance(found, PolysmithError) else _claims(finalist, found, simulation, ledger)
    return finalist.model_copy(update={"checks": tuple(checks), "findings": (*finalist.findings, *claims)})


def _with_chance(finalist: Finalist, ledger: Ledger) -> Finalist:
    """Let the chances of simulated hard requirements count in the chance to meet all."""
    chances = [
        check.chance
        for check in finalist.checks
        if check.hard and check.chance and check.value and ledger.values[check.value].kind == "simulated"
    ]
    if not chances:
        return finalist
    share = ledger.derived[finalist.chance].value * math.prod(ledger.derived[key].value / 100.0 for key in chances)
    every = Derived(
        name="chance to meet all hard limits",
        value=round(share, 1),
        unit="percent",
        method="chance by the models, times those of simulated requirements taken as independent",
        inputs=(finalist.chance, *chances),
    )
    return finalist.model_copy(update={"chance": ledger.add_derived(every)})


def _claims(finalist: Finalist, found: dict[str, Value], simulation: Simulation, ledger: Ledger) -> tuple[Claim, ...]:
    claims = []
    for name in simulation.properties:
        if name not in found:
            continue
        value, label = found[name], get_property(name).name
        entered = ledger.add_value(value)
        text = f"Simulated {label}: {show_value(value)}"
        if name in finalist.predictions:
            predicted = ledger.values[finalist.predictions[name]]
            text += f"; predicted: {show_value(predicted)}. {_verdict(predicted, value)}"
            claims.append(Claim(text=text, values=(entered, finalist.predictions[name]), names=(label,)))
        else:
            text += ", with parameters estimated from the structure."
            claims.append(Claim(text=text, values=(entered,), names=(label,)))
    return tuple(claims)


def _verdict(predicted: Value, simulated: Value) -> str:
    """Say whether two values agree within their joint uncertainty."""
    spreads = deviation(predicted), deviation(simulated)
    if None in spreads:
        return "One of them has no interval to compare with."
    joint = math.hypot(*(spread for spread in spreads if spread is not None))
    if abs(predicted.value - simulated.value) > _FAR * joint:
        return "They disagree beyond their joint uncertainty: trust neither without a measurement."
    return "They agree within their joint uncertainty."


def _chance(finalist: Finalist, ledger: Ledger) -> float:
    return ledger.derived[finalist.chance].value


def simulate(state: RunState, deps: Deps) -> RunState:
    """Run what ``choose`` picks for the finalists, each in a killable worker.

    Parameters
    ----------
    state : RunState
        State of the run.
    deps : Deps
        Run folder with ``assessment.json``.

    Returns
    -------
    RunState
        Artefact with the simulated values entered; the assessment itself if nothing is worth simulating.
    """
    spec = DesignSpec.model_validate(deps.folder.load("spec"))
    chosen = choose(spec.constraints, deps.settings.simulate)
    if not chosen:
        return {"simulated": state["assessed"]}
    assessment = deps.folder.load("assessment")
    ledger = Ledger.model_validate(assessment["ledger"])
    finalists = [Finalist.model_validate(item) for item in assessment["finalists"]]
    skipped = 0
    for simulation in chosen:
        assumed = f"; assumed: {simulation.assumed}" if simulation.assumed else ""
        deps.folder.event("progress", text=f"simulating {len(finalists)} finalists: {simulation.reason}{assumed}")
        done = []
        for item in finalists:
            deps.heed()
            found = _TIME_UP if deps.late() else _simulated(item, simulation, deps.settings.seed)
            skipped += found is _TIME_UP
            done.append(_checked(item, spec, simulation, found, ledger))
        finalists = done
    ranked = sorted((_with_chance(item, ledger) for item in finalists), key=lambda f: (-_chance(f, ledger), f.rank))
    ranked = [item.model_copy(update={"rank": rank}) for rank, item in enumerate(ranked, 1)]
    plan = Plan.model_validate(deps.folder.load("plan"))
    artefact = {
        **assessment,
        **overview(ranked, plan, deps.folder.load(state["generated"]), state["pool"], ledger),
        "experiments": [item.model_dump(mode="json") for item in next_experiments(ranked, ledger)],
        "ledger": ledger.model_dump(mode="json"),
    }
    update: RunState = {"simulated": deps.folder.save("simulated", artefact)}
    if skipped:
        update["cut"] = [*state.get("cut", []), f"{skipped} simulations of finalists were left out"]
    return update
