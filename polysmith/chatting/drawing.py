"""Drawings of repeat units for a page with a light and a dark theme."""

from __future__ import annotations

import re
from functools import lru_cache

from tools.chemistry.drawing import draw_svg
from tools.core.polymer import Polymer

# The page's theme decides on the ink, not the system's; a style sheet inside an inline drawing would colour all
# others too.
_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
_HEAD = re.compile(r"^<\?xml[^>]*\?>\s*", re.IGNORECASE)
_SIZE = re.compile(r"width='(\d+)px' height='(\d+)px'")


@lru_cache(maxsize=512)
def drawn(smiles: str, name: str = "") -> str:
    """Draw a repeat unit in the ink of the text around it.

    Parameters
    ----------
    smiles : str
        Repeat unit that passed the gate.
    name : str
        Its name, for the title that screen readers speak.

    Returns
    -------
    str
        SVG without style sheet or size of its own; it fills its place up to its natural width.

    Raises
    ------
    StructureError
        If it is no repeat unit.
    """
    svg = draw_svg(Polymer.from_smiles(smiles), name=name, theme="auto")
    plain = _HEAD.sub("", _STYLE.sub("", svg))
    return _SIZE.sub(r'style="max-width:\1px;width:100%;height:auto"', plain, count=1)


def alt_text(smiles: str, name: str = "") -> str:
    """Say what a drawing shows.

    Parameters
    ----------
    smiles : str
        Repeat unit.
    name : str
        Its name.

    Returns
    -------
    str
        One sentence.
    """
    called = f" of {name}" if name else ""
    return f"Repeat unit{called} between brackets with n; SMILES {smiles}"
