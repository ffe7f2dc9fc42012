"""FDS as a second engine: what is written, how a run is read, and what is said where there is none."""

import re
import stat
from pathlib import Path

import numpy as np
import pytest

from tools.core.errors import BackendMissing, InputError, ToolError
from tools.simulation.cone.exposure import Exposure
from tools.simulation.cone.fds import fds_input, read_devices, run_fds
from tools.simulation.cone.library import material, materials, slab

TEST = Exposure(50e3, 120.0, flame=0.0)


def groups(text: str) -> list[str]:
    return re.findall(r"&(\w+)\s(.*?)/\s*$", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", list(materials()))
def test_every_group_is_closed_and_every_name_is_defined(name: str) -> None:
    text = fds_input(slab(material(name), 0.003), TEST, name)
    found = groups(text)
    assert text.isascii() and len(found) == text.count("&")
    assert next(g[0] for g in found) == "HEAD" and found[-1][0] == "TAIL"
    solids = {re.search(r"ID='([^']+)'", body).group(1) for kind, body in found if kind == "MATL"}
    used = set(re.findall(r"MATL_ID\(\d+,[\d:]+\)=((?:'[^']+',?)+)", text))
    names = {n for entry in used for n in re.findall(r"'([^']+)'", entry)}
    assert names <= solids
    ramps = {re.search(r"ID='([^']+)'", body).group(1) for kind, body in found if kind == "RAMP"}
    assert set(re.findall(r"_RAMP='([^']+)'", text)) == ramps
    gases = set(re.findall(r"SPEC_ID\(\d+,\d+\)='(\w+)'", text))
    known = set(re.findall(r"(?:FUEL|&SPEC ID)='(\w+)'", text))
    assert gases <= known


def test_units_are_those_of_fds() -> None:
    text = fds_input(slab(material("PMMA"), 0.006), TEST, "pmma")
    for expected in ("SPECIFIC_HEAT=2.2", "HEAT_OF_REACTION(1)=870", "A(1)=8.5", "E(1)=1.88", "EXTERNAL_FLUX=50",
                     "THICKNESS(1:2)=0.006,0.0127", "ADJUST_H=.FALSE.", "BACKING='INSULATED'"):  # fmt: skip
        assert expected in text
    assert "ADJUST_H" not in fds_input(slab(material("PMMA"), 0.006), TEST, "pmma", corrected=True)


def test_a_flame_needs_a_time_of_ignition() -> None:
    flaming = Exposure(50e3, 120.0, flame=20e3)
    with pytest.raises(InputError, match="flame"):
        fds_input(slab(material("PMMA"), 0.006), flaming, "pmma")
    text = fds_input(slab(material("PMMA"), 0.006), flaming, "pmma", ignition=40.0)
    assert "EXTERNAL_FLUX_RAMP='flux'" in text and "F=1.4" in text


def test_names_cannot_break_out_of_their_quotes() -> None:
    text = fds_input(slab(material("PMMA"), 0.003), TEST, "x' / &MISC DANGER='yes")
    assert "DANGER=" not in text


def fake_fds(folder: Path, body: str) -> Path:
    script = folder / "fds"
    script.write_text("#!/usr/bin/env python3\n" + body)
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return script


GOOD = """
import math, sys, pathlib
assert pathlib.Path(sys.argv[1]).exists()
rows = ["s,kg/m2/s,C,C,m", '"Time","MLR 1","front","back","thickness"']
for i in range(241):
    t = i * 0.5
    rows.append(f"{t},{0.02 * math.exp(-((t - 60) / 15) ** 2)},{20 + 3 * t},{20 + t},{0.003}")
pathlib.Path("slab_devc.csv").write_text("\\n".join(rows))
"""


def test_a_run_is_read_into_the_same_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FDS_BIN", str(fake_fds(tmp_path, GOOD)))
    report = run_fds(slab(material("PMMA"), 0.003), TEST, tmp_path / "case")
    assert report.peak_mass_flux == pytest.approx(0.02, rel=1e-3)
    assert report.total_heat == pytest.approx(0.02 * 15 * np.sqrt(np.pi) * 24.45e6, rel=1e-3)
    assert report.front[0] == pytest.approx(294.65)
    assert report.ignition == pytest.approx(60 - 15 * np.sqrt(np.log(0.02 / (24e3 / 24.45e6))), abs=0.5)
    assert {p.name for p in (tmp_path / "case").iterdir()} == {"slab.fds", "slab_devc.csv", "slab.out.txt"}


def test_without_fds_the_hint_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FDS_BIN", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackendMissing, match="FDS_BIN"):
        run_fds(slab(material("PMMA"), 0.003), TEST, tmp_path)


def test_a_failing_run_says_why_and_keeps_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FDS_BIN", str(fake_fds(tmp_path, "import sys; sys.exit('ERROR(101): no such keyword')")))
    with pytest.raises(ToolError, match="no such keyword"):
        run_fds(slab(material("PMMA"), 0.003), TEST, tmp_path / "case")
    assert (tmp_path / "case" / "slab.fds").exists()


def test_other_tables_are_refused(tmp_path: Path) -> None:
    table = tmp_path / "slab_devc.csv"
    table.write_text("s,C\nTime,T\n0,1\n")
    with pytest.raises(InputError, match="lacks"):
        read_devices(table, slab(material("PMMA"), 0.003), TEST)
    assert table.exists()
