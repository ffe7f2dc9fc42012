"""Polysmith designs polymers: a brief in plain words in, verified and ranked repeat units out.

>>> import polysmith
>>> report = polysmith.design("Tg above 200 °C, no fluorine, by polycondensation")  # doctest: +SKIP
>>> report.finalists[0].smiles  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.report.model import Report
    from polysmith.api import ask, astream, design, design_many, draw, parse, predict, replay, search
    from polysmith.explaining import explain
    from polysmith.following import follow_up
    from polysmith.knowing import predict_knowing
    from polysmith.making import novelty, polymerise, routes
    from polysmith.mixtures import Interaction, good_solvents, predict_blocks, predict_chi, predict_copolymer
    from polysmith.predicting import predict_file
    from polysmith.proposing import next_experiments
    from polysmith.results import Drawing, Prediction
    from polysmith.running import question, resume, show, status, stop
    from polysmith.screening import Screening, screen
    from tools.core.errors import Paused, PolysmithError, Stopped
    from tools.core.polymer import Polymer
    from tools.core.spec import DesignSpec
    from tools.properties.explanation import Explanation

__version__ = "0.1.0"
__all__ = [
    "DesignSpec",
    "Drawing",
    "Explanation",
    "Interaction",
    "Paused",
    "Polymer",
    "PolysmithError",
    "Prediction",
    "Report",
    "Screening",
    "Stopped",
    "ask",
    "astream",
    "design",
    "design_many",
    "draw",
    "explain",
    "follow_up",
    "good_solvents",
    "next_experiments",
    "novelty",
    "parse",
    "polymerise",
    "predict",
    "predict_blocks",
    "predict_chi",
    "predict_copolymer",
    "predict_file",
    "predict_knowing",
    "question",
    "replay",
    "resume",
    "routes",
    "screen",
    "search",
    "show",
    "status",
    "stop",
]

_HOMES = {
    "DesignSpec": "tools.core.spec",
    "Drawing": "polysmith.results",
    "Explanation": "tools.properties.explanation",
    "Interaction": "polysmith.mixtures",
    "Polymer": "tools.core.polymer",
    "PolysmithError": "tools.core.errors",
    "Prediction": "polysmith.results",
    "Report": "agent.report.model",
    "Screening": "polysmith.screening",
    "Paused": "tools.core.errors",
    "Stopped": "tools.core.errors",
    "explain": "polysmith.explaining",
    "follow_up": "polysmith.following",
    "good_solvents": "polysmith.mixtures",
    "novelty": "polysmith.making",
    "polymerise": "polysmith.making",
    "routes": "polysmith.making",
    "next_experiments": "polysmith.proposing",
    "predict_blocks": "polysmith.mixtures",
    "predict_chi": "polysmith.mixtures",
    "predict_copolymer": "polysmith.mixtures",
    "predict_knowing": "polysmith.knowing",
    "predict_file": "polysmith.predicting",
    "screen": "polysmith.screening",
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use, so that importing polysmith costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'polysmith' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "polysmith.api")), name)
