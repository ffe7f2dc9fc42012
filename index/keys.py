"""Keys under which two records count as one document: DOI and normalised title."""

from __future__ import annotations

import hashlib

_RESOLVERS = ("https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/", "doi:")
_IDENTIFYING = 20  # letters and digits that make a title long enough to identify a document


def doi_key(doi: str) -> str:
    """Return a DOI in lower case without a resolver in front.

    Parameters
    ----------
    doi : str
        DOI as written.

    Returns
    -------
    str
        Its key; empty for an empty DOI.
    """
    lowered = doi.strip().casefold()
    for prefix in _RESOLVERS:
        lowered = lowered.removeprefix(prefix)
    return lowered.strip()


def title_key(title: str) -> str:
    """Return the letters and digits of a title that is long enough to identify a document, else an empty string.

    Parameters
    ----------
    title : str
        Title as written.

    Returns
    -------
    str
        Its key.
    """
    key = "".join(filter(str.isalnum, title.casefold()))
    return key if len(key) >= _IDENTIFYING else ""


def short_hash(kind: str, key: str) -> int:
    """Return a signed 64-bit hash of a key: small enough to look up millions on disk, checked again where it is hit.

    Parameters
    ----------
    kind : str
        What the key is, such as ``"doi"``; keys of two kinds never share a hash by being spelt alike.
    key : str
        The key.

    Returns
    -------
    int
        First eight bytes of BLAKE2b, as SQLite stores integers.
    """
    digest = hashlib.blake2b(f"{kind} {key}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)
