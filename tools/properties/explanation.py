"""What an explanation of a prediction is; ``tools.properties.explain`` makes them."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from tools.chemistry.effect_drawing import Shaded, effects_svg
from tools.chemistry.parts import Place
from tools.core.evidence import Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property


class KnownNeighbour(BaseModel):
    """A polymer with a known value, and what the model said about it when it had not seen it.

    Attributes
    ----------
    smiles, name : str
        Repeat unit; name where there is one.
    similarity : float
        Similarity, 0 to 1.
    value : Value
        The known value.
    held_out : float
        Prediction in the property's canonical unit by a model that was trained without this polymer.
    """

    model_config = ConfigDict(frozen=True)

    smiles: str
    name: str
    similarity: float
    value: Value
    held_out: float


class Neighbourhood(BaseModel):
    """How wrong the model is among the nearest known polymers.

    Attributes
    ----------
    nearest : tuple of KnownNeighbour
        Nearest known polymers, most similar first.
    count : int
        Number of nearest polymers that the error is taken over.
    error, overall : float
        Mean absolute held-out error among them, and among all known polymers: in ``unit``.
    unit : str
        Unit of the errors; "factor" means that a value is off by so many times, up or down (a geometric mean).
    known : bool
        Whether the polymer itself is among the known ones, so that the prediction is no held-out one.
    """

    model_config = ConfigDict(frozen=True)

    nearest: tuple[KnownNeighbour, ...]
    count: int
    error: float
    overall: float
    unit: str
    known: bool


class Effect(BaseModel):
    """What a part does to a prediction.

    Attributes
    ----------
    name, fragment : str
        The part, and its SMILES with ``*`` where it is bonded to the rest.
    place : {"backbone", "side group"}
        Where it is.
    stand_in : str
        What took its place.
    count : int
        How many such parts the unit as displayed has; the effect is that of one of them.
    atoms : tuple of int
        Atoms of all of them, counted from 0 along ``Explanation.smiles``, its ``*`` included.
    effect : float
        Prediction with the part less prediction with the stand-in: in the property's canonical unit, or a difference of
        log10 where ``Explanation.log`` is set.
    text : str
        The effect with sign and unit, or as a factor.
    before, after : str
        Repeat units of the two chains. ``before`` differs from the polymer where the part carries others.
    before_value, after_value : float
        Their predictions, in the property's canonical unit.
    in_domain : bool
        Whether the model has seen polymers like both.
    within_interval : bool
        Whether the prediction with the stand-in lies inside the interval of the one without, so that the model cannot
        tell the two apart with confidence.
    known_effect : float or None
        The same difference between known values, where both chains have one.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    fragment: str
    place: Place
    stand_in: str
    count: int
    atoms: tuple[int, ...]
    effect: float
    text: str
    before: str
    after: str
    before_value: float
    after_value: float
    in_domain: bool
    within_interval: bool
    known_effect: float | None

    @property
    def doubtful(self) -> bool:
        """Whether there is a reason not to believe the effect."""
        return self.within_interval or not self.in_domain

    @property
    def sentence(self) -> str:
        """The effect in words."""
        times = f" (one of {self.count})" if self.count > 1 else ""
        return f"{self.name}{times} instead of {self.stand_in}: {self.text}{' ?' if self.doubtful else ''}"


class Explanation(BaseModel):
    """Why a prediction is what it is.

    Attributes
    ----------
    smiles, name : str
        Repeat unit; name where there is one.
    prediction : Value
        The prediction.
    log : bool
        Whether effects are differences of log10.
    neighbourhood : Neighbourhood
        Nearest known polymers and the model's error among them.
    effects : tuple of Effect
        Largest first. They need not add up.
    not_assessed : tuple of str
        Parts whose exchange gave no chain that can be read.
    """

    model_config = ConfigDict(frozen=True)

    smiles: str
    name: str
    prediction: Value
    log: bool
    neighbourhood: Neighbourhood
    effects: tuple[Effect, ...]
    not_assessed: tuple[str, ...]

    @property
    def svg(self) -> str:
        """The repeat unit as SVG, its atoms coloured by effect, with a legend."""
        prop = get_property(self.prediction.property)
        unit = "" if self.prediction.unit == "dimensionless" else f" {self.prediction.unit}"
        doubtful = any(item.doubtful for item in self.effects)
        notes = ["?: outside what the model has seen, or smaller than its interval"] if doubtful else []
        if not self.effects:
            notes = ["No part but saturated carbon in the main chain: nothing to exchange."]
        return effects_svg(
            Polymer.from_smiles(self.smiles),
            [Shaded(item.atoms, item.effect, item.sentence) for item in self.effects],
            title=f"What moves the predicted {prop.name} of {self.name or self.smiles}",
            head=f"{prop.name}: {self.prediction.value:.4g}{unit} predicted",
            full=lambda effect: effect_text(effect, prop.id, log=self.log),
            notes=notes,
        )


def effect_text(effect: float, property_id: str, *, log: bool) -> str:
    """Write an effect with its sign and unit, or as a factor.

    Parameters
    ----------
    effect : float
        In the property's canonical unit, or a difference of log10.
    property_id : str
        Property of the registry.
    log : bool
        Whether it is a difference of log10.

    Returns
    -------
    str
        Such as "+45 K", "−0.021", "× 3.2" or "÷ 1.8".
    """
    if log:
        return f"{'×' if effect >= 0 else '÷'} {10 ** abs(effect):.2g}"
    unit = get_property(property_id).unit
    size = f"{abs(effect):.0f}" if abs(effect) >= 100 else f"{abs(effect):.2g}"
    sign = "+" if effect >= 0 else "−"
    return f"{sign}{size}" + ("" if unit == "dimensionless" else f" {unit}")
