"""Polysmith designs polymers: a brief in plain words in, verified and ranked repeat units out.

>>> import polysmith
>>> report = polysmith.design("Tg above 200 °C, no fluorine, by polycondensation")  # doctest: +SKIP
>>> report.finalists[0].smiles  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.report.model import Report as Report
    from polysmith.api import (
        Drawing as Drawing,
    )
    from polysmith.api import (
        Prediction as Prediction,
    )
    from polysmith.api import (
        ask as ask,
    )
    from polysmith.api import (
        astream as astream,
    )
    from polysmith.api import (
        design as design,
    )
    from polysmith.api import (
        design_many as design_many,
    )
    from polysmith.api import (
        draw as draw,
    )
    from polysmith.api import (
        parse as parse,
    )
    from polysmith.api import (
        predict as predict,
    )
    from polysmith.api import (
        replay as replay,
    )
    from polysmith.api import (
        resume as resume,
    )
    from polysmith.api import (
        search as search,
    )
    from polysmith.api import (
        show as show,
    )
    from tools.core.errors import PolysmithError as PolysmithError
    from tools.core.polymer import Polymer as Polymer
    from tools.core.spec import DesignSpec as DesignSpec

__version__ = "0.1.0"

_HOMES = {
    "Report": "agent.report.model",
    "PolysmithError": "tools.core.errors",
    "Polymer": "tools.core.polymer",
    "DesignSpec": "tools.core.spec",
    **dict.fromkeys(
        ("Drawing", "Prediction", "ask", "astream", "design", "design_many", "draw", "parse", "predict", "replay",
         "resume", "search", "show"),
        "polysmith.api",
    ),
}  # fmt: skip
__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing polysmith costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'polysmith' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
