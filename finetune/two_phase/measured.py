"""Measured cone tests of plastics with a repeat unit: FSRI Materials and Products Database (C. McKinnon et al.).

Means over the tests of a material at one flux. Time of ignition is that of the observer; the peak is that of the heat
release averaged over 10 s. A test that did not ignite has no time: polycarbonate at 25 kW/m2 is left out and counted.
The polyethylenes, polypropylene and the polyesters dripped or warped, which a slab does not.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from tools.core.errors import SetupError
from tools.core.polymer import Polymer

SUMMARY, REPLICATES = "fire/fsri_polymers_summary.csv", "fire/fsri_cone_replicates.csv"

#: Folder of the database: repeat unit, family. ABS and PETG are copolymers of undisclosed composition and stand as the
#: alternating chain of their parts. PlasticC, of undisclosed make, is left out.
UNITS: dict[str, tuple[str, str]] = {
    "ABS": ("*CC(C#N)CC=CCCC(*)c1ccccc1", "styrenic"),
    "Black_PMMA": ("*CC(*)(C)C(=O)OC", "acrylic"),
    "HDPE": ("*CC*", "polyethylene"),
    "HIPS": ("*CC(*)c1ccccc1", "styrenic"),
    "LDPE": ("*CC*", "polyethylene"),
    "Nylon": ("*NCCCCCCNC(=O)CCCCC(*)=O", "polyamide"),
    "PC": ("*Oc1ccc(cc1)C(C)(C)c1ccc(cc1)OC(*)=O", "polycarbonate"),
    "PET": ("*OCCOC(=O)c1ccc(cc1)C(*)=O", "terephthalate"),
    "PETG": ("*OCCOC(=O)c1ccc(cc1)C(=O)OCC1CCC(CC1)COC(=O)c1ccc(cc1)C(*)=O", "terephthalate"),
    "PMMA": ("*CC(*)(C)C(=O)OC", "acrylic"),
    "PP": ("*CC(*)C", "polypropylene"),
    "PVC": ("*CC(*)Cl", "poly(vinyl chloride)"),
}
COPOLYMERS = frozenset({"ABS", "PETG"})


@dataclass(frozen=True)
class Test:
    """Mean of the tests of one material at one flux.

    Attributes
    ----------
    material : str
        Folder of the database.
    polymer : Polymer
        Its chain.
    family : str
        What it is held out with where whole families are.
    flux, thickness : float
        kW/m2, mm.
    ignition : float
        Time of ignition, s.
    peak : float
        Peak of the heat release rate averaged over 10 s, kW/m2.
    """

    __test__ = False  # pytest: no test case

    material: str
    polymer: Polymer
    family: str
    flux: float
    thickness: float
    ignition: float
    peak: float


def read_tests(folder: Path) -> tuple[Test, ...]:
    """Read the measured tests.

    Parameters
    ----------
    folder : Path
        Folder with ``fire/fsri_polymers_summary.csv``.

    Returns
    -------
    tuple of Test
        In the order of the table.

    Raises
    ------
    SetupError
        If the table is missing.
    """
    found = []
    for row in _rows(folder / SUMMARY):
        if row["material_dir"] not in UNITS or not float(row["mean_tti_s"] or 0):
            continue
        unit, family = UNITS[row["material_dir"]]
        found.append(
            Test(
                row["material_dir"], Polymer.from_smiles(unit), family, float(row["heat_flux_kW_m2"]),
                float(row["mean_thickness_mm"]), float(row["mean_tti_s"]), float(row["mean_phrr_10s_kW_m2"]),
            )
        )  # fmt: skip
    return tuple(found)


def not_ignited(folder: Path) -> dict[str, int]:
    """Count the tests that did not ignite.

    Parameters
    ----------
    folder : Path
        Folder with ``fire/fsri_cone_replicates.csv``.

    Returns
    -------
    dict of str to int
        By ``"material at flux"``.
    """
    found: dict[str, int] = {}
    for row in _rows(folder / REPLICATES):
        if row["material_dir"] in UNITS and not float(row["tti_s"] or 0):
            name = f"{row['material_dir']} at {row['heat_flux_kW_m2']} kW/m2"
            found[name] = found.get(name, 0) + 1
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise SetupError(f"{path} is missing.", hint="Name the folder with the data with --data or POLYSMITH_DATA.")
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def parts(tests: tuple[Test, ...], number: int) -> tuple[tuple[str, ...], ...]:
    """Deal the measured polymers into parts, whole families together.

    Parameters
    ----------
    tests : tuple of Test
        The tests.
    number : int
        Parts.

    Returns
    -------
    tuple of tuple of str
        Keys of each part.
    """
    families = sorted({test.family for test in tests})
    return tuple(
        tuple(sorted({t.polymer.key for t in tests if families.index(t.family) % number == place}))
        for place in range(number)
    )
