"""A repeat unit with its atoms coloured by what they do to a property, and a legend that says it in words.

Blue lowers and vermilion raises: two colours of the palette of M. Okabe and K. Ito, Color Universal Design (2002,
revised 2008, jfly.uni-koeln.de/color), which remain distinct in the common forms of colour blindness. The parts are
numbered as well, so that nothing rests on colour.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tools.chemistry.drawing import Colour, draw_svg
from tools.core.polymer import Polymer

_RAISES, _LOWERS = (213, 94, 0), (0, 114, 178)
_FULL = 0.8  # share of the colour that the largest effect has, so that black letters on it stay legible
_SCALE = 1.4  # of the drawing
_ROWS = 12  # parts in the legend
_LINE, _MARGIN, _LETTER = 18.0, 16.0, 7.0  # pixels; width of a letter at 13 px, rounded up
_SIZE = re.compile(r"width='(\d+)px' height='(\d+)px'")


@dataclass(frozen=True)
class Shaded:
    """Atoms and what they do.

    Attributes
    ----------
    atoms : tuple of int
        Indices of ``Polymer.mol``.
    effect : float
        The effect, in any unit; the largest one gets the full colour.
    sentence : str
        Line of the legend.
    """

    atoms: tuple[int, ...]
    effect: float
    sentence: str


def shade(effect: float, largest: float) -> Colour:
    """Mix white with the colour of an effect's sign.

    Parameters
    ----------
    effect : float
        The effect.
    largest : float
        Absolute effect that has the full colour.

    Returns
    -------
    tuple of float
        Red, green and blue, 0 to 1.
    """
    full = _RAISES if effect > 0 else _LOWERS
    share = _FULL * min(1.0, abs(effect) / largest) if largest > 0 else 0.0
    red, green, blue = (round(1 - share * (1 - part / 255), 4) for part in full)
    return red, green, blue


def effects_svg(
    polymer: Polymer,
    effects: Sequence[Shaded],
    *,
    title: str,
    head: str,
    full: Callable[[float], str],
    notes: Sequence[str] = (),
) -> str:
    """Draw a repeat unit with its atoms coloured by effect.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    effects : sequence of Shaded
        In the order of the legend, which shows the first twelve.
    title : str
        Title for those who do not see the picture; the legend is its description.
    head : str
        First line of the legend.
    full : callable
        Writes an effect, for the meaning of the full colour.
    notes : sequence of str
        Lines below the legend.

    Returns
    -------
    str
        SVG document on white; refers to nothing outside itself.
    """
    largest = max((abs(item.effect) for item in effects), default=0.0)
    marks: dict[int, Colour] = {}
    numbers: dict[int, str] = {}
    for number, item in enumerate(effects, start=1):
        marks.update(dict.fromkeys(item.atoms, shade(item.effect, largest)))
        numbers.update(dict.fromkeys(_first_atoms(polymer, item.atoms), str(number)))
    picture = draw_svg(polymer, theme="light", scale=_SCALE, marks=marks, notes=numbers)
    found = _SIZE.search(picture)
    width, height = (float(text) for text in found.groups()) if found else (0.0, 0.0)
    lines: list[tuple[float | None, str]] = [(None, head)]
    if effects:
        lines.append((largest, f"raises it (full colour: {full(largest)})"))
        lines.append((-largest, f"lowers it (full colour: {full(-largest)})"))
    lines += [(item.effect, f"{number}  {item.sentence}") for number, item in enumerate(effects[:_ROWS], start=1)]
    if len(effects) > _ROWS:
        lines.append((None, f"and {len(effects) - _ROWS} smaller effects"))
    lines += [(None, note) for note in notes]
    wide = max(width, max(len(text) for _, text in lines) * _LETTER + 20) + 2 * _MARGIN
    tall = height + len(lines) * _LINE + 2 * _MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide:.0f}" height="{tall:.0f}" '
        f'viewBox="0 0 {wide:.0f} {tall:.0f}">',
        f"<title>{escape(title)}</title>",
        f"<desc>{escape(' '.join(text for _, text in lines))}</desc>",
        f'<rect width="{wide:.0f}" height="{tall:.0f}" fill="#ffffff"/>',
        f'<svg x="{(wide - width) / 2:.0f}" y="{_MARGIN / 2:.0f}" width="{width:.0f}" height="{height:.0f}">',
        f"{picture}</svg>",
        *_legend(lines, largest, height + _MARGIN),
    ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend(lines: Sequence[tuple[float | None, str]], largest: float, top: float) -> list[str]:
    """Lines of text, each after a square of its colour where it has an effect."""
    parts = ['<g font-family="sans-serif" font-size="13" fill="#000000">']
    for place, (effect, text) in enumerate(lines):
        y, left = top + place * _LINE, _MARGIN
        if effect is not None:
            colour = "#" + "".join(f"{round(255 * part):02x}" for part in shade(effect, largest))
            parts.append(
                f'<rect x="{left:.0f}" y="{y - 10:.0f}" width="12" height="12" fill="{colour}" '
                'stroke="#666666" stroke-width="0.5"/>'
            )
            left += 20
        parts.append(f'<text x="{left:.0f}" y="{y:.0f}">{escape(text)}</text>')
    return [*parts, "</g>"]


def _first_atoms(polymer: Polymer, atoms: tuple[int, ...]) -> list[int]:
    """First atom of each piece that hangs together."""
    left, found = set(atoms), []
    for index in atoms:
        if index not in left:
            continue
        found.append(index)
        queue = [index]
        while queue:
            here = queue.pop()
            left.discard(here)
            near = (atom.GetIdx() for atom in polymer.mol.GetAtomWithIdx(here).GetNeighbors())
            queue += [neighbour for neighbour in near if neighbour in left]
    return found
