"""What can be chosen on the page: what a conversation is for, briefs to begin with, and the settings of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from tools.core.errors import InputError


@dataclass(frozen=True)
class Profile:
    """What a conversation is for.

    Attributes
    ----------
    id : {"design", "ask", "predict", "literature"}
        Its id.
    title : str
        Its name on the page.
    about : str
        What it does, in Markdown.
    starters : tuple of (str, str)
        A short name and the message that it stands for.
    """

    id: str
    title: str
    about: str
    starters: tuple[tuple[str, str], ...]


PROFILES: Final = (
    Profile(
        "design",
        "Design",
        "From a brief in plain words to **ranked repeat units** that are predicted, checked and made on paper.",
        (
            (
                "Colourless polyimide film",
                "Colourless film, Tg above 250 °C, dielectric constant below 2.8, no fluorine, by polycondensation",
            ),
            (
                "Gas separation membrane",
                "A membrane for CO2/CH4: CO2 permeability above 100 Barrer, Tg above 150 °C, made by polycondensation",
            ),
            (
                "Flame-safe without halogens",
                "Heat release capacity below 200 J/(g K), char yield above 30 %, no halogens, Tg above 120 °C",
            ),
            (
                "Optical plastic",
                "Refractive index above 1.62, Tg between 120 and 180 °C, density below 1.3 g/cm3, no sulfur",
            ),
        ),
    ),
    Profile(
        "ask",
        "Ask",
        "A question about polymers, answered from **measured values, predictions and quoted passages**, or declined.",
        (
            ("Tg of polycarbonate", "What is the glass transition temperature of bisphenol A polycarbonate?"),
            ("Why do polyimides not melt?", "Why do aromatic polyimides have high glass transition temperatures?"),
            ("Compare two", "Which has the higher density, PTFE or PVDF?"),
        ),
    ),
    Profile(
        "predict",
        "Predict",
        "Properties of **your own repeat units** (SMILES with two `*`) or of named polymers, with intervals.",
        (
            ("Polystyrene", "*CC(*)c1ccccc1"),
            ("Two polyesters", "PET, PBT"),
            (
                "A polyimide of your own",
                "*c1ccc(Oc2ccc(N3C(=O)c4ccc(C(C)(C)c5ccc6c(c5)C(=O)N(*)C6=O)cc4C3=O)cc2)cc1",
            ),
        ),
    ),
    Profile(
        "literature",
        "Literature",
        "Passages from the **shipped notes and your own papers**, quoted word for word with their source.",
        (
            ("Free volume", "free volume and gas permeability of glassy polymers"),
            ("Char and fire", "char yield and heat release of aromatic polymers"),
        ),
    ),
)
IDS: Final = tuple(profile.id for profile in PROFILES)
UNITS: Final = {"As in the brief": "brief", "Usual units": "usual", "SI units": "canonical"}
SIMULATION: Final = {"None": 0, "Fire tests": 1, "Fire tests and quantum chemistry": 2}
THINKING: Final = {"Rules alone": "rules", "Language model, where it helps": "model"}


def profile_of(name: str | None) -> Profile:
    """Return a profile by the name that the page knows it by; the first if there is none.

    Parameters
    ----------
    name : str or None
        Its title or id.

    Returns
    -------
    Profile
        The profile.
    """
    wanted = (name or "").casefold()
    return next((item for item in PROFILES if wanted in {item.id, item.title.casefold()}), PROFILES[0])


def widgets(*, has_model: bool) -> list[dict[str, Any]]:
    """Describe the settings panel.

    Parameters
    ----------
    has_model : bool
        Whether a language model is configured.

    Returns
    -------
    list of dict
        "type" ("select", "slider" or "switch"), "id", "label", and what that type takes.
    """
    thinking = list(THINKING) if has_model else list(THINKING)[:1]
    about = "" if has_model else "No language model is configured (POLYSMITH_LLM_URL)."
    return [
        {
            "type": "select", "id": "thinking", "label": "Thinking", "values": thinking, "initial_value": thinking[-1],
            "description": about,
        },
        {"type": "slider", "id": "candidates", "label": "Candidates", "initial": 5, "min": 1, "max": 20, "step": 1},
        {
            "type": "slider", "id": "minutes", "label": "Minutes at most", "initial": 10, "min": 1, "max": 120,
            "step": 1, "description": "After so many minutes what can be left out is left out.",
        },
        {
            "type": "select", "id": "simulate", "label": "Simulation", "values": list(SIMULATION),
            "initial_value": "Fire tests",
        },
        {
            "type": "select", "id": "units", "label": "Units shown", "values": list(UNITS),
            "initial_value": "As in the brief",
        },
        {
            "type": "switch", "id": "confirm", "label": "Show the constraints before a run begins", "initial": True,
        },
    ]  # fmt: skip


def settings_of(values: dict[str, Any], *, has_model: bool) -> dict[str, Any]:
    """Turn what was chosen in the panel into settings of a run.

    Parameters
    ----------
    values : dict
        By id of the widget; a browser sent them, so each is checked.
    has_model : bool
        Whether a language model is configured.

    Returns
    -------
    dict
        For ``polysmith.design``; "rules" to leave a model out.

    Raises
    ------
    InputError
        If a value is out of range.
    """
    chosen = {
        item["id"]: values.get(item["id"], item.get("initial", item.get("initial_value")))
        for item in widgets(has_model=has_model)
    }
    settings: dict[str, Any] = {
        "candidates": _whole(chosen["candidates"], 1, 20, "candidates"),
        "max_seconds": 60.0 * _whole(chosen["minutes"], 1, 120, "minutes"),
        "simulate": _one_of(chosen["simulate"], SIMULATION, "simulation"),
        "ask_before": ["spec"] if chosen["confirm"] else [],
    }
    if not has_model or _one_of(chosen["thinking"], THINKING, "thinking") == "rules":
        settings["rules"] = True
    return settings


def units_of(values: dict[str, Any]) -> str:
    """Return the units that were chosen.

    Parameters
    ----------
    values : dict
        By id of the widget.

    Returns
    -------
    {"brief", "usual", "canonical"}
        As ``polysmith.chatting.answer`` takes it.
    """
    return UNITS.get(str(values.get("units")), "brief")


def _whole(given: object, low: int, high: int, name: str) -> int:
    if isinstance(given, bool) or not isinstance(given, int | float) or not low <= given <= high:
        raise InputError(f"The number of {name} must be between {low} and {high}.")
    return int(given)


def _one_of(given: object, known: dict[str, Any], name: str) -> Any:
    if given not in known:
        raise InputError(f"{given!r} is no choice of {name}.", hint=f"There are {', '.join(known)}.")
    return known[str(given)]
