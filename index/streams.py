"""Opening files that may be damaged, bombs, or in the wrong encoding."""

from __future__ import annotations

import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from index.fields import BadRecord

MAX_EXPANSION = 300  # a gzip file that grows more than this is a bomb ...
SAFE_BYTES = 1_000_000_000  # ... once it is past this size
CHUNK = 1 << 20

_fast_loads: Callable[[bytes], Any] | None
try:
    from orjson import loads as _fast_loads
except ImportError:  # the standard library reads the same, more slowly
    _fast_loads = None


class Damaged(Exception):
    """The rest of a file cannot be read; what came before stays valid."""


@dataclass
class Meter:
    """How far the reading of the current file has come.

    Attributes
    ----------
    handle : file or None
        The file as stored, before decompression.
    """

    handle: IO[bytes] | None = None

    def done(self) -> int:
        """Return the bytes taken from the file as stored."""
        return 0 if self.handle is None or self.handle.closed else self.handle.tell()


class GuardedStream(io.RawIOBase):
    """A file, decompressed if need be, that stops at damage and at bombs.

    Parameters
    ----------
    path : Path
        File to read; ``.gz`` is decompressed.
    meter : Meter, optional
        Told the position in the file as stored.

    Raises
    ------
    OSError
        If it cannot be opened.
    """

    def __init__(self, path: Path, meter: Meter | None = None) -> None:
        super().__init__()
        self._stored = path.open("rb")
        if meter is not None:
            meter.handle = self._stored
        packed = path.name.casefold().endswith(".gz")
        self._size = max(path.stat().st_size, 1)
        self._inner: IO[bytes] = cast("IO[bytes]", gzip.GzipFile(fileobj=self._stored)) if packed else self._stored
        self._packed = packed
        self._total = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read some bytes.

        Parameters
        ----------
        buffer : writable buffer
            Filled as far as possible.

        Returns
        -------
        int
            Bytes read; 0 at the end.

        Raises
        ------
        Damaged
            If the compressed data are cut, corrupt, or grow without bound.
        """
        view = memoryview(cast("bytearray", buffer))
        try:
            # read1: what stands before damage is still given out
            data = cast("gzip.GzipFile", self._inner).read1(len(view)) if self._packed else self._inner.read(len(view))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise Damaged(f"the compressed file is damaged here ({error}); the rest is not read") from error
        self._total += len(data)
        if self._packed and self._total > SAFE_BYTES and self._total > MAX_EXPANSION * self._size:
            raise Damaged("the compressed file grows without bound; the rest is not read")
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._inner.close()
            self._stored.close()
        super().close()


def opened(path: Path, meter: Meter | None = None) -> io.BufferedReader:
    """Open a file for reading in pieces.

    Parameters
    ----------
    path : Path
        The file; ``.gz`` is decompressed.
    meter : Meter, optional
        Told the position in the file as stored.

    Returns
    -------
    BufferedReader
        Its reads raise ``Damaged`` where the rest cannot be read.
    """
    return io.BufferedReader(GuardedStream(path, meter), CHUNK)


def lines(handle: IO[bytes], longest: int) -> Iterator[tuple[bytes, bool]]:
    """Return lines and whether each is whole; the rest of a line that is too long is passed over.

    Parameters
    ----------
    handle : binary file
        Read from where it stands.
    longest : int
        Bytes of a line.

    Yields
    ------
    line : bytes
        The line, or the beginning of one that is too long.
    whole : bool
        False if it was too long.
    """
    while line := handle.readline(longest + 1):
        if len(line) <= longest:
            yield line, True
            continue
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = handle.readline(longest)
        yield line[:100], False


def decode(data: bytes) -> tuple[str, str]:
    """Decode text of unknown encoding.

    Parameters
    ----------
    data : bytes
        Contents of a file.

    Returns
    -------
    text : str
        The text.
    encoding : str
        ``"utf-8"``, ``"utf-16"`` (with byte order mark), or ``"cp1252"`` for what is neither.

    Raises
    ------
    BadRecord
        If the data are binary.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace"), "utf-16"
    if b"\x00" in data[:8192]:
        raise BadRecord("binary, not text")
    try:
        return data.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "cp1252"


def parse_json(line: bytes) -> tuple[object, str]:
    """Parse JSON of unknown encoding.

    Parameters
    ----------
    line : bytes
        One JSON value.

    Returns
    -------
    value : object
        The value.
    encoding : str
        As for ``decode``.

    Raises
    ------
    BadRecord
        If it is no valid JSON, or nested too deeply.
    """
    if _fast_loads is not None:
        try:
            return _fast_loads(line), "utf-8"
        except ValueError:
            pass  # another encoding, NaN, or a real error: the slow way tells which
    text, encoding = decode(line)
    try:
        return json.loads(text), encoding
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"no valid JSON: {error}"[:200]) from error
