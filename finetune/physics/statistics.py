"""Reference statistics of measured polymers that the physics checks compare with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from tools.core.cards import Card, DataSource, file_sha256
from tools.core.errors import NotCoveredError
from tools.simulation.chain import chain_unit
from tools.simulation.robeson import BOUNDS, excess
from tools.simulation.vdw import unit_volume

#: Pairs of gases whose order of permeability is counted, the usually faster first.
ORDERS: tuple[tuple[str, str], ...] = (
    ("O2", "N2"), ("CO2", "N2"), ("CO2", "O2"), ("CO2", "CH4"), ("H2", "N2"), ("H2", "CH4"), ("H2", "O2"),
)  # fmt: skip
_LEVELS = (0.005, 0.025, 0.5, 0.975, 0.995)


def reference_statistics(frame: Any, data_dir: Path, versions: dict[str, str]) -> tuple[dict[str, Any], Card]:
    """Count what measured polymers do.

    Parameters
    ----------
    frame : pandas.DataFrame
        Measured values, without rows that may not be shipped.
    data_dir : Path
        Folder of ``experimental.csv``, for its hash.
    versions : dict of str to str
        Library versions.

    Returns
    -------
    dict
        Quantiles of the packing coefficient and of Tg/Tm, counts of permeability orders, counts above the upper bound.
    Card
        Its card, without file hashes.
    """
    values = {name: group.groupby("unit_key")["value"].median() for name, group in frame.groupby("property")}
    packing = _packing(values["density"])
    ratio = (values["Tg"] / values["Tm"]).dropna()
    content = {
        "packing": _quantiles(packing),
        "tg_over_tm": _quantiles(ratio.to_numpy()),
        "order": {f"{a}/{b}": _order(values, a, b) for a, b in ORDERS},
        "robeson": {pair: _above(values, pair) for pair in BOUNDS if "He" not in pair},  # He: only rows left out
    }  # fmt: skip
    path = data_dir / "experimental.csv"
    card = Card(
        id="gc-reference-1",
        title="What measured polymers do: packing, Tg/Tm, order of gas permeabilities",
        description="Quantiles and counts over measured polymers, medians per unit key.",
        files={},
        data=[
            DataSource(name=path.name, sha256=file_sha256(path), rows=len(frame), licence="as named per row; no GTRC")
        ],
        split="none: descriptive statistics",
        metrics={"n_packing": len(packing), "n_tg_over_tm": len(ratio)},
        command="python -m finetune.physics.additive DATA_DIR OUT_DIR",
        versions=versions,
        seed=0,
        limits="Measured samples include semicrystalline ones and errors of the data base.",
    )
    return content, card


def _packing(density: Any) -> Any:
    found = []
    for key, value in density.items():
        try:
            found.append(unit_volume(chain_unit(str(key))).specific * value)
        except NotCoveredError:
            continue
    return np.array(found)


def _quantiles(sample: Any) -> dict[str, Any]:
    levels = {f"{level:g}": round(float(np.quantile(sample, level)), 4) for level in _LEVELS}
    return {"n": len(sample), "quantiles": levels}


def _order(values: dict[str, Any], fast: str, slow: str) -> dict[str, int]:
    ratio = (values[f"P_{fast}"] / values[f"P_{slow}"]).dropna()
    return {"n": len(ratio), "in_order": int((ratio > 1).sum())}


def _above(values: dict[str, Any], pair: str) -> dict[str, int]:
    fast, slow = pair.split("/")
    both = (values[f"P_{fast}"] / values[f"P_{slow}"]).dropna()
    above = [excess(pair, float(values[f"P_{fast}"][key]), float(ratio)) > 1 for key, ratio in both.items()]
    return {"n": len(both), "above": sum(above)}
