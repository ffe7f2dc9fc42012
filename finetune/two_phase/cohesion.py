"""A second scarce property: cohesive energy density, with group contribution as the teacher of phase 1.

The measured values are non-commercial (GTRC): they are used to compare methods and nothing learnt from them is shipped.
Polymers are dealt into folds by key; of those that may be seen, a few or all are learnt from.
"""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.two_phase.fire import BOTH, FIRST, NONE, PLAIN, read_folds
from finetune.two_phase.phases import PhaseSettings, Rows, first_phase, inner_folds, second_phase
from finetune.two_phase.statistics import Answer, table, told
from finetune.two_phase.vectors import Array, Encode, Scaler
from tools.core.errors import NotCoveredError, PolysmithError, SetupError
from tools.core.polymer import Polymer
from tools.simulation.additive import evaluate, load_model
from tools.simulation.chain import chain_unit
from tools.simulation.cohesion import solubility_parameter

TABLE, PROPERTY = "experimental.csv", "cohesive_energy_density"
TARGET = "cohesive_energy_density"
_INNER, _FOLDS = 5, 5


@dataclass(frozen=True)
class Measured:
    """A measured polymer: chain, J/cm3 measured, J/cm3 by group contribution."""

    polymer: Polymer
    value: float
    estimate: float


def estimated(polymer: Polymer) -> float:
    """Estimate the cohesive energy density by group contribution.

    Parameters
    ----------
    polymer : Polymer
        The polymer.

    Returns
    -------
    float
        J/cm3: the square of the solubility parameter (``tools.simulation.cohesion``).

    Raises
    ------
    NotCoveredError
        If a group has no contribution.
    """
    unit = chain_unit(polymer.unit)
    volume = evaluate(load_model("gc-volume-1")[0], unit).value
    if volume <= 0:
        raise NotCoveredError("The estimated specific volume of this structure is not positive.")
    return solubility_parameter(unit, volume) ** 2


def read_measured(data: Path) -> tuple[tuple[Measured, ...], int]:
    """Read the measured polymers that group contribution covers.

    Parameters
    ----------
    data : Path
        Folder with ``experimental.csv``.

    Returns
    -------
    tuple of Measured, int
        One row per key, and how many rows were left out: unreadable, repeated or not covered.
    """
    if not (data / TABLE).is_file():
        raise SetupError(f"{data} has no {TABLE}.", hint="Name the folder with --data or POLYSMITH_DATA.")
    with (data / TABLE).open(encoding="utf-8", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["property"] == PROPERTY]
    found: dict[str, Measured] = {}
    for row in rows:
        try:
            polymer = Polymer.from_smiles(row["smiles"])
            found.setdefault(polymer.key, Measured(polymer, float(row["value"]), estimated(polymer)))
        except PolysmithError:
            continue
    return tuple(found.values()), len(rows) - len(found)


def teach(polymers: Sequence[Polymer]) -> tuple[list[Polymer], Array]:
    """Label hypothetical polymers.

    Parameters
    ----------
    polymers : sequence of Polymer
        The polymers.

    Returns
    -------
    list of Polymer, ndarray [n, 1]
        Those that group contribution covers, and logarithms of J/cm3.
    """
    kept, labels = [], []
    for polymer in polymers:
        try:
            labels.append(np.log(estimated(polymer)))
            kept.append(polymer)
        except NotCoveredError:
            continue
    return kept, np.array(labels)[:, None]


def compare(
    measured: Sequence[Measured],
    taught: Sequence[Polymer],
    labels: Array,
    encode: Encode,
    settings: PhaseSettings,
    path: Path,
    *,
    sizes: Sequence[int],
    seeds: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Compare the methods on folds by key, or go on with it.

    Parameters
    ----------
    measured : sequence of Measured
        Measured polymers.
    taught : sequence of Polymer
        Hypothetical polymers, none of them measured.
    labels : ndarray [n, 1]
        Their labels.
    encode : callable
        The encoder.
    settings : PhaseSettings
        How the phases learn.
    path : Path
        Gets one line for every size, fold and seed.
    sizes : sequence of int
        How many measured polymers are learnt from; 0 for all that may be.
    seeds : int
        Of the choice of these, and of weights.
    progress : callable
        Told how many of how many are done.

    Returns
    -------
    dict
        One table for each size; see ``statistics.table``.
    """
    raw = encode(taught)
    scaler = Scaler(raw, settings.components)
    synthetic = Rows(scaler(raw), labels, [p.key for p in taught])
    rows = Rows(
        scaler(encode([m.polymer for m in measured])), np.log([[m.value] for m in measured]),
        [m.polymer.key for m in measured],
    )  # fmt: skip
    fold_of = np.array([int(g) for g in inner_folds(rows, _FOLDS, 0).groups])
    done, heads, found = read_folds(path), dict[int, Any](), dict[str, Any]()
    jobs = [(size, seed, fold) for size in sizes for seed in range(seeds) for fold in range(_FOLDS)]
    with path.open("a", encoding="utf-8") as stream:
        for number, (size, seed, fold) in enumerate(jobs):
            held = f"{size}/{fold}"
            if (held, seed) not in done:
                if seed not in heads:
                    heads[seed] = first_phase(synthetic, settings, seed)
                answers = _fold(measured, rows, fold_of == fold, size, seed, heads[seed], settings)
                stream.write(json.dumps({"held": held, "seed": seed, "answers": [told(a) for a in answers]}) + "\n")
                stream.flush()
                done[held, seed] = answers
            progress(number + 1, len(jobs))
    for size in sizes:
        own = [a for s, seed, fold in jobs if s == size for a in done[f"{s}/{fold}", seed]]
        main = table(own, base=NONE, against=BOTH)[TARGET]
        main.pop("by_polymer")  # one could read measured values that may not be passed on out of it
        found[str(size) if size else "all"] = {
            NONE: main,
            **{base: table(own, base=base, against=BOTH)[TARGET]["reduction"] for base in (PLAIN[2], PLAIN[3], FIRST)},
        }
    return found


def _fold(
    measured: Sequence[Measured],
    rows: Rows,
    held: NDArray[np.bool_],
    size: int,
    seed: int,
    start: Any,
    settings: PhaseSettings,
) -> list[Answer]:
    """Answer one fold."""
    seen: list[int] = np.flatnonzero(~held).tolist()
    if size:
        seen = sorted(random.Random(f"{seed}/{size}").sample(seen, min(size, len(seen))))
    known = Rows(rows.inputs[seen], rows.targets[seen], [rows.groups[i] for i in seen])
    grouped, asked = inner_folds(known, _INNER, seed), rows.inputs[held]
    inside: list[int] = np.flatnonzero(held).tolist()
    solved = np.log([[measured[i].estimate] for i in inside])
    shift = float(np.mean(known.targets[:, 0] - np.log([measured[i].estimate for i in seen])))
    arms: dict[str, Array] = {
        PLAIN[0]: np.full((len(inside), 1), known.targets.mean()),
        PLAIN[2]: solved,
        PLAIN[3]: solved + shift,
        NONE: second_phase(grouped, asked, None, settings, seed),
        FIRST: start.predict(asked),
        BOTH: second_phase(grouped, asked, start, settings, seed),
    }
    return [
        Answer(arm, seed, rows.groups[i], rows.groups[i], TARGET, float(np.exp(guess[0])), measured[i].value)
        for arm, guesses in arms.items()
        for i, guess in zip(inside, guesses, strict=True)
    ]
