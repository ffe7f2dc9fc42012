"""Predictions for what a user typed: names or structures, good or hostile, many at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from polysmith.batch import Tally
from polysmith.results import Prediction
from tools.core import sandbox
from tools.core.errors import PolysmithError
from tools.core.polymer import Polymer
from tools.core.properties import get_property

# Time for one structure; a repeat unit that passes the gate takes milliseconds.
SECONDS_EACH = 5.0
# Time for one name: a systematic one may start OPSIN, a Java program, on a busy machine.
SECONDS_NAME = 40.0


def read_polymers(given: Sequence[str]) -> list[Polymer | PolysmithError]:
    """Read names or structures in a killable worker.

    Parameters
    ----------
    given : sequence of str
        Repeat units with two ``*``, or names.

    Returns
    -------
    list of Polymer or PolysmithError
        One per input, in order.
    """
    reader = "tools.naming.resolve:resolve"
    structures = iter(sandbox.map_each(reader, [text for text in given if "*" in text], seconds_each=SECONDS_EACH))
    names = iter(sandbox.map_each(reader, [text for text in given if "*" not in text], seconds_each=SECONDS_NAME))
    return [next(structures) if "*" in text else next(names) for text in given]


def predict_file(
    path: Path | str,
    out: Path | str,
    properties: Sequence[str] | None = None,
    *,
    tier: Literal["fast", "accurate"] | None = None,
    column: str = "",
    form: Literal["csv", "jsonl"] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Tally:
    """Predict for every row of a table and write the answers to a file, row by row in the same order.

    Calling it again after it was interrupted or killed finishes exactly the rows that are missing.

    Parameters
    ----------
    path : Path or str
        CSV with a column of repeat units or names, or one polymer a line; read as ``tools.core.sheet`` says.
    out : Path or str
        File for the answers: one line per row, broken rows with their error.
    properties : sequence of str, optional
        Property ids, names or symbols; all that have a model by default.
    tier : {"fast", "accurate"}, optional
        Screening models, or the full blend; the full blend up to 2,000 rows when left out.
    column : str
        Name, or number from 1, of the column; found by name when empty.
    form : {"csv", "jsonl"}, optional
        Format of ``out``; its ending says when left out.
    progress : callable, optional
        Told rows done and rows in all.

    Returns
    -------
    Tally
        Rows answered, and rows failed by error code.

    Raises
    ------
    InputError
        If the table cannot be read, or ``out`` exists and was made from something else.
    UnknownNameError
        If a property is unknown or has no model.
    StateError
        If ``out`` cannot be written, or another process writes it.
    """
    from polysmith.batch import plan
    from polysmith.batch_output import form_of, write_table

    target = Path(out)
    wanted = form_of(target, form)
    return write_table(plan(Path(path), properties, tier=tier, column=column), target, wanted, progress)


def predict_inputs(
    given: Sequence[str],
    properties: Sequence[str] | None,
    neighbours: int,
    tier: Literal["fast", "accurate"] = "accurate",
    conditions: Mapping[str, str] | Sequence[str] = (),
) -> list[Prediction]:
    """Predict for every input that can be read.

    Parameters
    ----------
    given : sequence of str
        Repeat units or names.
    properties : sequence of str or None
        Properties by id, name or symbol; all models if None.
    neighbours : int
        Nearest measured polymers per property.
    tier : {"accurate", "fast"}
        The full blend, or the screening models.
    conditions : mapping or sequence of str
        Conditions of the samples, as ``tools.properties.conditions.read_conditions`` reads them.

    Returns
    -------
    list of Prediction
        One per input, in order; failed inputs carry their error.

    Raises
    ------
    InputError
        If a condition cannot be read.
    """
    from tools.chemistry import handbook
    from tools.naming.naming import name_of
    from tools.properties.conditions import read_conditions, with_conditions
    from tools.properties.consistency import consistency
    from tools.properties.neighbours import nearest_measured
    from tools.properties.predict import predict

    wanted = [get_property(name).id for name in properties] if properties else None
    kept = read_conditions(conditions)
    read = read_polymers(given)
    good = [item for item in read if isinstance(item, Polymer)]
    tables = iter(predict(good, wanted, tier=tier))
    answers = []
    for text, item in zip(given, read, strict=True):
        if isinstance(item, PolysmithError):
            answers.append(Prediction(given=text, error=item))
            continue
        values = next(tables)
        entries = handbook.by_key().get(item.key, ())
        measured = {
            value.property: value
            for entry in entries
            for value in (entry.summary(name) for name in {known.property for known in entry.values})
            if value is not None and (wanted is None or value.property in wanted)
        }
        answers.append(
            Prediction(
                given=text,
                smiles=item.smiles,
                key=item.key,
                name=name_of(item),
                values=with_conditions(values, kept),
                measured=dict(sorted(measured.items())),
                neighbours={name: nearest_measured(item, name, neighbours) for name in values} if neighbours else {},
                flags=tuple(consistency(values)),
            )
        )
    return answers
