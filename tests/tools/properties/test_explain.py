"""Explanations: the same for every writing, chemically sensible, honest about doubt, and drawn without colour alone."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from tools.chemistry.effect_drawing import shade
from tools.core.errors import InputError, UnknownNameError
from tools.core.polymer import Polymer
from tools.properties.artefacts import library
from tools.properties.explain import explain
from tools.properties.explanation import effect_text
from tools.properties.predict import predict

SVG = "{http://www.w3.org/2000/svg}"
PEEK = "*Oc1ccc(C(=O)c2ccc(Oc3ccc(*)cc3)cc2)cc1"


def polymer(text):
    return Polymer.from_smiles(text)


@pytest.mark.parametrize(
    "writings",
    [
        ("*OCCOC(=O)c1ccc(cc1)C(*)=O", "*C(=O)c1ccc(cc1)C(=O)OCCO*", "[*]CCOC(=O)C1=CC=C(C=C1)C(=O)O[*]"),
        ("*CC(*)c1ccccc1", "*C(C*)c1ccccc1", "*CC(c1ccccc1)CC(*)c1ccccc1"),
    ],
)
def test_other_writings_give_the_same_explanation(writings):
    first, *others = (explain(polymer(text), "Tg") for text in writings)
    assert all(other == first for other in others)
    assert all(other.svg == first.svg for other in others)


@pytest.mark.parametrize(
    ("unit", "name", "part", "sign"),
    [
        ("*CC(*)c1ccccc1", "Tg", "aromatic ring", 1),
        ("*CC(*)Cl", "Tg", "chlorine", 1),
        ("*CC(*)C#N", "Tg", "nitrile", 1),
        ("*CC(*)(C)C(=O)OCCCC", "Tg", "alkyl of 4 C", -1),
        ("*[Si](C)(C)O*", "Tg", "siloxane", -1),
        ("*NCCCCCC(*)=O", "Tm", "amide", 1),
        ("*OCCOC(=O)c1ccc(cc1)C(*)=O", "Tm", "aromatic ring", 1),
        ("*C(=C(*)C)[Si](C)(C)C", "P_O2", "silyl", 1),
        ("*CC(*)C#N", "P_O2", "nitrile", -1),
        ("*C(F)(F)C(*)(F)F", "refractive_index", "fluorine", -1),
        ("*CC(*)c1ccccc1", "refractive_index", "aromatic ring", 1),
        ("*c1ccc(*)s1", "band_gap", "thiophene", -1),
    ],
)
def test_signs_that_every_chemist_knows(unit, name, part, sign):
    (effect,) = (item for item in explain(polymer(unit), name).effects if item.name == part)
    assert np.sign(effect.effect) == sign


def test_effects_are_differences_of_predictions_and_say_what_is_doubtful():
    found = explain(polymer(PEEK), "Tg")
    assert found.prediction == predict([polymer(PEEK)], ["Tg"])[0]["Tg"]
    assert [abs(item.effect) for item in found.effects] == sorted((abs(e.effect) for e in found.effects), reverse=True)
    atoms = [index for item in found.effects for index in item.atoms]
    assert len(atoms) == len(set(atoms))
    for item in found.effects:
        before, after = (row["Tg"] for row in predict([polymer(item.before), polymer(item.after)], ["Tg"]))
        assert item.effect == pytest.approx(before.value - after.value, abs=1e-3)
        assert item.in_domain == (before.in_domain and after.in_domain)
        assert item.within_interval == (before.lower <= after.value <= before.upper)
        assert item.count in (1, 2)


def test_permeabilities_are_factors():
    found = explain(polymer("*CC(*)(C)C"), "P_O2")
    assert found.log
    assert found.neighbourhood.unit == "factor"
    assert found.neighbourhood.error >= 1
    (methyl,) = found.effects
    assert methyl.count == 2
    assert 10**methyl.effect == pytest.approx(methyl.before_value / methyl.after_value, rel=1e-3)
    assert methyl.text == f"× {methyl.before_value / methyl.after_value:.2g}"


def test_the_error_among_neighbours_is_held_out():
    found = explain(polymer(PEEK), "Tg", neighbours=8).neighbourhood
    assert found.count == len(found.nearest) == 8
    similarities = [item.similarity for item in found.nearest]
    assert similarities == sorted(similarities, reverse=True)
    assert found.error == pytest.approx(np.mean([abs(i.value.value - i.held_out) for i in found.nearest]), abs=0.1)
    assert found.overall == pytest.approx(library().model("Tg").unit, rel=1e-3)
    assert found.known
    assert found.nearest[0].smiles == polymer(PEEK).smiles
    assert not explain(polymer("*CC(*)c1ccc(CCCCc2ccncc2)cc1"), "Tg").neighbourhood.known


def test_known_pairs_stand_beside_predicted_effects():
    (ring,) = explain(polymer("*CC(*)c1ccccc1"), "Tg").effects
    assert ring.known_effect is not None
    assert ring.known_effect == pytest.approx(ring.effect, abs=40)


def test_the_number_of_neighbours_does_not_change_the_error():
    none, many = (explain(polymer("*CCO*"), "Tg", neighbours=n).neighbourhood for n in (0, 20))
    assert not none.nearest
    assert len(many.nearest) == 20
    assert (none.error, none.count) == (many.error, many.count)


def test_polyethylene_is_explained_by_its_neighbours_alone():
    found = explain(polymer("*CC*"), "Tg")
    assert not found.effects
    assert found.neighbourhood.nearest
    assert "nothing to exchange" in found.svg


def test_a_large_unit_is_explained():
    unit = "*Oc1ccc(cc1)" + "C(C)(C)c1ccc(cc1)Oc1ccc(cc1)" * 7 + "C(*)=O"
    found = explain(polymer(unit), "Tg")
    assert len(found.effects) > 10
    ElementTree.fromstring(found.svg)


def test_hostile_arguments_are_typed_errors():
    with pytest.raises(UnknownNameError):
        explain(polymer("*CC*"), "colour")
    with pytest.raises(UnknownNameError):
        explain(polymer("*CC*"), "water_uptake")
    for number in (-1, 21):
        with pytest.raises(InputError):
            explain(polymer("*CC*"), "Tg", neighbours=number)


def test_the_drawing_is_labelled_closed_and_complete():
    found = explain(polymer("*CC(*)(C)C(=O)OCCCC"), "Tg")
    root = ElementTree.fromstring(found.svg)
    assert root.get("role") == "img"
    assert "glass transition temperature" in (root.findtext(f"{SVG}title") or "")
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    described = root.findtext(f"{SVG}desc") or ""
    for item in found.effects:
        assert any(item.text in text and item.name in text for text in texts)
        assert item.text in described
    assert not re.findall(r"""(?:href|src)\s*=|url\(|<script|<image""", found.svg)
    assert {"http://www.w3.org/2000/svg"} >= {
        address for address in re.findall(r"https?://[^\s'\"<]+", found.svg) if "rdkit" not in address
    } - {"http://www.w3.org/1999/xlink"}
    width, letters = float(root.get("width", "0")), max(len(text) for text in texts)
    assert width > 6 * letters


def test_colours_diverge_from_white():
    assert shade(0.0, 5.0) == shade(0.0, 0.0) == (1.0, 1.0, 1.0)
    up, down = shade(5.0, 5.0), shade(-5.0, 5.0)
    assert up[0] > up[2]
    assert down[2] > down[0]
    assert shade(2.0, 5.0)[2] > up[2]


@pytest.mark.parametrize(
    ("effect", "name", "log", "text"),
    [
        (45.2, "Tg", False, "+45 K"),
        (-0.0213, "refractive_index", False, "−0.021"),
        (0.5051, "P_O2", True, "× 3.2"),
        (-0.301, "P_O2", True, "÷ 2"),
        (-123.4, "Tg", False, "−123 K"),
    ],
)
def test_effects_in_words(effect, name, log, text):
    assert effect_text(effect, name, log=log) == text


def test_an_explanation_is_plain_data():
    json.dumps(explain(polymer("*CCO*"), "density").model_dump(mode="json"), allow_nan=False)
