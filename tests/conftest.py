"""Shared fixtures: no test touches the user's own state folder or the network."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of the development data; tests that need it skip where it is absent."""
    root = Path(os.environ.get("POLYSMITH_DATA") or Path(__file__).parents[2] / "shared" / "data")
    if not (root / "experimental.csv").is_file():
        pytest.skip("the development data is not here: set POLYSMITH_DATA to its folder")
    return root


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYSMITH_HOME", str(tmp_path_factory.getbasetemp() / "polysmith-home"))


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if self.family != socket.AF_UNIX:
            host = address[0] if isinstance(address, tuple) else ""
            if host not in {"127.0.0.1", "::1", "localhost"}:
                raise AssertionError(f"a test tried to reach {address!r}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def _no_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forbid calls of language models; a test of the client asks for the fixture ``model_calls``."""
    monkeypatch.setenv("POLYSMITH_FORBID_MODELS", "1")
    for name in ("POLYSMITH_LLM_URL", "POLYSMITH_LLM_MODEL", "POLYSMITH_LLM_KEY", "POLYSMITH_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def model_calls(_no_models: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the client send requests: to a server of this machine."""
    monkeypatch.delenv("POLYSMITH_FORBID_MODELS")
