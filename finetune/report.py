"""A page that compares training runs: numbers with intervals, curves, provenance; no script, no outside request."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.cards import combined_sha256, require_card
from tools.core.cards import CARD_NAME, Card
from tools.core.errors import ArtefactError, InputError

_COLOURS = ("#0b6e75", "#b4552d", "#5a4fa2", "#3f7d2f", "#a23b6a", "#7a6a1f", "#2f6db4", "#8a4b2f")
_WIDTH, _HEIGHT, _EDGE = 720, 260, 46
_DEEP = 5  # levels of nested numbers that are shown
_HASHES = ("weights_sha256",)


@dataclass(frozen=True)
class TrainingRun:
    """A run as the page shows it.

    Attributes
    ----------
    name : str
        Folder.
    cards : dict of str to Card
        By stage.
    numbers : dict of str to str
        By name, written out.
    curves : dict of str to list of (float, float)
        Step and value, by name.
    """

    name: str
    cards: dict[str, Card]
    numbers: dict[str, str]
    curves: dict[str, list[tuple[float, float]]]

    @property
    def usable(self) -> bool | None:
        """What the gate said; None if there was none."""
        gate = self.cards.get("gate")
        said = [card.metrics["usable"] for card in self.cards.values() if "gate" in card.metrics]
        return bool(gate.metrics["usable"]) if gate else bool(said[-1]) if said else None

    @property
    def weights(self) -> str:
        """Hash of the last weights."""
        found = [
            str(card.metrics["weights_sha256"]) for card in self.cards.values() if "weights_sha256" in card.metrics
        ]
        return found[-1] if found else combined_sha256(list(self.cards.values())[-1].files)

    @property
    def data(self) -> str:
        """One hash for all data."""
        return combined_sha256({item.name: item.sha256 for card in self.cards.values() for item in card.data})

    @property
    def seed(self) -> int:
        """Seed of the last stage."""
        return list(self.cards.values())[-1].seed

    @property
    def command(self) -> str:
        """Command of the last stage."""
        return list(self.cards.values())[-1].command


def read_run(folder: Path) -> TrainingRun:
    """Read the cards of a run and hold every file to them.

    Parameters
    ----------
    folder : Path
        Folder of a run, whose stages have cards, or of one artefact.

    Returns
    -------
    TrainingRun
        The run.

    Raises
    ------
    ArtefactError
        If there is no card, or a file differs from its card.
    """
    places = [folder] if (folder / CARD_NAME).is_file() else sorted(
        (path.parent for path in folder.glob(f"*/{CARD_NAME}")), key=lambda path: (path / CARD_NAME).stat().st_mtime_ns
    )  # fmt: skip
    if not places:
        raise ArtefactError(f"{folder} holds no card.", hint="Name the folder of a run, or of an artefact with a card.")
    cards = {place.name: require_card(place) for place in _ordered(places)}
    numbers: dict[str, str] = {}
    curves: dict[str, list[tuple[float, float]]] = {}
    for place in places:
        prefix = f"{place.name}: " if len(places) > 1 else ""
        numbers |= {prefix + name: text for name, text in flat(cards[place.name].metrics).items()}
        curves |= {prefix + name: points for name, points in _curves(place / "history.json").items()}
    return TrainingRun(folder.resolve().name, cards, numbers, curves)


def _ordered(places: Sequence[Path]) -> list[Path]:
    """Sort stages as a recipe runs them."""
    usual = ("records", "distill", "base", "sft", "dpo", "grpo", "merged", "gate", "score")
    return sorted(places, key=lambda place: (usual.index(place.name) if place.name in usual else -1, place.name))


def flat(metrics: Mapping[str, Any], deep: int = _DEEP) -> dict[str, str]:
    """Write nested numbers out, one name each.

    Parameters
    ----------
    metrics : mapping
        Metrics of a card.
    deep : int
        Levels that are looked into.

    Returns
    -------
    dict of str to str
        ``score`` or ``value`` with ``lower`` and ``upper`` becomes one text with the interval in brackets.
    """
    found: dict[str, str] = {}
    for name, value in metrics.items():
        said = name.replace("_", " ")
        if name in _HASHES:
            continue
        if isinstance(value, bool):
            found[said] = "yes" if value else "no"
        elif isinstance(value, int | float):
            found[said] = _number(value)
        elif isinstance(value, Mapping) and deep > 1:
            middle = next((value[key] for key in ("score", "value") if isinstance(value.get(key), int | float)), None)
            if middle is not None and "lower" in value:
                found[said] = _number(middle)
                if value["lower"] is not None and value["upper"] is not None:
                    found[said] += f" ({_number(value['lower'])} to {_number(value['upper'])})"
                value = {key: value[key] for key in ("n", "parsed") if key in value}
            found |= {f"{said}, {inner}": text for inner, text in flat(value, deep - 1).items()}
    return found


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.4g}"


def _curves(path: Path) -> dict[str, list[tuple[float, float]]]:
    """Read the losses and rewards of a history."""
    if not path.is_file():
        return {}
    found: dict[str, list[tuple[float, float]]] = {}
    for point in json.loads(path.read_text(encoding="utf-8")):
        for name in ("loss", "eval_loss", "reward"):
            if math.isfinite(point.get(name, math.nan)):
                found.setdefault(name.replace("_", " "), []).append((point["step"], point[name]))
    return {name: points for name, points in found.items() if len(points) > 1}


def page(folders: Sequence[Path]) -> str:
    """Write a page that compares runs.

    Parameters
    ----------
    folders : sequence of Path
        Folders of runs.

    Returns
    -------
    str
        HTML that needs nothing else.

    Raises
    ------
    InputError
        If there are none.
    ArtefactError
        If a card is missing or a file differs from it.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    if not folders:
        raise InputError("A page needs at least one run.")
    runs = [read_run(folder) for folder in folders]
    names = list(dict.fromkeys(name for run in runs for name in run.numbers))
    titles = list(dict.fromkeys(name for run in runs for name in run.curves))
    curves = {title: drawn([(run.name, run.curves[title]) for run in runs if title in run.curves]) for title in titles}
    here = Path(__file__).parent
    made = Environment(
        loader=FileSystemLoader([here, here.parent / "polybench"]), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True,
    )  # fmt: skip
    return made.get_template("runs.html.j2").render(runs=runs, names=names, curves=curves)


def drawn(lines: Sequence[tuple[str, Sequence[tuple[float, float]]]]) -> str:
    """Draw lines over steps as an image inside the page.

    Parameters
    ----------
    lines : sequence of (str, sequence of (float, float))
        Name, and step with value, of each.

    Returns
    -------
    str
        Address that holds the SVG itself.
    """
    from html import escape

    steps = [step for _, points in lines for step, _ in points]
    values = [value for _, points in lines for _, value in points]
    low, high, first, last = min(values), max(values), min(steps), max(steps)
    wide, tall = _WIDTH - 2 * _EDGE, _HEIGHT - 2 * _EDGE

    def place(step: float, value: float) -> str:
        x = _EDGE + wide * (step - first) / ((last - first) or 1.0)
        y = _EDGE + tall * (high - value) / ((high - low) or 1.0)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" ',
        'font-size="12">',
        f'<path d="M{_EDGE} {_EDGE}V{_EDGE + tall}H{_EDGE + wide}" fill="none" stroke="#5b6776"/>',
        f'<text x="4" y="{_EDGE + 4}">{high:.3g}</text><text x="4" y="{_EDGE + tall}">{low:.3g}</text>',
        f'<text x="{_EDGE}" y="{_HEIGHT - 26}">{first:g}</text>',
        f'<text x="{_EDGE + wide}" y="{_HEIGHT - 26}" text-anchor="end">step {last:g}</text>',
    ]
    for index, (name, points) in enumerate(lines):
        colour = _COLOURS[index % len(_COLOURS)]
        path = " ".join(place(*point) for point in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.6"/>')
        parts.append(f'<text x="{_EDGE + 150 * index}" y="20" fill="{colour}">{escape(name)}</text>')
    svg = "".join([*parts, "</svg>"])
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
