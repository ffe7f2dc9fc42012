"""The folder of a run: written so that a kill at any moment leaves a state to go on from."""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tools.core.errors import InputError, StateError
from tools.core.files import replace_file
from tools.simulation.dynamics.engine import State
from tools.simulation.dynamics.plan import Order, Plan, load_plan

FloatArray = npt.NDArray[np.float64]

PLAN: Final = "plan.json"
_SYSTEM, _LOCK = "system.xml", "run.lock"


@dataclass(frozen=True)
class Replica:
    """How far a replica is.

    Attributes
    ----------
    state : State
        The cell.
    done : int
        Blocks done.
    rows : numpy.ndarray, shape (samples, 4)
        Density, radius of gyration, energy, temperature; as ``engine.advance`` gives them.
    stages : numpy.ndarray of int, shape (samples,)
        Place of the stage of each sample.
    """

    state: State
    done: int
    rows: FloatArray
    stages: npt.NDArray[np.int64]


@contextmanager
def opened(folder: Path) -> Iterator[None]:
    """Hold a folder against other processes.

    Parameters
    ----------
    folder : Path
        Made where it is not there.

    Raises
    ------
    StateError
        If it cannot be written, or another process uses it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / _LOCK).open("w")
    except OSError as error:
        raise StateError(f"The folder {folder} cannot be written.", hint="Name another with --out.") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StateError(f"Another process uses {folder}.", hint="Wait for it, or name another --out.") from error
        yield


def write_plan(folder: Path, plan: Plan, system: str) -> None:
    """Write the plan, and before it the system.

    Parameters
    ----------
    folder : Path
        Of the run.
    plan : Plan
        The plan.
    system : str
        OpenMM's XML.
    """
    replace_file(folder / _SYSTEM, system.encode())
    replace_file(folder / PLAN, plan.dump().encode())


def read_plan(folder: Path) -> tuple[Plan, str]:
    """Read the plan and the system.

    Parameters
    ----------
    folder : Path
        Of the run.

    Returns
    -------
    tuple of (Plan, str)
        The plan and OpenMM's XML.

    Raises
    ------
    StateError
        If there is none, it cannot be read, or the system is not the one that the run began with.
    """
    try:
        plan = load_plan((folder / PLAN).read_text(encoding="utf-8"))
        system = (folder / _SYSTEM).read_bytes()
    except (OSError, UnicodeDecodeError) as error:
        raise StateError(f"There is no run to go on with in {folder}.", hint="Leave out --resume.") from error
    if digest(system) != plan.system:
        raise StateError(f"{folder / _SYSTEM} was changed.", hint="Start again in a new folder.")
    return plan, system.decode()


def check_order(plan: Plan, order: Order) -> None:
    """Compare what is asked for with what a run was begun for.

    Parameters
    ----------
    plan : Plan
        Of the run.
    order : Order
        Asked for now.

    Raises
    ------
    InputError
        If they differ, naming what does.
    """
    changed = [name for name, value in vars(order).items() if vars(plan.order)[name] != value]
    if changed:
        told = ", ".join(f"{name} was {vars(plan.order)[name]!r}" for name in changed)
        raise InputError(f"The run in this folder is another one: {told}.", hint="Name another folder with --out.")


def save(folder: Path, number: int, replica: Replica) -> None:
    """Write a replica in one move.

    Parameters
    ----------
    folder : Path
        Of the run.
    number : int
        Of the replica, from 0.
    replica : Replica
        How far it is.
    """
    stream = io.BytesIO()
    np.savez(
        stream, positions=replica.state.positions, velocities=replica.state.velocities, box=replica.state.box,
        done=replica.done, rows=replica.rows, stages=replica.stages,
    )  # fmt: skip
    replace_file(folder / f"replica-{number}.npz", stream.getvalue())


def load(folder: Path, number: int, atoms: int) -> Replica | None:
    """Read a replica.

    Parameters
    ----------
    folder : Path
        Of the run.
    number : int
        Of the replica, from 0.
    atoms : int
        Atoms that it must have.

    Returns
    -------
    Replica or None
        None if it was not begun.

    Raises
    ------
    StateError
        If the file cannot be read.
    """
    path = folder / f"replica-{number}.npz"
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            state = State(file["positions"], file["velocities"], float(file["box"]))
            found = Replica(state, int(file["done"]), file["rows"], file["stages"])
        whole = state.positions.shape == (atoms, 3) and len(found.rows) == len(found.stages)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise StateError(f"{path} cannot be read.", hint="Remove that file; its replica then starts again.") from error
    if not whole:
        raise StateError(f"{path} belongs to another cell.", hint="Remove that file; its replica then starts again.")
    return found


def digest(data: bytes) -> str:
    """Return the SHA-256 of some bytes, in hexadecimal.

    Parameters
    ----------
    data : bytes
        Anything.
    """
    return hashlib.sha256(data).hexdigest()


def write_report(folder: Path, content: dict[str, Any]) -> None:
    """Write ``report.json``.

    Parameters
    ----------
    folder : Path
        Of the run.
    content : dict
        What JSON can write.
    """
    replace_file(folder / "report.json", json.dumps(content, indent=1, allow_nan=False).encode())
