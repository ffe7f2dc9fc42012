"""The heavy libraries of training, imported when they are needed; a missing one says how to install it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from tools.core.errors import BackendMissing
from tools.core.extras import install_command


def library(name: str) -> Any:
    """Import a library of the extra ``train``.

    Parameters
    ----------
    name : str
        Module.

    Returns
    -------
    module
        The module.

    Raises
    ------
    BackendMissing
        If it is not installed.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise BackendMissing(name, install_command("train")) from error


def torch() -> Any:
    """Import torch."""
    return library("torch")


def transformers() -> Any:
    """Import transformers."""
    return library("transformers")
