"""Drawings are well-formed, labelled, inside their canvas, and the brackets cross the chain bonds."""

import xml.etree.ElementTree as ElementTree

import pytest

from tools.chemistry.drawing import draw_png, draw_svg
from tools.core.errors import InputError
from tools.core.polymer import Polymer

UNITS = [
    "*CC*", "*CC(*)c1ccccc1", "*CC(*)(C)C(=O)OC", "*OCCOC(=O)c1ccc(cc1)C(=O)*", "*C(F)(F)C(*)(F)F",
    "*c1ccc(Oc2ccc(N3C(=O)c4cc5C(=O)N(*)C(=O)c5cc4C3=O)cc2)cc1", "*O[C@@H](C)C(*)=O", "*=C1C=CC(=*)S1",
    "*c1ccc2c(c1)C(CCCCCC)(CCCCCC)c1cc(*)ccc1-2", "*Nc1cccc(NC(=O)c2cccc(C(*)=O)c2)c1",
]  # fmt: skip
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("text", UNITS)
def test_svg_is_labelled_and_stays_inside(text: str) -> None:
    polymer = Polymer.from_smiles(text)
    svg = draw_svg(polymer, name="a <name> & more")
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == "a <name> & more"
    assert polymer.smiles in (root.findtext(f"{SVG}desc") or "")
    assert "currentColor" in svg
    assert not root.findall(f"{SVG}rect")  # transparent
    width, height = float(root.get("width", "0px")[:-2]), float(root.get("height", "0px")[:-2])
    for path in root.iter(f"{SVG}path"):
        if "bond-" not in path.get("class", ""):
            continue
        for pair in path.get("d", "").replace("M", "").replace("L", "").replace("Z", "").split():
            x, y = (float(number) for number in pair.split(","))
            assert 0 <= x <= width
            assert 0 <= y <= height
    assert svg == draw_svg(polymer, name="a <name> & more")


def test_png_and_options() -> None:
    polymer = Polymer.from_smiles("*CC*")
    small, large = draw_png(polymer, scale=1), draw_png(polymer, scale=3, theme="dark", transparent=False)
    assert small.startswith(b"\x89PNG")
    assert len(large) > len(small)
    assert "#000000" in draw_svg(polymer, theme="light")
    with pytest.raises(InputError):
        draw_svg(polymer, theme="pink")  # type: ignore[arg-type]
    with pytest.raises(InputError):
        draw_png(polymer, scale=100)
