"""The command for a missing package can be run as it is printed."""

from __future__ import annotations

import shlex
import sys

import pytest

from tools.core.errors import SetupError
from tools.core.extras import install_command


def test_the_command_names_this_python_and_the_requirements():
    words = shlex.split(install_command("embed"))
    assert words[:4] == [sys.executable, "-m", "pip", "install"]
    assert any(word.startswith("sentence-transformers>=") for word in words)
    assert any(word.startswith("torch") and "<2.14" in word for word in words)
    assert not any("extra" in word for word in words)


def test_an_unknown_extra_is_a_typed_error():
    with pytest.raises(SetupError):
        install_command("coffee")
