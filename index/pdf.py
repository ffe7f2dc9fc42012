"""Text of PDF files; runs in a killable worker, because PDFs can be made to take all memory and time."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Any

from index.records import MAX_TEXT
from tools.core.errors import BackendMissing, InputError
from tools.core.extras import install_command

MAX_BYTES = 100_000_000
MAX_PAGES = 2_000
SECONDS = 60.0
MEMORY_MB = 1_500


def extract(path: str) -> dict[str, Any]:
    """Read the text of a PDF in this process; use ``read_pdf`` instead.

    Parameters
    ----------
    path : str
        File to read.

    Returns
    -------
    dict
        ``title``, ``text`` and ``pages``.

    Raises
    ------
    InputError
        If the file is no readable PDF, is encrypted, or is too long.
    """
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = pypdf.PdfReader(path, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise InputError("the PDF is encrypted")
        if len(reader.pages) > MAX_PAGES:
            raise InputError(f"the PDF has {len(reader.pages)} pages; {MAX_PAGES} are read at most")
        parts: list[str] = []
        for page in reader.pages:
            parts.append(page.extract_text() or "")
            if sum(map(len, parts)) > MAX_TEXT:
                raise InputError(f"the PDF has more than {MAX_TEXT} characters")
        about = reader.metadata
        title = str(about.title or "") if about is not None else ""
    except (
        pypdf.errors.PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"the PDF cannot be read: {type(error).__name__}") from error
    return {"title": title, "text": "\n\n".join(parts), "pages": len(parts)}


def read_pdf(path: Path) -> dict[str, Any]:
    """Read the text of a PDF in a worker with limits on time and memory.

    Parameters
    ----------
    path : Path
        File to read.

    Returns
    -------
    dict
        ``title``, ``text`` and ``pages``.

    Raises
    ------
    BackendMissing
        If pypdf is not installed.
    InputError
        If the file is no readable PDF or too large.
    LimitError
        If reading it takes too much time or memory.
    """
    from tools.core.sandbox import run

    if importlib.util.find_spec("pypdf") is None:
        raise BackendMissing("pypdf", install_command("pdf"))
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"the PDF is larger than {MAX_BYTES // 1_000_000} MB")
    found = run("index.pdf:extract", str(path), seconds=SECONDS, memory_mb=MEMORY_MB)
    return dict(found)
