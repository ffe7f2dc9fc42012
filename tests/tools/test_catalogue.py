"""Every tool of the catalogue has a schema, refuses what it does not know, and returns plain data."""

from __future__ import annotations

import json

import pytest

from tools.catalogue import catalogue, get_tool
from tools.core.errors import InputError, UnknownNameError


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_every_tool_describes_itself_and_its_arguments(name):
    spec = get_tool(name)
    assert len(spec.description) > 20
    assert spec.returns
    for field in spec.schema["properties"].values():
        assert field["description"]
    with pytest.raises(InputError):
        spec.call({"no_such_argument": 1})


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("identify_polymer", {"text": "PMMA"}),
        ("known_polymers", {"property_name": "Tg", "lower": 500.0}),
        ("find_routes", {"polymer": "nylon 6,6", "limit": 1}),
        ("assess_feasibility", {"polymer": "*CC(*)c1ccccc1"}),
    ],
)
def test_tools_return_plain_data(name, arguments):
    answer = get_tool(name).call(arguments)
    assert answer
    json.dumps(answer)


def test_an_unknown_tool_is_a_typed_error():
    with pytest.raises(UnknownNameError, match="find_routes"):
        get_tool("rm")
