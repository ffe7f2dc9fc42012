"""Why a prediction is what it is: nearest known polymers, the model's error among them, and what each part does.

The effect of a part is the difference between two predictions of the same model, for two chains that can both be
written down: the chain, and the chain with the part exchanged for its stand-in (see ``tools.chemistry.parts``). This
asks the model the question that a chemist asks of a matched pair, and needs nothing of the model but its predictions.
Effects are what the model has learnt, not causes; they need not add up to the prediction, because parts act together.

Similarity maps take atoms out of a fingerprint (Riniker and Landrum, J. Cheminform. 2013, 5, 43), which describes no
molecule; the robustness of colouring by such changes was studied by Sheridan (J. Chem. Inf. Model. 2019, 59, 1324).
Changed molecules as explanations of any model: Wellawatte, Seshadri and White, Chem. Sci. 2022, 13, 3697.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from tools.chemistry.names import name_of
from tools.chemistry.parts import Part, parts_of
from tools.core.errors import InputError
from tools.core.evidence import MeasuredNeighbour
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties import domain
from tools.properties.artefacts import SHIPPED, library
from tools.properties.explanation import Effect, Explanation, KnownNeighbour, Neighbourhood, effect_text
from tools.properties.neighbours import nearest_measured
from tools.properties.predict import COVERAGE, Column, predict_table, values

MAX_NEIGHBOURS = 20
_DIGITS = 4  # decimals kept of an effect; predictions carry six significant digits


def explain(
    polymer: Polymer,
    property: str,  # noqa: A002 - the word that every value and constraint uses
    *,
    neighbours: int = 5,
    coverage: float = COVERAGE,
    folder: Path = SHIPPED,
) -> Explanation:
    """Explain the prediction of a property.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    property : str
        Property id, name or symbol.
    neighbours : int
        Nearest known polymers to list, 0 to 20; the neighbourhood's error is always taken over the same number.
    coverage : float
        Nominal coverage of the intervals.
    folder : Path
        Artefact folder.

    Returns
    -------
    Explanation
        The same for every way of writing the chain.

    Raises
    ------
    UnknownNameError
        If the property is unknown or has no model.
    InputError
        If ``neighbours`` is out of range.
    """
    if not 0 <= neighbours <= MAX_NEIGHBOURS:
        raise InputError(f"{neighbours} neighbours cannot be shown.", hint=f"Ask for 0 to {MAX_NEIGHBOURS}.")
    name = get_property(property).id
    library(folder).model(name)  # an unknown name is refused before any work
    parts = parts_of(polymer)
    chains = dict.fromkeys([polymer, *(chain for part in parts for chain in (part.before, part.after) if chain)])
    table = predict_table(list(chains), [name], tier="accurate", coverage=coverage, folder=folder)
    column = table.columns[name]
    row = {chain: place for place, chain in enumerate(chains)}
    effects = _effects(parts, column, row, _known_labels(name, folder))
    return Explanation(
        smiles=polymer.smiles,
        name=name_of(polymer) or "",
        prediction=values(table)[0][name],
        log=column.log,
        neighbourhood=_neighbourhood(polymer, name, neighbours, folder),
        effects=tuple(sorted(effects, key=lambda item: (-abs(item.effect), item.atoms))),
        not_assessed=tuple(dict.fromkeys(part.name for part in parts if part.before is None or part.after is None)),
    )


def _effects(parts: tuple[Part, ...], column: Column, row: dict[Polymer, int], known: dict[str, float]) -> list[Effect]:
    """Compare predictions; parts that give the same two chains are one effect that occurs several times."""
    alike: dict[tuple[str, Polymer, Polymer], list[Part]] = {}
    for part in parts:
        if part.before is not None and part.after is not None and part.before != part.after:
            alike.setdefault((part.fragment, part.before, part.after), []).append(part)
    found = []
    for (fragment, before, after), same in alike.items():
        one, other = row[before], row[after]
        effect = round(float(column.centre[one] - column.centre[other]), _DIGITS)
        both_known = before.unit in known and after.unit in known
        found.append(
            Effect(
                name=same[0].name,
                fragment=fragment,
                place=same[0].place,
                stand_in=same[0].stand_in,
                count=len(same),
                atoms=tuple(sorted(atom for part in same for atom in part.atoms)),
                effect=effect,
                text=effect_text(effect, column.property, log=column.log),
                before=before.smiles,
                after=after.smiles,
                before_value=float(column.mean[one]),
                after_value=float(column.mean[other]),
                in_domain=bool(column.in_domain[one] and column.in_domain[other]),
                within_interval=bool(column.lower[one] <= column.mean[other] <= column.upper[one]),
                known_effect=round(known[before.unit] - known[after.unit], _DIGITS) if both_known else None,
            )
        )
    return found


def _neighbourhood(polymer: Polymer, name: str, shown: int, folder: Path) -> Neighbourhood:
    model = library(folder).model(name)
    place = _places(name, folder)
    nearest = nearest_measured(polymer, name, max(shown, domain.NEIGHBOURS), folder=folder)
    index = [place[Polymer.from_smiles(near.smiles).unit] for near in nearest]
    held_out = model.labels - model.residuals
    errors = np.array([abs(model.residuals[item]) for item in index[: domain.NEIGHBOURS]])
    error, overall = float(errors.mean()), float(model.unit)
    unit = get_property(name).unit
    listed = [
        _known_neighbour(near, float(10.0 ** held_out[item] if model.log else held_out[item]))
        for near, item in zip(nearest[:shown], index, strict=False)
    ]
    return Neighbourhood(
        nearest=tuple(listed),
        count=len(errors),
        error=float(f"{10.0**error if model.log else error:.4g}"),
        overall=float(f"{10.0**overall if model.log else overall:.4g}"),
        unit="factor" if model.log else unit,
        known=polymer.unit in place,
    )


def _known_neighbour(near: MeasuredNeighbour, held_out: float) -> KnownNeighbour:
    return KnownNeighbour(
        smiles=near.smiles,
        name=near.name,
        similarity=near.similarity,
        value=near.value,
        held_out=float(f"{held_out:.5g}"),
    )


@lru_cache(maxsize=64)
def _places(name: str, folder: Path) -> dict[str, int]:
    """Place of each known polymer among a model's labels, by its smallest unit."""
    found = library(folder)
    units = found.structures[0]
    return {units[row]: place for place, row in enumerate(found.model(name).rows)}


def _known_labels(name: str, folder: Path) -> dict[str, float]:
    """Known value in model space, by smallest unit."""
    labels = library(folder).model(name).labels
    return {unit: float(labels[place]) for unit, place in _places(name, folder).items()}
