"""Specs for the benchmark of the search: feasible by construction, or infeasible for a stated reason.

A feasible spec is made of a seed polymer: an experimentally known one, or one of a virtual list. Two to six properties
are bounded so that the seed's own predictions meet them, with a margin in standard deviations, and up to two
structural constraints are taken from its structure. The share of a reference pool that meets a spec says how hard it
is. The seed is excluded from what any method may start from or return; at least one other polymer of the pool meets the
spec, so that a feasible answer remains.

An infeasible spec asks for a value that no prediction of the reference pool comes near, for two properties that exclude
each other (the pool has nothing within several standard deviations), or for a structure that contradicts itself.
"""

from __future__ import annotations

import csv
import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.chemistry.classes import classes_of
from tools.chemistry.groups import groups_of
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.core.spec import Constraint, DesignSpec, StructuralConstraint
from tools.design.candidate import Candidate
from tools.design.screen import Screen
from tools.design.structure import elements_of, violated
from tools.properties.predict import PredictionTable, predict_table
from tools.synthesis.retro import routes

PROPERTIES = (
    "Tg", "Tm", "density", "refractive_index", "dielectric_constant", "band_gap", "P_O2", "P_CO2", "P_N2",
    "selectivity_CO2_CH4", "thermal_conductivity", "bulk_modulus", "cte", "heat_capacity",
)  # fmt: skip
MARGINS = {"easy": 1.0, "medium": 0.5, "hard": 0.15}


@dataclass(frozen=True)
class Case:
    """A spec with what is known about it.

    Attributes
    ----------
    name : str
        Number and kind.
    spec : DesignSpec
        The constraints.
    seed : str
        Key of the polymer that meets it; empty for infeasible ones.
    share : float
        Share of the reference pool that meets it.
    reason : str
        How infeasibility is known; empty for feasible ones.
    """

    name: str
    spec: DesignSpec
    seed: str
    share: float
    reason: str = ""


class Pool:
    """Reference polymers with all predictions.

    Parameters
    ----------
    data : Path
        Folder with ``experimental.csv`` and ``virtual_smipoly_2star.csv.gz``.
    size : int
        Polymers of each of the two lists.
    seed : int
        Seed of the sample.
    """

    def __init__(self, data: Path, size: int, seed: int) -> None:
        rng = random.Random(seed)
        with (data / "experimental.csv").open(encoding="utf-8") as file:
            known = sorted({row["smiles"] for row in csv.DictReader(file)})
        with gzip.open(data / "virtual_smipoly_2star.csv.gz", "rt", encoding="utf-8") as file:
            virtual = [line.split(",", 1)[0] for number, line in enumerate(file) if number and number % 7 == 0]
        units = rng.sample(known, size) + rng.sample(virtual, size)
        self.polymers: list[Polymer] = []
        for unit in dict.fromkeys(units):
            try:
                polymer = Polymer.from_smiles(unit)
            except PolysmithError:  # some records are no linear repeat units
                continue
            if polymer.mol.GetNumHeavyAtoms() <= 60:
                self.polymers.append(polymer)
        self.polymers = list(dict.fromkeys(self.polymers))
        self.table: PredictionTable = predict_table(self.polymers, PROPERTIES)

    def scored(self, spec: DesignSpec) -> np.ndarray:
        """Return the distance of every polymer from the property constraints [n], in standard deviations."""
        return np.array(
            [item.violation for item in self._screen(spec).score([Candidate(p, "") for p in self.polymers])]
        )

    def _screen(self, spec: DesignSpec) -> Screen:
        screen = Screen(spec)
        models = screen.models
        whole = type(models)(lambda polymers, names: self.table, models.joint, models.known)
        return Screen(spec, whole)

    def share(self, spec: DesignSpec) -> float:
        """Return the share of the pool that meets properties and structure."""
        near = [p for p, d in zip(self.polymers, self.scored(spec), strict=True) if d == 0]
        return sum(not violated(p, spec.structure) for p in near) / len(self.polymers)


def constraint(name: str, low: float | None, high: float | None) -> Constraint:
    """Bound a property in its canonical unit."""
    operator = "between" if low is not None and high is not None else ">=" if low is not None else "<="
    return Constraint(property=name, operator=operator, lower=low, upper=high, unit=get_property(name).unit)


def _bound(pool: Pool, row: int, name: str, margin: float, rng: random.Random) -> Constraint:
    """Bound a property so that the seed's prediction meets it with a margin, on the side where the seed is unusual."""
    column = pool.table.columns[name]
    centre, sd = float(column.centre[row]), float(column.sd[row])
    low, high = centre - margin * sd, centre + margin * sd
    if rng.random() < 0.15:
        low, high = centre - (1.2 + margin) * sd, centre + (1.2 + margin) * sd
    elif float(np.mean(column.centre < centre)) >= 0.5:
        high = np.inf
    else:
        low = -np.inf
    if column.log:
        low, high = 10.0**low, 10.0**high
    bounds = [float(f"{value:.6g}") if np.isfinite(value) and value != 0 else None for value in (low, high)]
    return constraint(name, *bounds)


def _structure(polymer: Polymer, rng: random.Random) -> tuple[StructuralConstraint, ...]:
    found: list[StructuralConstraint] = []
    if rng.random() < 0.5 and "F" not in elements_of(polymer):
        found.append(StructuralConstraint(kind="element", name="F", required=False))
    groups = sorted(name for name, count in groups_of(polymer).items() if count)
    absent = sorted({"ester", "amide", "nitrile", "sulfone", "imide", "urethane"} - set(groups))
    choice = rng.random()
    if choice < 0.25 and groups:
        found.append(StructuralConstraint(kind="group", name=rng.choice(groups)))
    elif choice < 0.45 and absent:
        found.append(StructuralConstraint(kind="group", name=rng.choice(absent), required=False))
    elif choice < 0.6 and classes_of(polymer):
        found.append(StructuralConstraint(kind="class", name=rng.choice(sorted(classes_of(polymer)))))
    elif choice < 0.75:
        ways = routes(polymer, 1)
        if ways and ways[0].polymerisations:
            found.append(StructuralConstraint(kind="polymerisation", name=rng.choice(sorted(ways[0].polymerisations))))
    return tuple(found)


def feasible_cases(pool: Pool, number: int, seed: int) -> list[Case]:
    """Make specs whose seed polymer meets them, a third of each of three degrees of tightness."""
    rng = random.Random(seed)
    cases: list[Case] = []
    kinds = list(MARGINS)
    while len(cases) < number:
        kind = kinds[len(cases) % 3]
        row = rng.randrange(len(pool.polymers))
        polymer = pool.polymers[row]
        names = rng.sample(PROPERTIES, rng.randint(2, 3) if kind == "easy" else rng.randint(3, 6))
        bounds = tuple(_bound(pool, row, name, MARGINS[kind], rng) for name in names)
        spec = DesignSpec(brief="", constraints=bounds, structure=_structure(polymer, rng))
        if pool.scored(spec)[row] > 0 or violated(polymer, spec.structure):
            continue
        share = pool.share(spec)
        if round(share * len(pool.polymers)) < 2:
            continue
        if share <= {"easy": 1.0, "medium": 0.02, "hard": 0.003}[kind]:
            cases.append(Case(f"{len(cases) + 1:02d} {kind}", spec, polymer.key, share))
    return cases


_IMPOSSIBLE: tuple[tuple[str, Sequence[tuple[str, float | None, float | None]]], ...] = (
    ("no polymer is stable at such a glass transition", (("Tg", 1000.0, None), ("density", None, 1.3))),
    ("less dense than any solid polymer", (("density", None, 0.55), ("Tg", 350.0, None))),
    ("a refractive index as high as silicon carbide", (("refractive_index", 2.6, None), ("Tg", 300.0, None))),
    ("more permeable than any membrane", (("P_O2", 1e7, None), ("Tg", 400.0, None))),
    ("O2 and N2 permeabilities go together", (("P_O2", 2000.0, None), ("P_N2", None, 0.05))),
    ("CO2 and O2 permeabilities go together", (("P_CO2", None, 0.5), ("P_O2", 500.0, None))),
    ("a polymer melts above its glass transition", (("Tg", 600.0, None), ("Tm", None, 330.0))),
    ("a large gap needs saturated chains of low index", (("band_gap", 8.0, None), ("refractive_index", 1.72, None))),
    ("dense chains have little free volume", (("density", 1.7, None), ("P_CO2", 20000.0, None))),
    ("large gaps belong to saturated, flexible chains", (("band_gap", 8.5, None), ("Tg", 700.0, None))),
)
_CONTRADICTIONS: tuple[tuple[str, tuple[StructuralConstraint, ...]], ...] = (
    (
        "an amide has nitrogen",
        (
            StructuralConstraint(kind="group", name="amide"),
            StructuralConstraint(kind="element", name="N", required=False),
        ),
    ),
    (
        "a polysiloxane has silicon",
        (
            StructuralConstraint(kind="class", name="polysiloxane"),
            StructuralConstraint(kind="element", name="Si", required=False),
        ),
    ),
    (
        "a polyester has an ester group",
        (
            StructuralConstraint(kind="class", name="polyester"),
            StructuralConstraint(kind="group", name="ester", required=False),
        ),
    ),
)


def infeasible_cases(pool: Pool) -> list[Case]:
    """Make specs that nothing can meet; the distance of the nearest polymer of the pool is stated."""
    cases = []
    for reason, rows in _IMPOSSIBLE:
        spec = DesignSpec(brief="", constraints=tuple(constraint(*row) for row in rows))
        nearest = float(pool.scored(spec).min())
        text = f"{reason}; the nearest of {len(pool.polymers)} reference polymers misses by {nearest:.1f} sd"
        cases.append(Case(f"{len(cases) + 1:02d} infeasible", spec, "", 0.0, text))
    for reason, structure in _CONTRADICTIONS:
        spec = DesignSpec(brief="", constraints=(constraint("Tg", 300.0, None),), structure=structure)
        cases.append(Case(f"{len(cases) + 1:02d} infeasible", spec, "", pool.share(spec), reason))
    return cases
