"""The drawing of a polymerisation: monomers, an arrow with what leaves, the repeat unit in brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from tools.chemistry.drawing import draw_svg
from tools.core.errors import InputError
from tools.core.gate import parse_molecule
from tools.core.polymer import Polymer

_GAP = 14  # pixels
_PLUS, _ARROW = 22, 110  # pixels
_LINE = 16  # pixels, height of the text under the drawing
_SIZE = re.compile(r"width='([\d.]+)px' height='([\d.]+)px'")
_FONT = 'font-family="sans-serif" font-size="13" fill="currentColor" text-anchor="middle"'
_STYLE = "<style>svg{color:#000}@media (prefers-color-scheme:dark){svg{color:#eee}}</style>"


def draw_scheme(monomers: Sequence[str], polymer: Polymer, *, above: str = "", by_product: str = "") -> str:
    """Draw how monomers give a polymer.

    Parameters
    ----------
    monomers : sequence of str
        SMILES of one or more monomers.
    polymer : Polymer
        The chain they give.
    above : str
        Text above the arrow, such as the mechanism; cut after 60 characters.
    by_product : str
        What leaves, written below the arrow.

    Returns
    -------
    str
        SVG document on a transparent background that follows the reader's colour scheme.

    Raises
    ------
    InputError
        If no monomer is given.
    StructureError
        If a monomer cannot be read.
    """
    if not monomers:
        raise InputError("A scheme needs a monomer.", hint="Give the SMILES of one or more monomers.")
    parts = [_part(_monomer(smiles)) for smiles in monomers]
    unit = _part(draw_svg(polymer))
    title = above[:60]
    arrow = max(_ARROW, 8 * len(title), 8 * len(by_product) + 16)
    height = max(part[2] for part in (*parts, unit)) + 2 * _LINE
    middle, x, body = height / 2, float(_GAP), []
    for place, part in enumerate(parts):
        if place:
            body.append(f'<text x="{x + _PLUS / 2:.0f}" y="{middle + 5:.0f}" {_FONT}>+</text>')
            x += _PLUS
        body.append(_placed(part, x, middle))
        x += part[1]
    body.append(_arrow(x + _GAP, x + _GAP + arrow, middle, title, by_product))
    x += arrow + 2 * _GAP
    body.append(_placed(unit, x, middle))
    width = x + unit[1] + _GAP
    described = escape(f"{' and '.join(monomers)} give {polymer.smiles}")
    return (
        f'<svg role="img" version="1.1" xmlns="http://www.w3.org/2000/svg" width="{width:.0f}px" '
        f'height="{height:.0f}px" viewBox="0 0 {width:.0f} {height:.0f}">'
        f"<title>{described}</title>{_STYLE}{''.join(body)}</svg>\n"
    )


def _monomer(smiles: str) -> str:
    drawer: Any = rdMolDraw2D.MolDraw2DSVG(-1, -1)
    options = drawer.drawOptions()
    options.clearBackground = False
    options.fixedBondLength = 20
    options.bondLineWidth = 1.5
    options.scaleBondWidth = False
    options.padding = 0.08
    rdMolDraw2D.PrepareAndDrawMolecule(drawer, Chem.Mol(parse_molecule(smiles)))
    drawer.FinishDrawing()
    text: str = drawer.GetDrawingText()
    return text[text.index("<svg") :].replace("#000000", "currentColor")


def _part(svg: str) -> tuple[str, float, float]:
    found = _SIZE.search(svg)
    width, height = (float(found[1]), float(found[2])) if found else (0.0, 0.0)
    return svg.replace(_STYLE, ""), width, height


def _placed(part: tuple[str, float, float], x: float, middle: float) -> str:
    svg, _, height = part
    return svg.replace("<svg ", f'<svg x="{x:.0f}" y="{middle - height / 2:.0f}" ', 1)


def _arrow(start: float, end: float, y: float, above: str, below: str) -> str:
    centre = (start + end) / 2
    path = f"M{start:.0f} {y:.0f}H{end:.0f}m-8 -4l8 4l-8 4"
    lines = [f'<path d="{path}" fill="none" stroke="currentColor" stroke-width="1.5"/>']
    if above:
        lines.append(f'<text x="{centre:.0f}" y="{y - 8:.0f}" {_FONT}>{escape(above)}</text>')
    if below:
        lines.append(f'<text x="{centre:.0f}" y="{y + 18:.0f}" {_FONT}>− {escape(below)}</text>')
    return "".join(lines)
