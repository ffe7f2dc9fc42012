"""Labels that physics gives hypothetical polymers: group contribution for the slab, the cone solver for its burning.

Every row is written as soon as it is known; a run that was stopped goes on behind the last whole row. Conditions of a
row depend on seed, chain and part alone, so that order and stops change nothing. The material of a chain is estimated
with the keys of its part left out of every fit: a polymer that a later comparison holds out has then given nothing to
the labels that its model learnt from.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import tools.simulation
from finetune.generator.corpus import VIRTUAL, virtual_units
from tools.chemistry.fingerprints import fingerprints
from tools.core.cards import file_sha256
from tools.core.errors import PolysmithError, SetupError
from tools.core.polymer import Polymer
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.library import slab
from tools.simulation.cone.run import burn
from tools.simulation.flammability import estimated_material

ROWS, MANIFEST = "labels.jsonl", "labels.json"
# what a label depends on
_SOLVER = (
    "additive.py", "chain.py", "combustion.py", "flammability.py", "groups.py",
    *(f"cone/{name}.py" for name in ("exposure", "kernel", "library", "march", "packing", "run", "sample", "thermal")),
    "data/decomposition.json", "data/fire_materials.json", "artefacts/gc-volume-1/model.json",
)  # fmt: skip
_NEAR = 0.8  # similarity of Morgan counts from which a chain counts as a copy of a measured one
_MOST_ATOMS = 80


@dataclass(frozen=True)
class Plan:
    """What is to be labelled.

    Attributes
    ----------
    number : int
        Hypothetical polymers.
    per_class : int
        Of each class and number of monomers at most, before the choice.
    flux, thickness : tuple of (float, float)
        Ranges, kW/m2 and mm; drawn evenly in the logarithm.
    longest : float
        Seconds of a test at most.
    parts : tuple of tuple of str
        Keys that each part of the labels knows nothing of.
    seed : int
        Of polymers and conditions.
    """

    number: int = 3000
    per_class: int = 600
    flux: tuple[float, float] = (25.0, 75.0)
    thickness: tuple[float, float] = (1.5, 10.0)
    longest: float = 1500.0
    parts: tuple[tuple[str, ...], ...] = ((),)
    seed: int = 0


@dataclass(frozen=True)
class Label:
    """What the solver gave.

    Attributes
    ----------
    unit, key : str
        The chain.
    part : int
        Which keys were left out.
    flux, thickness : float
        kW/m2, mm.
    ignition, peak : float or None
        s and kW/m2; None where it does not ignite or nothing could be estimated.
    failure : str
        Why there are none; empty otherwise.
    """

    unit: str
    key: str
    part: int
    flux: float
    thickness: float
    ignition: float | None
    peak: float | None
    failure: str = ""


def hypothetical(folder: Path, plan: Plan, measured: Sequence[Polymer]) -> list[Polymer]:
    """Choose polymers that are neither measured ones nor near copies of them.

    Parameters
    ----------
    folder : Path
        Folder with ``virtual_smipoly_2star.csv.gz`` (SMiPoly, BSD-3).
    plan : Plan
        How many.
    measured : sequence of Polymer
        What must not be among them, neither by key nor within 0.8 of its Morgan counts (Tanimoto).

    Returns
    -------
    list of Polymer
        In random order, each chain once.
    """
    units = virtual_units(folder, plan.per_class, plan.seed)
    random.Random(plan.seed).shuffle(units)
    barred, found = {p.key for p in measured}, dict[str, Polymer]()
    known = fingerprints(measured).toarray()
    for unit in units:
        if len(found) == plan.number:
            break
        try:
            polymer = Polymer.from_smiles(unit)
        except PolysmithError:
            continue
        if polymer.key in barred or polymer.key in found or polymer.mol.GetNumHeavyAtoms() > _MOST_ATOMS:
            continue
        own = fingerprints([polymer]).toarray()[0]
        if all(_tanimoto(own, row) < _NEAR for row in known):
            found[polymer.key] = polymer
    return list(found.values())


def _tanimoto(a: Any, b: Any) -> float:
    shared = float((a * b).sum())
    return shared / max(1e-12, float((a * a).sum() + (b * b).sum()) - shared)


def conditions(plan: Plan, key: str, part: int) -> tuple[float, float]:
    """Draw flux (kW/m2) and thickness (mm) of a row.

    Parameters
    ----------
    plan : Plan
        The ranges.
    key : str
        The chain.
    part : int
        The part.
    """
    chooser = random.Random(f"{plan.seed}/{part}/{key}")
    low, high = plan.flux
    thin, thick = plan.thickness
    return low * (high / low) ** chooser.random(), thin * (thick / thin) ** chooser.random()


def simulate(
    polymer: Polymer, flux: float, thickness: float, *, without: Sequence[str] = (), longest: float = 1500.0
) -> tuple[float | None, float | None]:
    """Burn a polymer known by its structure.

    Parameters
    ----------
    polymer : Polymer
        The polymer.
    flux, thickness : float
        kW/m2, mm.
    without : sequence of str
        Keys left out of every fit and median behind its parameters.
    longest : float
        Seconds at most; less where the slab is burnt before.

    Returns
    -------
    tuple of (float or None, float or None)
        Time of ignition in s and peak heat release rate in kW/m2 (10 s average); None where it does not ignite.

    Raises
    ------
    NotCoveredError
        If the parameters cannot be estimated.
    """
    entry, _ = estimated_material(polymer, without=without)
    seconds = min(longest, 240.0 + 200.0 * thickness * 25.0 / flux)
    report = burn(slab(entry, thickness / 1e3), Exposure(flux * 1e3, 10.0 * round(seconds / 10.0)))
    return (None, None) if report.ignition is None else (report.ignition, report.peak_hrr / 1e3)


def make_labels(
    data: Path,
    folder: Path,
    plan: Plan,
    measured: Sequence[Polymer],
    *,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Label, ...]:
    """Make all labels, or those that are missing.

    Parameters
    ----------
    data : Path
        Folder with the virtual polymers.
    folder : Path
        Gets ``labels.jsonl`` and ``labels.json`` (what they come from).
    plan : Plan
        What to label.
    measured : sequence of Polymer
        Polymers that must not be among the labelled ones.
    progress : callable
        Told how many of how many are done.

    Returns
    -------
    tuple of Label
        All of them, failures too.

    Raises
    ------
    SetupError
        If the folder holds labels of another plan, other data or another solver.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder, plan, data, measured)
    done = {(row.key, row.part): row for row in read_labels(folder)}
    polymers = hypothetical(data, plan, measured)
    wanted = [(polymer, part) for polymer in polymers for part in range(len(plan.parts))]
    with (folder / ROWS).open("a", encoding="utf-8") as stream:
        for number, (polymer, part) in enumerate(wanted):
            if (polymer.key, part) not in done:
                row = _label(plan, polymer, part)
                stream.write(json.dumps(asdict(row)) + "\n")
                stream.flush()
                done[polymer.key, part] = row
            progress(number + 1, len(wanted))
    return tuple(done[polymer.key, part] for polymer, part in wanted)


def _label(plan: Plan, polymer: Polymer, part: int) -> Label:
    flux, thickness = conditions(plan, polymer.key, part)
    start = (polymer.smiles, polymer.key, part, flux, thickness)
    try:
        ignition, peak = simulate(polymer, flux, thickness, without=plan.parts[part], longest=plan.longest)
    except PolysmithError as error:
        return Label(*start, None, None, f"{type(error).__name__}: {error}")
    return Label(*start, ignition, peak, "" if ignition is not None else "no ignition")


def read_labels(folder: Path) -> Iterator[Label]:
    """Read what has been labelled; a row that was cut short by a kill is taken out of the file.

    Parameters
    ----------
    folder : Path
        Folder with ``labels.jsonl``.

    Yields
    ------
    Label
        In the order in which they were made.
    """
    path = folder / ROWS
    if not path.is_file():
        return
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if len(whole) < len(content):
        with path.open("r+b") as handle:
            handle.truncate(len(whole))
    for line in whole.splitlines():
        yield Label(**json.loads(line))


def provenance(plan: Plan, data: Path, measured: Sequence[Polymer]) -> dict[str, Any]:
    """Say what labels come from: plan, table, and the code and tables of the solver, by hash.

    Parameters
    ----------
    plan : Plan
        The plan.
    data : Path
        Folder with the virtual polymers.
    measured : sequence of Polymer
        Polymers left out.
    """
    root = Path(tools.simulation.__file__).parent
    solver = hashlib.sha256()
    for name in _SOLVER:
        solver.update(name.encode() + (root / name).read_bytes())
    return {
        "plan": json.loads(json.dumps(asdict(plan))),
        "table": {"name": VIRTUAL, "sha256": file_sha256(data / VIRTUAL), "licence": "BSD-3-Clause (SMiPoly)"},
        "left_out": sorted({p.key for p in measured}),
        "solver_sha256": solver.hexdigest(),
    }


def _claim(folder: Path, plan: Plan, data: Path, measured: Sequence[Polymer]) -> None:
    if not (data / VIRTUAL).is_file():
        raise SetupError(f"{data} has no {VIRTUAL}.", hint="Name the folder with --data or POLYSMITH_DATA.")
    own, path = provenance(plan, data, measured), folder / MANIFEST
    if path.is_file():
        if json.loads(path.read_text(encoding="utf-8")) != own:
            raise SetupError(f"{folder} holds labels of another plan, table or solver.", hint="Name another folder.")
        return
    path.write_text(json.dumps(own, indent=1) + "\n", encoding="utf-8")
