"""Additive models: a property as an offset plus a sum over the groups of a repeat unit, with measured intervals.

Fitted by ``finetune/physics/additive.py``; each artefact has a card with its data, command and cross-validated errors.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from tools.core.cards import Card, load_card
from tools.core.errors import ArtefactError, NotCoveredError
from tools.simulation.chain import ChainUnit
from tools.simulation.groups import count_groups
from tools.simulation.refraction import crippen_refraction
from tools.simulation.vdw import unit_volume

ARTEFACTS = Path(__file__).parent / "artefacts"
MODEL_FILE = "model.json"

Basis = Literal["atom", "mass"]
Offset = Literal["none", "vdw", "crippen"]


class AdditiveModel(BaseModel):
    """Coefficients of one additive model.

    Attributes
    ----------
    id : str
        Id of the card.
    quantity : str
        What is computed: a property id, or "specific_volume" (cm3/g) or "specific_refraction" (cm3/g).
    basis : {"atom", "mass"}
        Group counts are divided by the number of heavy atoms, or by the molar mass in g/mol.
    offset : {"none", "vdw", "crippen"}
        Physical quantity, per mass, that the sum corrects.
    scale : float
        Factor of the offset.
    intercept : float
        Constant term.
    coefficients : dict of str to float
        Contribution per group, levels 1 and 2.
    residual : dict of str to tuple of float
        5 % and 95 % quantiles of the cross-validated residuals, "in" and "out" of the domain.
    """

    model_config = ConfigDict(frozen=True)

    id: str
    quantity: str
    basis: Basis
    offset: Offset
    scale: float
    intercept: float
    coefficients: dict[str, float]
    residual: dict[str, tuple[float, float]]


@dataclass(frozen=True)
class Estimate:
    """Result of an additive model.

    Attributes
    ----------
    value, lower, upper : float
        Value and 90 % interval, in the unit of the quantity.
    in_domain : bool
        True if every level-2 group of the unit was in the training data.
    source : str
        Card id.
    """

    value: float
    lower: float
    upper: float
    in_domain: bool
    source: str


def offset_of(kind: Offset, unit: ChainUnit) -> float:
    """Compute the physical offset of a repeat unit.

    Parameters
    ----------
    kind : {"none", "vdw", "crippen"}
        Which one.
    unit : ChainUnit
        The repeat unit.

    Returns
    -------
    float
        Per mass, cm3/g; 0 for "none".

    Raises
    ------
    NotCoveredError
        If an element has no contribution.
    """
    if kind == "vdw":
        return unit_volume(unit).specific
    if kind == "crippen":
        return crippen_refraction(unit) / unit.mass
    return 0.0


def evaluate(model: AdditiveModel, unit: ChainUnit) -> Estimate:
    """Apply a model to a repeat unit.

    Parameters
    ----------
    model : AdditiveModel
        The model.
    unit : ChainUnit
        The repeat unit in its chain.

    Returns
    -------
    Estimate
        Value with its interval.

    Raises
    ------
    NotCoveredError
        If an atom belongs to no level-1 group of the model; the message names those groups.
    """
    groups, environments = count_groups(unit)
    unknown = sorted(group for group in groups if group not in model.coefficients)
    if unknown:
        raise NotCoveredError(f"{model.id} has no contribution for {', '.join(unknown)}.")
    size = unit.heavy if model.basis == "atom" else unit.mass
    total = sum(count * model.coefficients.get(name, 0.0) for name, count in sorted((groups + environments).items()))
    value = model.intercept + model.scale * offset_of(model.offset, unit) + total / size
    inside = all(name in model.coefficients for name in environments)
    low, high = model.residual["in" if inside else "out"]
    return Estimate(value, value + low, value + high, inside, model.id)


@lru_cache(maxsize=32)
def load_model(name: str) -> tuple[AdditiveModel, Card]:
    """Load a shipped model after checking its hash.

    Parameters
    ----------
    name : str
        Artefact id, such as ``"gc-tg-1"``.

    Returns
    -------
    AdditiveModel
        The coefficients.
    Card
        Its card.

    Raises
    ------
    ArtefactError
        If the card or file is missing, changed or malformed.
    """
    folder = ARTEFACTS / name
    card = load_card(folder)
    return read_model(folder / MODEL_FILE), card


def read_model(path: Path) -> AdditiveModel:
    """Read coefficients from a JSON file.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    AdditiveModel
        The coefficients.

    Raises
    ------
    ArtefactError
        If the file is not a model.
    """
    try:
        return AdditiveModel.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, OSError) as error:
        raise ArtefactError(f"{path.parent.name} holds no additive model: {error}") from error


@lru_cache(maxsize=1)
def reference() -> tuple[dict[str, Any], Card]:
    """Load the reference statistics that the checks compare with (packing, Tg/Tm, orders of permeability).

    Returns
    -------
    dict
        Statistics by name.
    Card
        The card they come from.
    """
    import json

    folder = ARTEFACTS / "gc-reference-1"
    card = load_card(folder)
    return json.loads((folder / MODEL_FILE).read_text(encoding="utf-8")), card
