"""Textbook drawings of repeat units: brackets through the chain bonds and a subscript n.

Chains without rings on their path are laid out as a horizontal zigzag; others by RDKit, then stretched and turned so
that the chain runs from left to right. Brackets are drawn by us, because RDKit places them across the drawing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
from rdkit import Chem
from rdkit.Chem import rdDepictor
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Geometry import Point2D

from tools.core.errors import InputError
from tools.core.polymer import Polymer

Theme = Literal["auto", "light", "dark"]
Colour = tuple[float, float, float]

_BOND = 1.5  # drawing units per bond in RDKit's depictions
_SCALE = 20.0  # pixels per drawing unit
_MARGIN = 20.0  # pixels
_MAX_ZIGZAG = 14  # path atoms laid out by hand
_HALF_BRACKET = 1.05  # drawing units
_LABEL_ROOM = 0.9  # drawing units beside a bracket, for n
_STRETCH = 1.4  # length of the bonds to the chain ends, in bonds
_ROUNDS = 6
_INK = {"light": (0.0, 0.0, 0.0), "dark": (0.93, 0.93, 0.93), "auto": (0.0, 0.0, 0.0)}
# middle tones that read on white and on black
_COLOURS = {7: (0.20, 0.42, 0.92), 8: (0.88, 0.20, 0.18), 9: (0.13, 0.58, 0.30), 16: (0.72, 0.52, 0.04),
            17: (0.13, 0.58, 0.30), 35: (0.70, 0.34, 0.20), 53: (0.55, 0.25, 0.75), 15: (0.86, 0.45, 0.06)}  # fmt: skip
_DARK_STYLE = "<style>svg{color:#000}@media (prefers-color-scheme:dark){svg{color:#eee}}</style>"


@dataclass(frozen=True)
class _Layout:
    """A unit with coordinates, the chain running from left to right.

    ``bonds`` holds (star, neighbour) for the left and the right chain end.
    """

    mol: Chem.Mol
    bonds: tuple[tuple[int, int], tuple[int, int]]
    width: float
    height: float


def draw_svg(
    polymer: Polymer,
    *,
    name: str = "",
    theme: Theme = "auto",
    scale: float = 1.0,
    marks: Mapping[int, Colour] | None = None,
    notes: Mapping[int, str] | None = None,
) -> str:
    """Draw a repeat unit as SVG.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    name : str
        Name for the accessible title; the SMILES if empty.
    theme : {"auto", "light", "dark"}
        Ink for light or dark pages; "auto" follows the page: ``currentColor``, and the reader's colour scheme.
    scale : float
        Size factor, 0.25 to 8.
    marks : mapping of int to tuple of float, optional
        Colours (red, green, blue, 0 to 1) behind atoms, by index of ``Polymer.mol``.
    notes : mapping of int to str, optional
        Short texts beside atoms.

    Returns
    -------
    str
        SVG document with title and description, transparent background.

    Raises
    ------
    InputError
        If an option is out of range.
    """
    _check(theme, scale)
    layout = _layout(polymer)
    width, height = _pixels(layout, scale)
    drawer = rdMolDraw2D.MolDraw2DSVG(width, height)
    for index, note in (notes or {}).items():
        layout.mol.GetAtomWithIdx(index).SetProp("atomNote", note)
    _draw(drawer, layout, theme, scale, dict(marks or {}))
    text = drawer.GetDrawingText()
    start = text.index("<svg")
    text = text[start:]
    title = escape(name or polymer.smiles)
    head = (
        f"<title>{title}</title><desc>Repeat unit {escape(polymer.smiles)}, drawn between brackets with n.</desc>"
        + (_DARK_STYLE if theme == "auto" else "")
    )
    text = text.replace("<svg ", '<svg role="img" ', 1).replace(">", f">{head}", 1)
    return text.replace("#000000", "currentColor") if theme == "auto" else text


def draw_png(polymer: Polymer, *, theme: Theme = "light", scale: float = 2.0, transparent: bool = True) -> bytes:
    """Draw a repeat unit as PNG.

    Parameters
    ----------
    polymer : Polymer
        The chain.
    theme : {"light", "dark"}
        Ink for light or dark pages; "auto" means light.
    scale : float
        Size factor, 0.25 to 8.
    transparent : bool
        Leave the background out; otherwise it is white, or nearly black for the dark theme.

    Returns
    -------
    bytes
        PNG file.

    Raises
    ------
    InputError
        If an option is out of range.
    """
    _check(theme, scale)
    layout = _layout(polymer)
    drawer = rdMolDraw2D.MolDraw2DCairo(*_pixels(layout, scale))
    if not transparent:
        drawer.drawOptions().setBackgroundColour((0.07, 0.07, 0.07) if theme == "dark" else (1.0, 1.0, 1.0))
        drawer.ClearDrawing()
    _draw(drawer, layout, theme, scale)
    png: bytes = drawer.GetDrawingText()
    return png


def _check(theme: str, scale: float) -> None:
    if theme not in _INK:
        raise InputError(f"Unknown theme {theme!r}.", hint="Use auto, light or dark.")
    if not 0.25 <= scale <= 8:
        raise InputError("The scale must lie between 0.25 and 8.")


def _pixels(layout: _Layout, scale: float) -> tuple[int, int]:
    width = layout.width * _SCALE + 2 * _MARGIN
    height = layout.height * _SCALE + 2 * _MARGIN
    return math.ceil(width * scale), math.ceil(height * scale)


def _layout(polymer: Polymer) -> _Layout:
    """Place the atoms, the start of the chain on the left."""
    mol = Chem.Mol(polymer.mol)
    stars = [atom.GetIdx() for atom in mol.GetAtoms() if atom.GetAtomicNum() == 0]
    path = Chem.GetShortestPath(mol, stars[0], stars[1])
    rings = mol.GetRingInfo()
    zigzag = {
        index: Point2D(place * _BOND * math.cos(math.pi / 6), _BOND * 0.5 * (place % 2))
        for place, index in enumerate(path)
    }
    open_path = len(path) - 2 <= _MAX_ZIGZAG and not any(rings.NumAtomRings(index) for index in path)
    rdDepictor.Compute2DCoords(mol, coordMap=zigzag if open_path else {}, canonOrient=False)
    points = np.array(mol.GetConformer().GetPositions())[:, :2]
    if not open_path:
        points = _levelled(_straightened(mol, points, path), path[0], path[-1])
    for star, neighbour in ((path[0], path[1]), (path[-1], path[-2])):  # room for a bracket beside substituents
        points[star] = points[neighbour] + _STRETCH * (points[star] - points[neighbour])
    for index, (x, y) in enumerate(points):
        mol.GetConformer().SetAtomPosition(index, (float(x), float(y), 0.0))
    mol.GetAtomWithIdx(path[0]).SetProp("_displayLabel", " ")
    mol.GetAtomWithIdx(path[-1]).SetProp("_displayLabel", " ")
    bonds = ((path[0], path[1]), (path[-1], path[-2]))
    low, high = points.min(axis=0), points.max(axis=0)
    centre = (low + high) / 2  # where the drawer puts the middle of the picture
    crossings = np.array([_crossing(points[star], points[neighbour]) for star, neighbour in bonds])
    room = np.array([_LABEL_ROOM, _HALF_BRACKET])
    reach = np.vstack([low, high, crossings + room, crossings - room])
    size = 2 * np.abs(reach - centre).max(axis=0)
    return _Layout(mol, bonds, float(size[0]), float(size[1]))


def _crossing(star: npt.NDArray[np.float64], neighbour: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where the bracket crosses the bond to a chain end."""
    return 0.65 * star + 0.35 * neighbour


def _straightened(mol: Chem.Mol, points: npt.NDArray[np.float64], path: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Stretch a bent chain by mirroring what follows a single bond of the path, as long as that helps."""
    turns = []
    for here, there in pairwise(path[:-1]):
        bond = mol.GetBondBetweenAtoms(here, there)
        if bond.GetBondType() == Chem.BondType.SINGLE and not bond.IsInRing():
            turns.append((here, there, _beyond(mol, here, there)))
    best = _straightness(points, path)
    for _ in range(_ROUNDS):
        improved = False
        for here, there, moved in turns:
            trial = _mirrored(points, here, there, moved)
            score = _straightness(trial, path)
            if score > best + 1e-6:
                points, best, improved = trial, score, True
        if not improved:
            break
    return points


def _beyond(mol: Chem.Mol, here: int, there: int) -> list[int]:
    """List the atoms on the far side of a bond."""
    seen, queue = {here, there}, [there]
    while queue:
        for neighbour in mol.GetAtomWithIdx(queue.pop()).GetNeighbors():
            if neighbour.GetIdx() not in seen:
                seen.add(neighbour.GetIdx())
                queue.append(neighbour.GetIdx())
    return sorted(seen - {here})


def _mirrored(points: npt.NDArray[np.float64], here: int, there: int, moved: list[int]) -> npt.NDArray[np.float64]:
    axis = points[there] - points[here]
    axis = axis / np.hypot(*axis)
    offset = points[moved] - points[here]
    mirrored = points.copy()
    mirrored[moved] = points[here] + 2 * (offset @ axis)[:, None] * axis - offset
    return mirrored


def _straightness(points: npt.NDArray[np.float64], path: tuple[int, ...]) -> float:
    """Score a layout: long from end to end, chain ends pointing outwards, no atoms on top of each other."""
    span = points[path[-1]] - points[path[0]]
    length = float(np.hypot(*span))
    axis = span / max(length, 1e-9)
    outwards = (points[path[-1]] - points[path[-2]]) @ axis + (points[path[1]] - points[path[0]]) @ axis
    distances = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    clashes = int((distances < 0.6 * _BOND).sum() - len(points)) // 2
    return length + 1.5 * float(outwards) - 20.0 * clashes


def _levelled(points: npt.NDArray[np.float64], first: int, last: int) -> npt.NDArray[np.float64]:
    """Turn the drawing so that the line from chain end to chain end is level."""
    dx, dy = points[last] - points[first]
    angle = math.atan2(dy, dx)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    level: npt.NDArray[np.float64] = points @ turn
    return level


def _draw(drawer: Any, layout: _Layout, theme: Theme, scale: float, marks: dict[int, Colour] | None = None) -> None:
    ink = _INK[theme]
    options = drawer.drawOptions()
    options.clearBackground = False
    options.fixedBondLength = _SCALE * scale  # in spite of its name, pixels per drawing unit
    options.bondLineWidth = 1.5 * scale
    options.scaleBondWidth = False
    options.padding = 0.0
    options.annotationFontScale = 0.75
    options.maxFontSize = 200
    options.prepareMolsBeforeDrawing = False
    options.setAtomPalette({-1: ink, 0: ink, 1: ink, 6: ink, **_COLOURS})
    options.setSymbolColour(ink)
    mol = rdMolDraw2D.PrepareMolForDrawing(layout.mol, kekulize=True, addChiralHs=False, wedgeBonds=True)
    if marks:
        bonds = {
            bond.GetIdx(): marks[bond.GetBeginAtomIdx()]
            for bond in mol.GetBonds()
            if marks.get(bond.GetBeginAtomIdx()) == marks.get(bond.GetEndAtomIdx(), ())
        }
        drawer.DrawMolecule(
            mol,
            highlightAtoms=sorted(marks),
            highlightAtomColors=marks,
            highlightBonds=sorted(bonds),
            highlightBondColors=bonds,
        )
    else:
        drawer.DrawMolecule(mol)
    drawer.SetColour(ink)
    drawer.SetLineWidth(1.5 * scale)
    half = _HALF_BRACKET * _SCALE * scale
    arm = 0.28 * _SCALE * scale
    for side, (star, neighbour) in zip((1, -1), layout.bonds, strict=True):
        end, inner = drawer.GetDrawCoords(star), drawer.GetDrawCoords(neighbour)
        x, y = _crossing(np.array([end.x, end.y]), np.array([inner.x, inner.y]))
        corners = [(x + side * arm, y - half), (x, y - half), (x, y + half), (x + side * arm, y + half)]
        for begin, finish in pairwise(corners):
            drawer.DrawLine(Point2D(*begin), Point2D(*finish), rawCoords=True)
        if side == -1:
            drawer.SetFontSize(13 * scale)
            drawer.DrawString("n", Point2D(x + 0.5 * _SCALE * scale, y + half), rawCoords=True)
    drawer.FinishDrawing()
