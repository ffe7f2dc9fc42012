"""What is installed, what works, and the command for what is missing."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tools.core.errors import PolysmithError, StateError
from tools.core.extras import install_command

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report.

    Attributes
    ----------
    part : str
        What was looked at.
    state : {"ok", "missing", "broken"}
        Whether it works; "missing" parts are optional.
    detail : str
        Version, or what is wrong.
    fix : str
        The command that mends it.
    """

    part: str
    state: State
    detail: str = ""
    fix: str = ""


_EXTRAS: tuple[tuple[str, str, str, str], ...] = (
    ("contextual embeddings", "sentence_transformers", "sentence-transformers", "embed"),
    ("chat", "chainlit", "chainlit", "chat"),
    ("reading PDF papers", "pypdf", "pypdf", "pdf"),
    ("training embeddings and language models", "transformers", "transformers", "train"),
    ("molecular dynamics", "openmm", "openmm", "md"),
    ("quantum chemistry of oligomers", "tblite", "tblite", "qc"),
    ("screening on several machines", "ray", "ray", "ray"),
)


def _package(part: str, module: str, package: str, extra: str) -> Finding:
    if importlib.util.find_spec(module) is None:
        return Finding(part, "missing", f"{package} is not installed", install_command(extra))
    return Finding(part, "ok", f"{package} {importlib.metadata.version(package)}")


def _check(part: str, probe: Callable[[], str], fix: str) -> Finding:
    try:
        return Finding(part, "ok", probe())
    except (PolysmithError, ImportError, OSError) as error:
        return Finding(part, "broken", str(error), fix)


def _chemistry() -> str:
    from tools.core.polymer import Polymer

    Polymer.from_smiles("*CC(*)c1ccccc1")
    return f"rdkit {importlib.metadata.version('rdkit')}"


def _models() -> str:
    from tools.properties.predict import available

    return f"{len(available())} property models, hashes checked"


def _corpus() -> str:
    from polysmith.config import open_retriever

    retriever, problem = open_retriever()
    if retriever is None:
        raise StateError(problem)
    found = retriever.search("glass transition temperature", 1)
    return "shipped notes answer" if found else "the index is open but found nothing"


def _faiss() -> str:
    names = [name for name in ("faiss-cpu", "faiss-gpu") if _installed(name)]
    if len(names) > 1:
        raise ImportError("faiss-cpu and faiss-gpu are both installed and overwrite each other")
    if not names:
        raise ImportError("faiss is not installed")
    return f"{names[0]} {importlib.metadata.version(names[0])}"


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _worker() -> str:
    from tools.core import sandbox

    sandbox.run("tools.core.gate:check_text", "*CC*", seconds=20)
    return "killable workers start"


def _state() -> str:
    from agent.settings import home

    folder = home()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        raise PermissionError(f"{folder} cannot be written to")
    return str(folder)


def examine_model() -> list[Finding]:
    """Ask the configured language model what it can do, and keep the answer for the client.

    Returns
    -------
    list of Finding
        One for each thing that was asked; a single missing one if no endpoint is configured.

    Raises
    ------
    SetupError
        If the settings are wrong.
    """
    from agent.llm.client import Client
    from agent.llm.probe import probe
    from agent.llm.profile import save_profile
    from agent.settings import home

    client = Client.open(home())
    if client is None:
        fix = "polysmith serve MODEL, or export POLYSMITH_LLM_URL=http://HOST:PORT/v1"
        return [Finding("language model", "missing", "no endpoint is configured; designs work without one", fix)]
    profile, checks = probe(client)
    if profile.probed:
        save_profile(home(), client.endpoint, profile)
    findings = [Finding("language model", "ok", client.endpoint.url)]
    findings += [Finding(f"  {c.part}", "ok" if c.ok else "broken", c.detail, c.fix) for c in checks]
    if profile.context:
        findings.append(Finding("  context", "ok", f"{profile.context} tokens"))
    return findings


def examine() -> list[Finding]:
    """Look at every part.

    Returns
    -------
    list of Finding
        Core parts first, then optional ones.
    """
    version = ".".join(map(str, sys.version_info[:3]))
    findings = [
        Finding("python", "ok", version),
        _check("chemistry", _chemistry, "pip install --force-reinstall rdkit"),
        _check("killable workers", _worker, "see docs/architecture.md, section on workers"),
        _check("property models", _models, "pip install --force-reinstall polysmith"),
        _check("vector search", _faiss, "pip install --force-reinstall faiss-cpu"),
        _check("literature index", _corpus, "pip install --force-reinstall polysmith"),
        _check("state folder", _state, "export POLYSMITH_HOME=<a folder you can write to>"),
    ]
    findings += [_package(*extra) for extra in _EXTRAS]
    fds = os.environ.get("FDS_BIN") or shutil.which("fds")
    if fds and Path(fds).is_file():
        findings.append(Finding("fire dynamics simulator", "ok", fds))
    else:
        findings.append(
            Finding("fire dynamics simulator", "missing", "fds is not on PATH", "install FDS and set FDS_BIN")
        )
    return findings
