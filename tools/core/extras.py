"""Optional packages: the exact command that installs an extra into the running environment."""

from __future__ import annotations

import importlib.metadata
import shlex
import sys

from tools.core.errors import SetupError


def install_command(extra: str) -> str:
    """Return the command that installs an extra, whether Polysmith came from an index, a wheel or a clone.

    Parameters
    ----------
    extra : str
        Name of the extra, such as ``"embed"``.

    Returns
    -------
    str
        A shell command for this Python.

    Raises
    ------
    SetupError
        If there is no such extra.
    """
    marker = f'extra == "{extra}"'
    wanted = [
        line.split(";")[0].strip()
        for line in importlib.metadata.requires("polysmith") or []
        if marker in line.replace("'", '"')
    ]
    if not wanted:
        raise SetupError(f"Polysmith has no extra {extra!r}.")
    return shlex.join([sys.executable, "-m", "pip", "install", *wanted])
