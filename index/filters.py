"""Which documents a search may return: by year, DOI, collection or id."""

from __future__ import annotations

from dataclasses import dataclass

from index.keys import doi_key
from tools.core.errors import InputError

MAX_LISTED = 10_000  # DOIs, sources or ids in one filter


@dataclass(frozen=True)
class Filter:
    """Conditions that a document must meet; a condition that is left out lets everything pass.

    Attributes
    ----------
    year_from, year_to : int or None
        First and last year of publication; a document without a year passes neither.
    dois : tuple of str
        The document has one of these DOIs (a resolver in front and capital letters do not matter).
    sources : tuple of str
        It is from one of these collections.
    ids : tuple of str
        It has one of these document ids.

    Raises
    ------
    InputError
        If the years are in the wrong order, a list is too long, or a value is blank.
    """

    year_from: int | None = None
    year_to: int | None = None
    dois: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.year_from is not None and self.year_to is not None and self.year_from > self.year_to:
            raise InputError(
                f"No year is from {self.year_from} to {self.year_to}.", hint="Give the earlier year first."
            )
        for name in ("dois", "sources", "ids"):
            given = getattr(self, name)
            values = (given,) if isinstance(given, str) else tuple(given)
            if len(values) > MAX_LISTED:
                raise InputError(f"{len(values)} {name} are in the filter; {MAX_LISTED} can be.")
            cleaned = tuple(dict.fromkeys(doi_key(v) if name == "dois" else v for v in values))
            if not all(v.strip() for v in cleaned):
                raise InputError(f"One of the {name} in the filter is blank.", hint="Leave it out.")
            object.__setattr__(self, name, cleaned)

    @property
    def is_open(self) -> bool:
        """Whether every document passes."""
        return self == Filter()

    def admits(self, *, document_id: str, year: int | None, doi: str, source: str) -> bool:
        """Say whether a document passes.

        Parameters
        ----------
        document_id, doi, source : str
            Of the document.
        year : int or None
            Its year of publication.

        Returns
        -------
        bool
            True if it meets every condition.
        """
        if self.year_from is not None and (year is None or year < self.year_from):
            return False
        if self.year_to is not None and (year is None or year > self.year_to):
            return False
        return (
            (not self.ids or document_id in self.ids)
            and (not self.sources or source in self.sources)
            and (not self.dois or doi_key(doi) in self.dois)
        )
