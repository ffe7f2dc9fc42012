"""An answer as files: the page, tables, structures, everything as data, and the command that repeats it."""

from __future__ import annotations

import io
from typing import Final

from agent.report.model import Report
from agent.report.view import title_of
from agent.runs import RunFolder
from polysmith.chatting.elements import Shown
from tools.core.errors import StateError
from tools.core.polymer import Polymer
from tools.core.shown import visible

_FILES: Final = (
    ("report.html", "report.html", "text/html"),
    ("candidates.csv", "candidates.csv", "text/csv"),
    ("run.json", "run.json", "application/json"),
)


def exports(report: Report, folder: RunFolder) -> list[Shown]:
    """Give the files of an answer.

    Parameters
    ----------
    report : Report
        The report.
    folder : RunFolder
        Its run, with the files that it wrote.

    Returns
    -------
    list of Shown
        Downloads: the report as a page, candidates as CSV and as SDF, all data as JSON, the replay command.

    Raises
    ------
    StateError
        If a file of the run cannot be read.
    """
    files = []
    for name, shown, mime in _FILES:
        path = folder.path / name
        if not path.is_file():
            continue
        try:
            content = path.read_bytes()
        except OSError as error:
            raise StateError(f"{name} of run {folder.id} cannot be read: {error.strerror}.") from error
        files.append(Shown("file", shown, content=content, mime=mime, key=f"file-{shown}"))
    if report.finalists:
        files.append(
            Shown("file", "candidates.sdf", content=to_sdf(report), mime="chemical/x-mdl-sdfile", key="file-sdf")
        )
    files.append(
        Shown("file", "replay.sh", content=replay_command(report), mime="text/x-shellscript", key="file-replay")
    )
    return files


def replay_command(report: Report) -> str:
    """Write the commands that repeat a run and compare the numbers.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        Lines for a shell, with the versions that made the numbers as comments.
    """
    lines = [f"# Repeats run {report.run_id} (seed {report.seed}) and compares every number."]
    lines += [f"# {name} {version}" for name, version in {**report.versions, **report.data}.items()]
    return "\n".join([*(line.replace("\n", " ") for line in lines), f"polysmith run replay {report.run_id}", ""])


def to_sdf(report: Report) -> str:
    """Write the finalists as SDF: repeat units with dummy atoms at both ends, numbers as data fields.

    Parameters
    ----------
    report : Report
        The report.

    Returns
    -------
    str
        One record per finalist with coordinates in the plane. Fields: ``RANK``, ``NAME``, ``SMILES``, ``KEY``,
        ``CHANCE_ALL_PERCENT``, ``SYNTHESISABILITY`` and per property its value with ``_LOWER``, ``_UPPER``, ``_UNIT``
        (canonical), ``_KIND`` and ``_SOURCE``.
    """
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    buffer = io.StringIO()
    writer = Chem.SDWriter(buffer)
    for finalist in report.finalists:
        mol = Chem.Mol(Polymer.from_smiles(finalist.smiles).mol)
        rdDepictor.Compute2DCoords(mol)
        mol.SetProp("_Name", _field(title_of(finalist))[:80])
        for name, text in _fields(report, finalist.rank).items():
            mol.SetProp(name, text)
        writer.write(mol)
    writer.close()
    return buffer.getvalue()


def _fields(report: Report, rank: int) -> dict[str, str]:
    finalist = next(item for item in report.finalists if item.rank == rank)
    values, derived = report.ledger.values, report.ledger.derived
    found = {"RANK": str(rank), "NAME": finalist.name, "SMILES": finalist.smiles, "KEY": finalist.key}
    found["CHANCE_ALL_PERCENT"] = f"{derived[finalist.chance].value:.1f}" if finalist.chance else ""
    found["SYNTHESISABILITY"] = f"{derived[finalist.feasibility].value:.3f}" if finalist.feasibility else ""
    keys = {**finalist.predictions, **{check.property: check.value for check in finalist.checks if check.value}}
    for name, key in keys.items():
        value = values[key]
        found[name] = f"{value.value:.6g}"
        found[f"{name}_LOWER"] = "" if value.lower is None else f"{value.lower:.6g}"
        found[f"{name}_UPPER"] = "" if value.upper is None else f"{value.upper:.6g}"
        found |= {f"{name}_UNIT": value.unit, f"{name}_KIND": value.kind, f"{name}_SOURCE": value.source}
    return {name: _field(text) for name, text in found.items() if text}


def _field(text: str) -> str:
    """Return text on one line: an empty line or a line of dollar signs would end the field or the record."""
    return " ".join(visible(text).split())
