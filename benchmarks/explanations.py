"""How well differences between predictions match differences between known values: the basis of explanations.

    python benchmarks/explanations.py

For sampled known polymers, each part is exchanged for its stand-in. Where both chains have a known value, the known
difference is compared with the difference of their held-out predictions (each from a model trained without that chain;
the other chain of the pair may have been in training).
"""

from __future__ import annotations

import random

import numpy as np

from tools.chemistry.parts import parts_of
from tools.core.polymer import Polymer
from tools.properties.artefacts import library

SAMPLES = {"Tg": 700, "Tm": 500, "P_O2": 400, "refractive_index": 300}
SEED = 3


def pairs(name: str, sample: int) -> tuple[np.ndarray, np.ndarray]:
    """Return known and predicted differences [n] of the pairs of a property, in model space."""
    found = library()
    units, model = found.structures[0], found.model(name)
    place = {units[row]: number for number, row in enumerate(model.rows)}
    held_out = model.labels - model.residuals
    rows = sorted(int(row) for row in model.rows)
    random.Random(SEED).shuffle(rows)
    known: dict[tuple[str, str], tuple[float, float]] = {}
    for row in rows[:sample]:
        for part in parts_of(Polymer.from_smiles(units[row])):
            if part.before is None or part.after is None or part.before == part.after:
                continue
            one, other = place.get(part.before.unit), place.get(part.after.unit)
            if one is not None and other is not None:
                difference = model.labels[one] - model.labels[other], held_out[one] - held_out[other]
                known[part.before.key, part.after.key] = difference
    table = np.array(sorted(known.values()))
    return table[:, 0], table[:, 1]


def main() -> None:
    print("property           pairs      r    MAE  mean size  sign right  sign right where above the model's error")
    for name, sample in SAMPLES.items():
        known, predicted = pairs(name, sample)
        right = np.sign(known) == np.sign(predicted)
        large = np.abs(known) >= library().model(name).unit
        print(
            f"{name:18} {len(known):5} {np.corrcoef(known, predicted)[0, 1]:6.2f} "
            f"{np.abs(known - predicted).mean():6.3g} {np.abs(known).mean():10.3g} {right.mean():11.2f} "
            f"{right[large].mean():11.2f} (of {large.sum()})"
        )


if __name__ == "__main__":
    main()
