"""The frozen predictor that judges property constraints: the shipped models, named by their cards."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from polybench.scoring.design import Values, bounds_of
from polybench.scoring.structures import in_workers
from polybench.task import Task
from tools.core.cards import Card
from tools.core.errors import PolysmithError
from tools.core.properties import get_property

Tier = Literal["fast", "accurate"]


def predicted(wanted: Iterable[tuple[Task, str, str]], tier: Tier) -> tuple[Values, dict[str, str], dict[str, str]]:
    """Predict what property constraints ask for.

    Parameters
    ----------
    wanted : iterable of (Task, str, str)
        Task, and key and canonical repeat unit of a candidate.
    tier : {"fast", "accurate"}
        Form of the models.

    Returns
    -------
    values : dict of (str, str) to float
        By polymer key and property id, in the canonical unit.
    cards : dict of str to str
        Card id by property id, with its held-out error.
    absent : dict of str to str
        Why a property has no prediction, by property id; constraints on it are not judged.
    """
    from tools.properties.absent import why_absent
    from tools.properties.predict import available

    models = available()
    groups: dict[tuple[str, ...], dict[str, str]] = {}
    absent: dict[str, str] = {}
    for task, key, smiles in wanted:
        names = {bounds_of(item)[0] for item in task.constraints if item.kind == "property"}
        for name in sorted(names - models.keys()):
            absent[name] = why_absent(name) or "no model"
        asked = tuple(sorted(names & models.keys()))
        if asked:
            groups.setdefault(asked, {})[key] = smiles
    values: Values = {}
    for names_asked, polymers in groups.items():
        jobs = [(smiles, names_asked, tier) for smiles in polymers.values()]
        rows = in_workers("polybench.scoring.predictor:predict_chunk", jobs, dict)
        for key, row in zip(polymers, rows, strict=True):
            values.update({(key, name): value for name, value in row.items()})
    used = sorted({name for names_asked in groups for name in names_asked})
    return values, {name: _named(models[name], name, tier) for name in used}, absent


def _named(card: Card, name: str, tier: Tier) -> str:
    """Name a card with the error that was measured on polymers it had not seen."""
    held_out = card.metrics.get("random_5_fold", {}).get("fast" if tier == "fast" else "blend", {}).get("mae")
    if held_out is None:
        return card.id
    unit = get_property(name).unit if card.metrics.get("space", "value") == "value" else "decades"
    return f"{card.id} (held-out MAE {held_out:.3g} {unit})"


def predict_chunk(jobs: Sequence[tuple[str, tuple[str, ...], Tier]]) -> list[dict[str, float]]:
    """Predict in this process: values by property id for each job; none where the predictor fails."""
    from tools.core.polymer import Polymer
    from tools.properties.predict import predict_table

    if not jobs:
        return []
    _, names, tier = jobs[0]
    polymers = [Polymer.from_smiles(smiles) for smiles, _, _ in jobs]
    try:
        table = predict_table(polymers, names, tier=tier)
    except PolysmithError:
        if len(jobs) == 1:
            return [{}]
        return [row for job in jobs for row in predict_chunk([job])]
    columns: dict[str, Any] = {name: table.columns[name].mean for name in names}
    return [{name: float(column[row]) for name, column in columns.items()} for row in range(len(jobs))]
