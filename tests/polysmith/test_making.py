"""Routes and polymerisations from the front door."""

import json
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

import polysmith
from polysmith.cli.app import app
from polysmith.making import draw_route
from tools.chemistry.scheme import draw_scheme
from tools.core.errors import InputError, NotCoveredError, StructureError, UnknownNameError
from tools.core.polymer import Polymer

RUN = CliRunner()


def test_routes_by_name_and_by_structure():
    one, other = polysmith.routes("poly(methyl methacrylate)", 1), polysmith.routes("*CC(*)(C)C(=O)OC", 1)
    assert one["routes"] == other["routes"] and len(one["routes"]) == 1
    assert json.dumps(one, allow_nan=False)
    ElementTree.fromstring(draw_route(one))
    with pytest.raises(InputError):
        draw_route(one, 1)


def test_bad_questions_for_routes():
    for bad, error in (("CC", StructureError), ("unobtainium", UnknownNameError)):
        with pytest.raises(error):
            polysmith.routes(bad)
    with pytest.raises(InputError):
        polysmith.routes("PET", 0)


def test_polymerise_by_name_and_structure():
    assert polysmith.polymerise("styrene")["products"] == polysmith.polymerise("C=Cc1ccccc1")["products"]
    assert polysmith.polymerise("OCC(O)CO", "O=C(O)CCC(=O)O")["networks"]
    for bad in ((), (3,)):
        with pytest.raises(InputError):
            polysmith.polymerise(*bad)
    with pytest.raises(NotCoveredError):
        polysmith.polymerise("CC")


def test_novelty_from_the_front_door():
    assert "handbook" in polysmith.novelty("polystyrene").known_in


def test_a_scheme_shows_both_monomers():
    polymer = Polymer.from_smiles("*CCOC(=O)c1ccc(cc1)C(=O)O*")
    drawing = draw_scheme(["OCCO", "O=C(O)c1ccc(C(=O)O)cc1"], polymer, above="polyester <formation>", by_product="H2O")
    root = ElementTree.fromstring(drawing)
    assert len([item for item in root if item.tag.endswith("svg")]) == 3
    assert "−" in drawing and "polyester &lt;formation&gt;" in drawing
    with pytest.raises(InputError):
        draw_scheme([], polymer)


def test_the_command_line(tmp_path):
    done = RUN.invoke(app, ["routes", "PET", "--n", "1", "--json", "--svg", str(tmp_path / "pet.svg")])
    assert done.exit_code == 0 and len(json.loads(done.stdout)["routes"]) == 1
    assert (tmp_path / "pet.svg").read_text(encoding="utf-8").startswith("<svg")
    assert "feasibility" in RUN.invoke(app, ["routes", "PMMA", "--n", "1"]).stdout
    assert "No polymerisation rule" in RUN.invoke(app, ["routes", "*CC(N)(N)*"]).stdout
    done = RUN.invoke(app, ["polymerise", "styrene", "--json"])
    assert done.exit_code == 0 and json.loads(done.stdout)["products"][0]["polymer"]["smiles"] == "*CC(*)c1ccccc1"
    assert "networks" in RUN.invoke(app, ["polymerise", "OCC(O)CO", "O=C(O)CCC(=O)O"]).stdout
    assert RUN.invoke(app, ["polymerise", "CC"]).exit_code == 3
    own = tmp_path / "ours.csv"
    own.write_text("smiles\n*CC(*)c1ccccc1\n", encoding="utf-8")
    done = RUN.invoke(app, ["known", "polystyrene", "--list", str(own), "--json"])
    assert done.exit_code == 0 and "ours.csv" in json.loads(done.stdout)["known_in"]
