"""Measures of a generator: is what it writes valid, new, like real polymers, makeable, and what was asked for."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from finetune.generator.corpus import Corpus, label
from tools.core.polymer import Polymer
from tools.design.generative import gated
from tools.design.token_network import Generator
from tools.synthesis.retro import routes

_SAMPLES = 400
_ROUTED = 300


@dataclass(frozen=True)
class Measured:
    """What was measured.

    Attributes
    ----------
    free, asked : dict of str to float
        Quality of samples with nothing asked, and with six properties of a held-out polymer asked for.
    control : dict of str to dict of str to float
        Asked for alone, at guidance 1 and 1.5: Spearman correlation of asked and predicted scores, and the mean
        absolute error of the scores beside that of samples with nothing asked.
    units_per_cpu_s : float
        Different valid units per CPU-second, gate included.
    """

    free: dict[str, float]
    asked: dict[str, float]
    control: dict[str, dict[str, float]]
    units_per_cpu_s: float

    def as_dict(self) -> dict[str, Any]:
        """Return the measures for a card."""
        return asdict(self)


def quality(polymers: list[Polymer | None], corpus: Corpus) -> dict[str, float]:
    """Judge samples.

    Parameters
    ----------
    polymers : list of Polymer or None
        What was written, None where the gate refused it.
    corpus : Corpus
        What was learnt from.

    Returns
    -------
    dict of str to float
        Shares: ``valid`` of all; ``unique`` of the valid; of the unique ``new`` (not trained on),
        ``not_a_real_polymer`` (not among the real ones either), and ``routed`` (first 300: a verified route).
    """
    valid = [polymer for polymer in polymers if polymer is not None]
    unique = list(dict.fromkeys(valid))
    known = {p for p, held in zip(corpus.polymers, corpus.held_out, strict=True) if not held}
    real = {p for p, made in zip(corpus.polymers, corpus.real, strict=True) if made}
    part = unique[:_ROUTED]
    return {
        "valid": _share(len(valid), len(polymers)),
        "unique": _share(len(unique), len(valid)),
        "new": _share(sum(p not in known for p in unique), len(unique)),
        "not_a_real_polymer": _share(sum(p not in real for p in unique), len(unique)),
        "routed": _share(sum(bool(routes(p, 1)) for p in part), len(part)),
    }


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def measure(generator: Generator, corpus: Corpus, seed: int, samples: int = _SAMPLES) -> Measured:
    """Measure a generator.

    Parameters
    ----------
    generator : Generator
        What to measure.
    corpus : Corpus
        What it learnt from; its held-out polymers say what is asked for.
    seed : int
        Seed of the samples.
    samples : int
        Units per measurement.

    Returns
    -------
    Measured
        The measures.
    """
    rng = np.random.default_rng(seed + 1)
    width = len(generator.properties)
    held = np.flatnonzero(corpus.held_out)
    wanted = generator.scale.scores(corpus.targets)[rng.choice(held, size=samples)]
    nothing = np.full((samples, width), np.nan)
    began = time.process_time()
    free = gated(generator, generator.sample(nothing, rng))
    cost = time.process_time() - began
    six = np.where(np.argsort(rng.random((samples, width)), axis=1) < 6, wanted, np.nan)
    asked = gated(generator, generator.sample(six, rng))
    base = _scores(generator, free)
    control: dict[str, dict[str, float]] = {}
    for place, name in enumerate(generator.properties):
        single = nothing.copy()
        single[:, place] = wanted[:, place]
        control[name] = {"mae_nothing_asked": round(float(np.nanmean(np.abs(base[:, place] - wanted[:, place]))), 3)}
        for guidance in (1.0, 1.5):
            got = _scores(generator, gated(generator, generator.sample(single, rng, guidance=guidance)))[:, place]
            there = ~np.isnan(got)
            rank = spearmanr(wanted[there, place], got[there]).statistic if there.sum() > 2 else 0.0
            control[name][f"spearman_{guidance:g}"] = round(float(rank), 3)
            control[name][f"mae_{guidance:g}"] = round(float(np.mean(np.abs(wanted[there, place] - got[there]))), 3)
    distinct = len({p for p in free if p is not None})
    return Measured(quality(free, corpus), quality(asked, corpus), control, round(distinct / cost, 1))


def _scores(generator: Generator, polymers: list[Polymer | None]) -> NDArray[np.float64]:
    """Scores [n, p] of what was written, NaN where it was refused."""
    found = np.full((len(polymers), len(generator.properties)), np.nan)
    there = [row for row, polymer in enumerate(polymers) if polymer is not None]
    found[there] = generator.scale.scores(label([polymer for polymer in polymers if polymer is not None]))
    return found
