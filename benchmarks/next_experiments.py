"""How soon batches of experiments find the polymer with the highest measured glass transition.

Starts from 50 random labelled polymers of a pool of 1,500 and asks for 10 batches of 8. All methods see the same
Gaussian process (min-max kernel, constant mean, noise by marginal likelihood), so that only the choice of the batch
differs; none of them uses the shipped models, which know these labels. BoTorch's qLogEI is compared if it is
installed. With --correlation the errors of held-out polymers are compared by similarity instead.

    python benchmarks/next_experiments.py DATA_DIR [--seeds 5] [--correlation] [--json]
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.design.joint_draws import error_correlation, greedy_batch, joint_draws
from tools.properties.artefacts import library
from tools.properties.features import featurise
from tools.properties.kernels import Reference

Array = np.ndarray[Any, np.dtype[np.float64]]

POOL, START, BATCHES, SIZE = 1500, 50, 10, 8
NOISES = (0.02, 0.05, 0.1, 0.2, 0.4)


def pool(folder: Path, seed: int = 0) -> tuple[Array, Array]:
    """Similarities [m, m] and Tg [m] of the pool."""
    with (folder / "experimental.csv").open(encoding="utf-8", newline="") as handle:
        rows = [r for r in csv.DictReader(handle) if r["property"] == "Tg" and "GTRC" not in r["licence"]]
    found = {}
    for index in np.random.default_rng(seed).permutation(len(rows)):
        try:
            found.setdefault(Polymer.from_smiles(rows[index]["smiles"]), float(rows[index]["value"]))
        except PolysmithError:
            continue
        if len(found) == POOL:
            break
    ids = np.arange(len(found))
    similarity = Reference.of(featurise(list(found), "accurate")).min_max("cycle", ids, ids).astype(np.float64)
    return similarity, np.array(list(found.values()))


def posterior(similarity: Array, known: Any, y: Array) -> tuple[Array, Array]:
    """Mean [m] and covariance [m, m] of the process given labels of the known."""
    centre, spread = y.mean(), y.std()
    z = (y - centre) / spread
    among = similarity[np.ix_(known, known)]
    best = None
    for noise in NOISES:
        factor = np.linalg.cholesky(among + noise * np.eye(len(known)))
        white = np.linalg.solve(factor, z)
        scale = float(white @ white / len(z))
        evidence = -0.5 * len(z) * np.log(scale) - np.log(np.diag(factor)).sum()
        if best is None or evidence > best[0]:
            best = (evidence, factor, scale)
    _, factor, scale = best
    half = np.linalg.solve(factor, similarity[known])
    mean = centre + spread * (half.T @ np.linalg.solve(factor, z))
    return mean, scale * spread**2 * (similarity - half.T @ half)


def by_draws(mean: Array, covariance: Array, best: float, rest: Any, correlation: Array | None = None) -> list[int]:
    """Greedy expected maximum of the improvement over joint draws, as in next_batch."""
    sd = np.sqrt(np.maximum(np.diag(covariance)[rest], 1e-12))
    if correlation is None:
        correlation = np.clip(covariance[np.ix_(rest, rest)] / np.outer(sd, sd), -1, 1)
        np.fill_diagonal(correlation, 1.0)
    draws = mean[rest] + sd * joint_draws(correlation + 1e-4 * np.eye(len(rest)), np.eye(1), {}, 0)[:, :, 0]
    return greedy_batch(np.maximum(draws - best, 0.0), SIZE)[0]


def by_botorch(mean: Array, covariance: Array, best: float, rest: Any, seed: int) -> list[int]:
    """BoTorch's qLogEI, grown one by one over the discrete choices."""
    import torch
    from botorch.acquisition.logei import qLogExpectedImprovement
    from botorch.models.model import Model
    from botorch.optim import optimize_acqf_discrete
    from botorch.posteriors.gpytorch import GPyTorchPosterior
    from botorch.sampling.normal import SobolQMCNormalSampler
    from gpytorch.distributions import MultivariateNormal

    sd = covariance[np.ix_(rest, rest)].diagonal().max() ** 0.5
    centres = torch.tensor((mean[rest] - best) / sd)
    spread = torch.tensor(covariance[np.ix_(rest, rest)] / sd**2) + 1e-6 * torch.eye(len(rest), dtype=torch.double)

    class Given(Model):
        num_outputs = 1
        batch_shape = torch.Size([])

        def posterior(self, X: Any, *_: Any, **__: Any) -> Any:
            rows = X[..., 0].round().long()
            return GPyTorchPosterior(MultivariateNormal(centres[rows], spread[rows[..., :, None], rows[..., None, :]]))

    sampler = SobolQMCNormalSampler(torch.Size([128]), seed=seed)
    acquisition = qLogExpectedImprovement(Given(), best_f=0.0, sampler=sampler)
    choices = torch.arange(len(rest), dtype=torch.double)[:, None]
    found, _ = optimize_acqf_discrete(acquisition, q=SIZE, choices=choices, max_batch_size=512, unique=True)
    return found[:, 0].round().long().tolist()


def study(similarity: Array, y: Array, method: str, seed: int) -> tuple[list[float], float, float]:
    """Regret after every batch in kelvin, share of the best 1 % found, CPU seconds per batch."""
    rng = np.random.default_rng(seed)
    known = list(rng.permutation(len(y))[:START])
    regret, cost = [y.max() - y[known].max()], 0.0
    for number in range(BATCHES):
        rest = np.setdiff1d(np.arange(len(y)), known)
        mean, covariance = posterior(similarity, np.array(known), y[known])
        began = time.process_time()
        if method == "random":
            chosen = rng.permutation(len(rest))[:SIZE]
        elif method == "highest mean":
            chosen = np.argsort(-mean[rest], kind="stable")[:SIZE]
        elif method == "joint draws":
            chosen = by_draws(mean, covariance, y[known].max(), rest)
        elif method == "joint draws, 0.5 s^2":
            shared = error_correlation(similarity[np.ix_(rest, rest)])
            chosen = by_draws(mean, covariance, y[known].max(), rest, shared)
        else:
            chosen = by_botorch(mean, covariance, y[known].max(), rest, 1000 * seed + number)
        cost += time.process_time() - began
        known += list(rest[list(chosen)])
        regret.append(y.max() - y[known].max())
    top = np.argsort(-y)[: len(y) // 100]
    return regret, float(np.isin(top, known).mean()), cost / BATCHES


def compare(folder: Path, seeds: int) -> dict[str, Any]:
    similarity, y = pool(folder)
    methods = ["random", "highest mean", "joint draws", "joint draws, 0.5 s^2"]
    try:
        import botorch  # noqa: F401

        methods.append("BoTorch qLogEI")
    except ImportError:
        pass
    table = {}
    for method in methods:
        runs = [study(similarity, y, method, seed) for seed in range(seeds)]
        curves = np.array([run[0] for run in runs])
        table[method] = {
            "regret_after_3_K": round(float(curves[:, 3].mean()), 1),
            "regret_after_10_K": round(float(curves[:, -1].mean()), 1),
            "mean_regret_K": round(float(curves[:, 1:].mean()), 1),
            "standard_error_K": round(float(curves[:, 1:].mean(axis=1).std(ddof=1) / np.sqrt(seeds)), 1),
            "best_1_percent_found": round(float(np.mean([run[1] for run in runs])), 3),
            "cpu_s_per_batch": round(float(np.mean([run[2] for run in runs])), 2),
        }
    return {"pool": len(y), "highest_K": float(y.max()), "seeds": seeds, "methods": table}


def correlation(most: int = 3000) -> dict[str, Any]:
    """Mean product of standardised errors of two held-out polymers, by similarity, near and far from the training."""
    reference, rng = library().structures[1], np.random.default_rng(0)
    edges = (0.0, 0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
    found = {}
    for name in ("Tg", "density", "band_gap", "P_O2", "ffv"):
        model = library().model(name)
        picked = rng.permutation(len(model.rows))[:most]
        rows, y = model.rows[picked], model.labels[picked]
        s = reference.min_max("cycle", rows, rows).astype(np.float64)
        crowd = s[:, rng.choice(len(rows), 25)].max(axis=1)
        for kind, held in (("random", np.arange(len(rows)) % 2 == 0), ("clusters", crowd > np.quantile(crowd, 0.6))):
            mean, covariance = posterior(s, np.flatnonzero(~held), y[~held])
            error = ((y - mean) / np.sqrt(np.maximum(np.diag(covariance), 1e-3 * covariance.diagonal().max())))[held]
            error = np.clip(error, *np.quantile(error, [0.01, 0.99]))
            error = (error - error.mean()) / error.std()
            upper = np.triu_indices(held.sum(), 1)
            alike, product = s[np.ix_(held, held)][upper], np.outer(error, error)[upper]
            bins = [(alike >= low) & (alike < high) for low, high in pairwise(edges)]
            found[f"{name}, {kind}"] = [round(float(product[b].mean()), 2) if b.sum() > 60 else None for b in bins]
    return {"similarity_from": edges[:-1], "correlation": found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--correlation", action="store_true")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    result = correlation() if args.correlation else compare(args.data, args.seeds)
    if args.json:
        print(json.dumps(result, indent=1))
    else:
        for name, row in (result.get("methods") or result["correlation"]).items():
            print(f"{name:26s} {row}")


if __name__ == "__main__":
    main()
