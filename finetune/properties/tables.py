"""Load and clean the development tables of labels; ``user_tables`` has the rules for anyone's table.

The rules, in order; every row that goes is counted in the report:

1. Licence: rows whose only licence is GTRC non-commercial are left out of shipped models. A row merged from a GTRC and
   another source is kept only where the two agree to 1e-6, so that the other source alone gives the number.
2. Structure: the repeat unit must be read by ``Polymer``; stereochemistry is dropped, because the sources mix forms.
3. Number: finite, above zero for properties on a logarithmic scale, within the property's plausible range.
4. Flags: a melting point below the glass transition of the same polymer is left out (the glass transition, backed by
   more sources, stays).
5. One row per polymer: the median of its values, with their spread; sources are joined.
6. Rows whose sources conflict (glass transitions by more than 20 K) stay, with half weight.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from finetune.properties.recipes import Recipe
from tools.core.cards import file_sha256
from tools.core.errors import InputError, StructureError
from tools.core.polymer import Polymer
from tools.core.properties import get_property
from tools.properties.features import flat_unit

_AGREE = 1e-6
_BARRED = "GTRC"


@dataclass(frozen=True)
class Labels:
    """Clean labels of one property, one row per polymer, ordered by unit.

    Attributes
    ----------
    property : str
        Property id.
    units : tuple of str
        Canonical units without stereochemistry, n of them.
    values : ndarray [n]
        Labels in model space (log10 where ``log``).
    weights : ndarray [n]
        1, or 0.5 where sources conflict.
    sources : tuple of str
        Source of each label.
    log : bool
        True if values are log10.
    licences : tuple of str
        Licences of the rows used.
    dropped : dict of str to int
        How many rows each rule left out.
    sha256 : str
        Hash of the file.
    file : str
        Name of the file.
    spreads : ndarray [n]
        Highest less lowest value of each polymer in model space; empty where it was not kept.
    """

    property: str
    units: tuple[str, ...]
    values: NDArray[np.float64]
    weights: NDArray[np.float64]
    sources: tuple[str, ...]
    log: bool
    licences: tuple[str, ...] = ()
    dropped: dict[str, int] = field(default_factory=dict)
    sha256: str = ""
    file: str = ""
    spreads: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def __len__(self) -> int:
        return len(self.units)


def load_labels(data_dir: Path, recipe: Recipe, *, non_commercial: bool = False) -> Labels:
    """Load the labels of a recipe.

    Parameters
    ----------
    data_dir : Path
        Folder with ``experimental.csv`` and ``simulated.csv``.
    recipe : Recipe
        What to load.
    non_commercial : bool
        Use rows that may not be used commercially as well; never for shipped models.

    Returns
    -------
    Labels
        Clean labels.

    Raises
    ------
    InputError
        If the file is missing or no row is left.
    """
    path = data_dir / f"{recipe.table}.csv"
    if not path.is_file():
        raise InputError(
            f"{path} does not exist.", hint="Point --data (or POLYSMITH_DATA) at the folder with the tables."
        )
    whole = pd.read_csv(path, low_memory=False)
    licensed = pd.Series(True, index=whole.index) if non_commercial else _licensed(whole)
    wanted = whole["property"] == recipe.column
    if recipe.sources:
        wanted &= whole["source"].isin(recipe.sources)
    dropped = {"licence": int((wanted & ~licensed).sum())}
    table = whole[wanted & licensed]
    if recipe.optical:
        table = _add_electronic(table, whole, recipe)
    if recipe.divisor:
        table = _divide(table, whole[licensed & (whole["property"] == recipe.divisor)])
    if "flag" in table and recipe.property == "Tm":
        flagged = table["flag"].notna()
        dropped["melts below its glass transition"] = int(flagged.sum())
        table = table[~flagged]
    conflict = table["conflict"].astype(str).eq("True") if "conflict" in table else pd.Series(False, index=table.index)
    return clean(
        recipe.property,
        table["smiles"].tolist(),
        table["value"].to_numpy(dtype=float) * recipe.factor,
        sources=table["source"].tolist(),
        conflict=conflict.to_numpy(dtype=bool),
        log=recipe.log,
        dropped=dropped,
        licences=_licences(table["licence"], barred=non_commercial),
        file=path,
    )


def _licences(column: pd.Series[str], *, barred: bool) -> tuple[str, ...]:
    """Name the licences behind rows; for merged rows those of the sources that give the number by themselves."""
    parts = {part.strip() for text in column.unique() for part in str(text).split(" | ")}
    return tuple(sorted(part for part in parts if barred or _BARRED not in part))


def _add_electronic(table: pd.DataFrame, whole: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Add n^2 - 1 of the same source and polymer; rows without a refractive index go."""
    optical = whole[(whole["property"] == recipe.optical) & whole["source"].isin(recipe.sources)]
    index = optical.groupby(["source", "smiles"])["value"].median().rename("optical")
    both = table.join(index, on=["source", "smiles"]).dropna(subset=["optical"])
    return both.assign(value=both["value"] + both["optical"] ** 2 - 1)


def _divide(table: pd.DataFrame, below: pd.DataFrame) -> pd.DataFrame:
    """Divide labels by another property of the same polymer; rows without it go."""
    divisor = below[below["value"] > 0].groupby("smiles")["value"].median().rename("divisor")
    both = table.join(divisor, on="smiles").dropna(subset=["divisor"])
    return both.assign(value=both["value"] / both["divisor"])


def _licensed(table: pd.DataFrame) -> pd.Series[bool]:
    licence = table["licence"].astype(str)
    barred = licence.str.contains(_BARRED)
    mixed = barred & licence.str.contains("|", regex=False)
    if "range" not in table:
        return ~barred
    return ~barred | (mixed & (table["range"].astype(float).fillna(np.inf) <= _AGREE))


def clean(
    name: str,
    smiles: Sequence[str],
    values: NDArray[np.float64],
    *,
    sources: Sequence[str] = (),
    conflict: NDArray[np.bool_] | None = None,
    log: bool = False,
    dropped: dict[str, int] | None = None,
    licences: tuple[str, ...] = (),
    file: Path | None = None,
) -> Labels:
    """Apply the cleaning rules to columns.

    Parameters
    ----------
    name : str
        Property id.
    smiles : sequence of str
        Repeat units.
    values : ndarray
        Numbers in the canonical unit.
    sources : sequence of str
        Source of each row.
    conflict : ndarray of bool, optional
        Rows whose sources conflict.
    log : bool
        Work on log10.
    dropped : dict of str to int, optional
        Counts so far.
    licences : tuple of str
        Licences of the rows.
    file : Path, optional
        Where they come from.

    Returns
    -------
    Labels
        One row per polymer.

    Raises
    ------
    InputError
        If no row is left.
    """
    counts = dict(dropped or {})
    units = [clean_unit(text) for text in smiles]
    low, high = get_property(name).plausible
    fine = np.isfinite(values) & (values >= low) & (values <= high) & (~np.asarray(log) | (values > 0))
    read = np.array([unit is not None for unit in units], dtype=bool)
    counts["structure not read"] = int((~read).sum())
    counts["number missing or impossible"] = int((read & ~fine).sum())
    frame = pd.DataFrame(
        {
            "unit": units,
            "value": np.log10(np.where(fine, values, 1.0)) if log else values,
            "source": list(sources) or ["table"] * len(units),
            "weight": np.where(np.zeros(len(units), bool) if conflict is None else conflict, 0.5, 1.0),
        }
    )[read & fine]
    if frame.empty:
        raise InputError(
            f"No usable row for {name}.", hint="Columns smiles and value are needed; see the counts of the rules."
        )
    grouped = frame.groupby("unit", sort=True)
    counts["merged into another row of the same polymer"] = len(frame) - grouped.ngroups
    return Labels(
        name,
        tuple(str(unit) for unit in grouped["value"].median().index),
        grouped["value"].median().to_numpy(dtype=float),
        grouped["weight"].min().to_numpy(dtype=float),
        tuple(grouped["source"].agg(lambda items: "+".join(sorted(set("+".join(items).split("+")))))),
        log,
        licences,
        counts,
        file_sha256(file) if file else "",
        file.name if file else "",
    )


_units: dict[str, str | None] = {}


def clean_unit(text: object) -> str | None:
    """Return the canonical unit of a repeat unit without stereochemistry, None if it cannot be read."""
    key = re.sub(r"[@/\\]", "", str(text))
    if key not in _units:
        try:
            _units[key] = flat_unit(Polymer.from_smiles(key))
        except StructureError:
            _units[key] = None
    return _units[key]
