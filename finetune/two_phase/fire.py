"""Time of ignition and peak heat release: every method asked for polymers that it has learnt nothing measured of."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from finetune.two_phase.head import Head
from finetune.two_phase.measured import Test, parts
from finetune.two_phase.phases import PhaseSettings, Rows, first_phase, second_phase
from finetune.two_phase.statistics import Answer, told
from finetune.two_phase.synthetic import Label, simulate
from finetune.two_phase.vectors import Array, Encode, Scaler
from tools.chemistry.fingerprints import fingerprints
from tools.core.polymer import Polymer

HoldOut = Literal["polymer", "family"]
TARGETS = ("time_to_ignition", "peak_hrr")
#: Methods that learn nothing on top of an encoder.
PLAIN = ("mean of the others", "nearest of the others", "physics alone", "physics, scaled by the others")
#: Methods on top of an encoder.
NONE, FIRST, BOTH = "no pre-training", "phase 1 alone", "two phases"


def conditions_of(flux: Sequence[float], thickness: Sequence[float]) -> Array:
    """Return inputs [n, 2] for flux (kW/m2) and thickness (mm): logarithms about 43 kW/m2 and 3.9 mm, of unit size."""
    return np.column_stack([(np.log(flux) - 3.77) / 0.32, (np.log(thickness) - 1.35) / 0.55])


def group_of(test: Test, hold_out: HoldOut) -> str:
    """Return what a test is held out with: its chain, or its family."""
    return test.polymer.key if hold_out == "polymer" else test.family


def truths(tests: Sequence[Test]) -> Array:
    """Return logarithms [n, 2] of s and kW/m2."""
    return np.log([[test.ignition, test.peak] for test in tests])


@lru_cache(maxsize=4096)
def _physics(unit: str, flux: float, thickness: float, without: tuple[str, ...], longest: float) -> tuple[float, float]:
    """Solver with parameters of the structure; what does not ignite gets the end of the test and no peak."""
    ignition, peak = simulate(Polymer.from_smiles(unit), flux, thickness, without=without, longest=longest)
    return (ignition, peak) if ignition is not None and peak is not None else (longest, 1.0)


def plain_answers(tests: Sequence[Test], hold_out: HoldOut, longest: float) -> list[Answer]:
    """Answer by the mean, by the nearest polymer, and by physics.

    Parameters
    ----------
    tests : sequence of Test
        All measured tests.
    hold_out : {"polymer", "family"}
        What is left out together.
    longest : float
        Seconds of a simulated test at most.

    Returns
    -------
    list of Answer
        Of the arms in ``PLAIN``.
    """
    groups = [group_of(test, hold_out) for test in tests]
    found: list[Answer] = []
    known = truths(tests)
    for held in sorted(set(groups)):
        inside = [i for i, g in enumerate(groups) if g == held]
        others = [i for i, g in enumerate(groups) if g != held]
        without = tuple(sorted({tests[i].polymer.key for i in inside}))
        solved = np.log(
            [_physics(t.polymer.smiles, t.flux, t.thickness, tuple(sorted({*without, t.polymer.key})), longest)
             for t in tests]
        )  # fmt: skip
        shift = np.array([_by_group(known[others] - solved[others], [groups[i] for i in others])])
        for i in inside:
            same = [j for j in others if tests[j].flux == tests[i].flux] or others
            near = _nearest(tests[i], [tests[j] for j in same])
            guesses = (
                _by_group(known[same], [groups[j] for j in same]), known[same[near]], solved[i], solved[i] + shift[0]
            )  # fmt: skip
            found += [
                a for arm, guess in zip(PLAIN, guesses, strict=True) for a in _answers(arm, 0, tests[i], held, guess)
            ]
    return found


def _by_group(rows: Array, groups: Sequence[str]) -> Array:
    """Mean over groups of the mean over their rows."""
    means = [rows[[g == name for g in groups]].mean(axis=0) for name in sorted(set(groups))]
    return np.asarray(np.mean(means, axis=0))


def _nearest(test: Test, others: Sequence[Test]) -> int:
    """Place of the most similar chain (Tanimoto of Morgan counts); of several, the nearest thickness."""
    rows = fingerprints([test.polymer, *(t.polymer for t in others)]).toarray()
    shared = rows[1:] @ rows[0]
    similarity = shared / (np.square(rows[1:]).sum(axis=1) + np.square(rows[0]).sum() - shared)
    return max(range(len(others)), key=lambda i: (similarity[i], -abs(others[i].thickness - test.thickness)))


def _answers(arm: str, seed: int, test: Test, held: str, guess: Array) -> list[Answer]:
    row = f"{test.material} at {test.flux:g} kW/m2"
    return [
        Answer(arm, seed, held, row, target, float(np.exp(guess[place])), truth)
        for place, (target, truth) in enumerate(zip(TARGETS, (test.ignition, test.peak), strict=True))
    ]


@dataclass
class Comparison:
    """The comparison with one encoder.

    Attributes
    ----------
    tests : tuple of Test
        Measured tests.
    labels : tuple of Label
        Synthetic labels, in parts dealt by ``measured.parts``.
    encode : callable
        The encoder.
    settings : PhaseSettings
        How the phases learn.
    hold_out : {"polymer", "family"}
        What is left out together.
    number_of_parts : int
        Parts of the labels.
    """

    tests: tuple[Test, ...]
    labels: tuple[Label, ...]
    encode: Encode
    settings: PhaseSettings
    hold_out: HoldOut
    number_of_parts: int

    def __post_init__(self) -> None:
        """Encode every chain once."""
        lit = [row for row in self.labels if row.ignition is not None]
        units = sorted({row.unit for row in lit})
        raw = self.encode([Polymer.from_smiles(unit) for unit in units])
        scaler = Scaler(raw, self.settings.components)
        place = {unit: i for i, unit in enumerate(units)}
        scaled = scaler(raw)
        self._synthetic = {
            part: self._rows([row for row in lit if row.part == part], scaled, place)
            for part in range(self.number_of_parts)
        }
        chains = scaler(self.encode([test.polymer for test in self.tests]))
        given = conditions_of([t.flux for t in self.tests], [t.thickness for t in self.tests])
        groups = [group_of(test, self.hold_out) for test in self.tests]
        self.measured = Rows(np.hstack([chains, given]), truths(self.tests), groups)
        self._heads: dict[tuple[int, int], Head] = {}

    @staticmethod
    def _rows(labels: list[Label], scaled: Array, place: dict[str, int]) -> Rows:
        given = conditions_of([r.flux for r in labels], [r.thickness for r in labels])
        targets = np.log([[r.ignition or np.nan, r.peak or np.nan] for r in labels])
        return Rows(np.hstack([scaled[[place[r.unit] for r in labels]], given]), targets, [r.key for r in labels])

    def part_of(self, held: str) -> int:
        """Return the part of the labels that knows nothing of what is held out.

        Parameters
        ----------
        held : str
            Key or family.
        """
        keys = {t.polymer.key for t in self.tests if group_of(t, self.hold_out) == held}
        dealt = parts(self.tests, self.number_of_parts)
        return next(i for i, part in enumerate(dealt) if keys <= set(part))

    def fold(self, held: str, seed: int) -> list[Answer]:
        """Answer one polymer, or family, with one seed.

        Parameters
        ----------
        held : str
            Key or family.
        seed : int
            Of weights and order.

        Returns
        -------
        list of Answer
            Of no pre-training, phase 1 alone and both phases.
        """
        part = self.part_of(held)
        if (part, seed) not in self._heads:
            self._heads[part, seed] = first_phase(self._synthetic[part], self.settings, seed)
        start, seen = self._heads[part, seed], self.measured.without([held])
        inside = [i for i, group in enumerate(self.measured.groups) if group == held]
        asked = self.measured.inputs[inside]
        arms = {
            NONE: second_phase(seen, asked, None, self.settings, seed),
            FIRST: start.predict(asked),
            BOTH: second_phase(seen, asked, start, self.settings, seed),
        }
        return [
            answer
            for arm, guesses in arms.items()
            for i, guess in zip(inside, guesses, strict=True)
            for answer in _answers(arm, seed, self.tests[i], held, guess)
        ]

    def run(self, seeds: int, path: Path, progress: Callable[[int, int], None] = lambda a, b: None) -> list[Answer]:
        """Answer everything with every seed, or what a stopped run has left.

        Parameters
        ----------
        seeds : int
            How many.
        path : Path
            Gets one line for every polymer and seed.
        progress : callable
            Told how many of how many are done.

        Returns
        -------
        list of Answer
            All of them.
        """
        done = read_folds(path)
        held = sorted(set(self.measured.groups))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as stream:
            for number, (seed, group) in enumerate((s, g) for s in range(seeds) for g in held):
                if (group, seed) not in done:
                    done[group, seed] = self.fold(group, seed)
                    line = {"held": group, "seed": seed, "answers": [told(a) for a in done[group, seed]]}
                    stream.write(json.dumps(line) + "\n")
                    stream.flush()
                progress(number + 1, seeds * len(held))
        return [a for (_, seed), answers in sorted(done.items()) if seed < seeds for a in answers]


def read_folds(path: Path) -> dict[tuple[str, int], list[Answer]]:
    """Read stored answers; a line cut short by a kill is taken out of the file.

    Parameters
    ----------
    path : Path
        File of ``Comparison.run``.

    Returns
    -------
    dict of (str, int) to list of Answer
        By what was held out, and seed.
    """
    if not path.is_file():
        return {}
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        path.write_bytes(whole)
    lines = [json.loads(line) for line in whole.splitlines()]
    return {(line["held"], line["seed"]): [Answer(**a) for a in line["answers"]] for line in lines}
