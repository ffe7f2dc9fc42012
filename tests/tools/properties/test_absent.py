"""Properties without a model say why."""

from __future__ import annotations

import pytest

from tools.core.properties import get_property
from tools.properties.absent import why_absent
from tools.properties.predict import available


@pytest.mark.parametrize("name", ["D_O2", "S_CO2", "Td", "loi", "chi", "delta_h"])
def test_the_reason_is_given_for_registered_properties_without_a_model(name):
    assert get_property(name).id == name and name not in available()
    assert len(why_absent(name)) > 40


def test_private_training_is_named_for_transport_only():
    assert "non_commercial=True" in why_absent("D_He") and "solubility" in why_absent("D_He")
    assert "non_commercial" not in why_absent("Td")
    assert why_absent("Tg") == ""
