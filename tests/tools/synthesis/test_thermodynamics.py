"""Ring strain, equilibria and ceiling temperatures."""

import math

import pytest

from tools.core.errors import InputError
from tools.core.polymer import Polymer
from tools.synthesis.retro import routes
from tools.synthesis.strain import ring_opening_enthalpy
from tools.synthesis.thermodynamics import (
    BULK,
    Equilibrium,
    ceiling_temperature,
    equilibrium_of,
    remark_on,
    ring_equilibrium,
    vinyl_equilibrium,
)


@pytest.mark.parametrize(
    ("monomer", "ring_class", "size", "fused"),
    [
        ("O=C1CCCCCO1", "lactone", 7, False),
        ("CC1OC(=O)C(C)OC1=O", "cyclic diester", 6, False),
        ("O=C1OCCCO1", "cyclic carbonate", 6, False),
        ("O=C1CCCCCN1", "lactam", 7, False),
        ("O=C1CCCS1", "thiolactone", 5, False),
        ("C1COCO1", "cyclic acetal", 5, False),
        ("C1CO1", "cyclic ether", 3, False),
        ("C1CS1", "cyclic sulfide", 3, False),
        ("C1CSSC1", "cyclic disulfide", 5, False),
        ("C1CCCC1", "cycloalkane", 5, False),
        ("O=C1OCC2CCCCC12", "lactone", 5, True),
        ("C[Si]1(C)O[Si](C)(C)O[Si](C)(C)O[Si](C)(C)O1", "cyclosiloxane", 8, False),
    ],
)
def test_the_ring_that_opens_is_named(monomer, ring_class, size, fused):
    found = ring_opening_enthalpy(monomer)
    assert (found.ring_class, found.ring_size, found.fused) == (ring_class, size, fused)
    assert found.error > 0 and found.values_of_size > 0


def test_class_matters_beyond_size():
    assert ring_opening_enthalpy("O=C1CCCO1").enthalpy > ring_opening_enthalpy("C1CCOC1").enthalpy + 5
    lone = ring_opening_enthalpy("C1CCCSCCC1")  # no measured ring of this class: the size alone
    assert lone.values == 0 and lone.enthalpy == pytest.approx(-14.4)


def test_rings_without_an_estimate():
    assert ring_opening_enthalpy("c1ccccc1") is None and ring_opening_enthalpy("CCO") is None
    assert ring_opening_enthalpy("C1=CC2CCC1C2") is None  # norbornene: strained by its bridge
    assert ring_opening_enthalpy("C1=CCCC1", "lactone") is None
    with pytest.raises(InputError):
        ring_opening_enthalpy("C1CO1", "ring")
    with pytest.raises(InputError):
        ring_opening_enthalpy("C1CO")


@pytest.mark.parametrize(
    ("monomer", "kelvin", "concentration"),
    [
        # abstracts: Witzke 1997 (bulk), Nishida 2000 (bulk), Chien 1988 (1,3-dioxepane, 1 mol/L)
        ("CC1OC(=O)C(C)OC1=O", 1059, BULK),
        ("O=C1COCCO1", 538, BULK),
        ("C1CCOCOC1", 305, 1.0),
    ],
)
def test_published_ceiling_temperatures_lie_in_the_interval(monomer, kelvin, concentration):
    found = ring_equilibrium(monomer).ceiling(concentration)
    assert found.lower <= kelvin and (found.upper is None or kelvin <= found.upper)


def test_landmarks_of_vinyl_monomers():
    crowded, usual = vinyl_equilibrium("C=C(C)c1ccccc1"), vinyl_equilibrium("C=Cc1ccccc1")
    assert crowded.ceiling().upper < usual.ceiling().lower
    assert 260 < crowded.ceiling().temperature < 400
    assert vinyl_equilibrium("C=C(C)C(=O)OCCCC").ceiling(1.0).temperature == pytest.approx(53800 / 113, abs=1)
    assert vinyl_equilibrium("C=C") is None


def test_error_propagation_matches_the_linear_estimate():
    made = Equilibrium("x", -70.0, 2.0, -120.0, 4.0, True, ())
    found = made.ceiling(1.0)
    linear = found.temperature * math.hypot(2.0 / 70.0, 4.0 / 120.0)
    assert found.temperature == pytest.approx(ceiling_temperature(-70.0, -120.0), abs=0.1)
    assert (found.upper - found.lower) / 2 == pytest.approx(1.645 * linear, rel=0.05)
    assert found == made.ceiling(1.0)


def test_signs_of_enthalpy_and_entropy():
    never = Equilibrium("x", 20.0, 1.0, -60.0, 1.0, True, ()).ceiling(1.0)
    always = Equilibrium("x", -20.0, 1.0, 60.0, 1.0, True, ()).ceiling(1.0)
    assert never.temperature == never.upper == 0 and never.chance_at_room_temperature == 0
    assert always.temperature is None and always.lower is None and always.chance_at_room_temperature == 1
    assert "any temperature" in never.text and "no ceiling" in always.text
    with pytest.raises(InputError):
        Equilibrium("x", -20.0, 1.0, -60.0, 1.0, True, ()).ceiling(0.0)


def test_dilution_lowers_the_ceiling():
    found = ring_equilibrium("O=C1CCCCO1")
    assert found.ceiling(0.1).temperature < found.ceiling(1.0).temperature < found.ceiling(BULK).temperature


def test_equilibria_of_routes():
    def first(unit, rule=""):
        return next(r for r in routes(Polymer.from_smiles(unit), 3) if not rule or r.rule == rule)

    assert equilibrium_of(first("*CC(*)(C)c1ccccc1")).what == "α-alkylstyrene"
    assert equilibrium_of(first("*CCCCCC(=O)N*", "lactam")).what.startswith("lactam")
    assert equilibrium_of(first("*CCOC(=O)c1ccc(cc1)C(=O)O*")) is None
    assert equilibrium_of(first("*NCC(*)=O", "nca")) is None
    silicone = first("*[Si](C)(C)O*")
    assert equilibrium_of(silicone) is None and "entropy" in remark_on(silicone)
