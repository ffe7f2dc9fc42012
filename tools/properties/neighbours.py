"""Nearest polymers with a known value: the evidence behind a prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tools.chemistry.names import name_of
from tools.core.evidence import MeasuredNeighbour, Value
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.artefacts import SHIPPED, library
from tools.properties.features import featurise

#: Names of the tables that values come from, as sources are shown.
SOURCES: dict[str, str] = {
    "polymetrix": "PolyMetriX curated Tg (Zenodo 15783761, CC-BY-4.0)",
    "point2": "POINT2 Tg table (PoLyInfo-derived)",
    "ht_tg": "polymon Tg table (PoLyInfo-derived)",
    "ht_ood_me": "polymon out-of-distribution Tg table",
    "hkqiu_pi": "polyimide Tg table (hkqiu)",
    "bicerano": "Bicerano, Prediction of Polymer Properties (via Choi 2024)",
    "point2_msa": "Membrane Society of Australasia gas permeability database (via POINT2)",
    "dct_melting": "data-centric-transfer melting table (PoLyInfo-derived)",
    "sgir_all": "SGIR density table (PoLyInfo-derived)",
    "pi1070": "RadonPy PI1070 (BSD-3-Clause)",
    "khazana": "Khazana (Ramprasad group)",
    "opp_train": "NeurIPS 2025 Open Polymer Prediction, training table",
    "opp_supp4": "NeurIPS 2025 Open Polymer Prediction, supplement 4",
}
# named in a merged row only where another source alone gives the same number
_UNNAMED = frozenset({"polyverse_gas"})


def nearest_measured(
    polymer: Polymer,
    property: str,  # noqa: A002 - the word that every value and constraint uses
    k: int = 3,
    *,
    folder: Path = SHIPPED,
) -> list[MeasuredNeighbour]:
    """Find the polymers with a known value that are most like a polymer.

    Parameters
    ----------
    polymer : Polymer
        The polymer asked about; if it was measured itself it comes first, with similarity 1.
    property : str
        Property id or name. For simulated properties the known values are simulated, and say so.
    k : int
        How many at most.
    folder : Path
        Artefact folder.

    Returns
    -------
    list of MeasuredNeighbour
        Most similar first; ties in the order of the repeat units.

    Raises
    ------
    UnknownNameError
        If the property is unknown or has no model.
    """
    found = library(folder)
    name = get_property(property).id
    known = _known(name, folder)
    units, reference = found.structures
    rows = np.array(sorted(known), dtype=np.int64)
    similarity = reference.min_max("cycle", featurise([polymer]), rows)[0]
    order = np.argsort(-similarity, kind="stable")[:k]
    return [_neighbour(name, units[rows[place]], float(similarity[place]), known[int(rows[place])]) for place in order]


def _known(name: str, folder: Path) -> dict[int, tuple[float, str, str]]:
    """Return value, kind and source by reference row."""
    found = library(folder)
    model = found.model(name)
    values = 10.0**model.labels if model.log else model.labels
    kind = model.label_kind
    return {
        int(row): (float(f"{value:.5g}"), kind, source)
        for row, value, source in zip(model.rows, values, model.sources, strict=True)
    }


def _neighbour(name: str, unit: str, similarity: float, known: tuple[float, str, str]) -> MeasuredNeighbour:
    value, kind, source = known
    polymer = Polymer.from_smiles(unit)
    return MeasuredNeighbour(
        smiles=polymer.smiles,
        name=name_of(polymer) or "",
        similarity=round(similarity, 4),
        value=Value(
            property=name,
            value=value,
            unit=get_property(name).unit,
            kind="measured" if kind == "measured" else "simulated",
            source=_cite(source),
        ),
    )


def _cite(source: str) -> str:
    names = [item for item in source.split("+") if item not in _UNNAMED] or [source]
    return "; ".join(SOURCES.get(item, item) for item in names)
