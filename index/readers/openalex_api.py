"""The OpenAlex API: works that a filter selects, page by page.

Parameters follow https://developers.openalex.org/guides/page-through-results and .../api-reference/authentication:
cursor paging, at most 100 works a page, a free key (required since February 2026). The key is taken from
``OPENALEX_API_KEY`` and the address for the polite pool from ``OPENALEX_MAILTO``; neither is stored or shown. Nothing
is sent unless the user asks.
"""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from index.document import Document
from index.fields import BadRecord, inside, mappings
from index.readers import openalex
from index.streams import parse_json
from tools.core.errors import BudgetError, InputError, ToolError

BASE = "https://api.openalex.org"
PER_PAGE = 100  # the most that the API gives
MAX_ANSWER = 100_000_000  # bytes of one page
_TRIES = 6
_WAIT = 1.0  # seconds before the second try; doubles each time
_LONGEST_WAIT = 60.0
_TIMEOUT = 60.0
_FIELDS = (
    "id,doi,title,display_name,publication_year,publication_date,language,is_retracted,is_paratext,authorships,topics,"
    "keywords,concepts,abstract_inverted_index,best_oa_location,primary_location"
)


@dataclass(frozen=True)
class Query:
    """A selection of works.

    Attributes
    ----------
    filter : str
        As in the API's documentation, such as ``"topics.subfield.id:2507,from_publication_date:2020-01-01"``.
    search : str
        Words that titles and abstracts hold; may be empty.
    base : str
        Address of the service.

    Raises
    ------
    InputError
        If neither filter nor search is given, or the address is not http(s).
    """

    filter: str = ""
    search: str = ""
    base: str = BASE

    def __post_init__(self) -> None:
        if not (self.filter.strip() or self.search.strip()):
            raise InputError(
                "No filter is given.",
                hint="All of OpenAlex is better downloaded: https://developers.openalex.org/download",
            )
        if urllib.parse.urlsplit(self.base).scheme not in {"http", "https"}:
            raise InputError(f"{self.base} is no web address.", hint=f"The service is at {BASE}.")

    @property
    def name(self) -> str:
        """Name of the query in a journal."""
        return f"openalex-api:{self.filter.strip()}|{self.search.strip()}"


def pages(
    query: Query, cursor: str = "", *, sleep: Callable[[float], None] | None = None
) -> Iterator[tuple[str, list[Document], int]]:
    """Fetch the works of a query.

    Parameters
    ----------
    query : Query
        The selection.
    cursor : str
        Where an earlier run stopped; empty to begin.
    sleep : callable, optional
        Waits some seconds between tries; None for ``time.sleep``.

    Yields
    ------
    cursor : str
        Where the next page begins; empty after the last one.
    documents : list of Document
        Works with an abstract.
    skipped : int
        Works without one.

    Raises
    ------
    InputError
        If the service refuses the query or the key.
    BudgetError
        If the day's allowance is used up; the same call goes on from the last page tomorrow.
    ToolError
        If the service cannot be reached or answers what cannot be read.
    """
    cursor = cursor or "*"
    while cursor:
        answer = _get(query, cursor, sleep or time.sleep)
        results = answer.get("results")
        if not isinstance(results, list):
            raise ToolError("OpenAlex answered without results.")
        documents: list[Document] = []
        skipped = 0
        for record in mappings(results):
            try:
                documents.append(openalex.document(record))
            except BadRecord:
                skipped += 1
        following = inside(answer, "meta", "next_cursor")
        cursor = following if isinstance(following, str) and results and following != cursor else ""
        yield cursor, documents, skipped


def _get(query: Query, cursor: str, sleep: Callable[[float], None]) -> dict[str, object]:
    request = _request(query, cursor)
    wait = _WAIT
    for attempt in range(_TRIES):
        last = attempt == _TRIES - 1
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310 - the scheme is checked
                data = answer.read(MAX_ANSWER + 1)
            if len(data) > MAX_ANSWER:
                raise ToolError(f"OpenAlex answered with more than {MAX_ANSWER // 1_000_000} MB.")
            value, _ = parse_json(data)
            if not isinstance(value, dict):
                raise ToolError("OpenAlex answered with something else than an object.")
            return value
        except urllib.error.HTTPError as error:
            _refused(error, last)
            wait_now = _asked_wait(error) or wait
        except BadRecord as error:
            if last:
                raise ToolError("OpenAlex answered with something else than JSON.") from error
            wait_now = wait
        except (OSError, urllib.error.URLError) as error:
            if last:
                reason = getattr(error, "reason", error)
                raise ToolError(f"OpenAlex cannot be reached: {reason}", hint="Try again later: it goes on.") from error
            wait_now = wait
        sleep(min(wait_now, _LONGEST_WAIT))
        wait *= 2
    raise ToolError("OpenAlex cannot be reached.", hint="Try again later: it goes on.")


def _request(query: Query, cursor: str) -> urllib.request.Request:
    given = {
        "filter": query.filter.strip(),
        "search": query.search.strip(),
        "per_page": str(PER_PAGE),
        "cursor": cursor,
    }
    given |= {"select": _FIELDS, "mailto": os.environ.get("OPENALEX_MAILTO", "")}
    given["api_key"] = os.environ.get("OPENALEX_API_KEY", "")
    url = f"{query.base.rstrip('/')}/works?{urllib.parse.urlencode({k: v for k, v in given.items() if v})}"
    mail = f" (mailto:{given['mailto']})" if given["mailto"] else ""
    return urllib.request.Request(url, headers={"User-Agent": f"polysmith{mail}", "Accept": "application/json"})  # noqa: S310


def _refused(error: urllib.error.HTTPError, last: bool) -> None:
    """Raise for answers that no second try mends."""
    with error:
        told = error.read(2_000).decode("utf-8", "replace")
    if error.code in {401, 403} and not os.environ.get("OPENALEX_API_KEY"):
        raise InputError(
            f"OpenAlex wants a key (HTTP {error.code}).",
            hint="Get one free at openalex.org/settings/api and set OPENALEX_API_KEY.",
        ) from error
    if error.code == 429 and last:
        raise BudgetError(
            "OpenAlex's allowance for today is used up.", hint="Run the same command tomorrow: it goes on from there."
        ) from error
    if error.code in {403, 408, 429} or error.code >= 500:
        if last:
            raise ToolError(f"OpenAlex answers HTTP {error.code}.", hint="Try again later: it goes on.") from error
        return
    raise InputError(f"OpenAlex refuses the query (HTTP {error.code}): {' '.join(told.split())[:300]}") from error


def _asked_wait(error: urllib.error.HTTPError) -> float:
    """Seconds in ``Retry-After``; 0 without it."""
    asked = (error.headers.get("Retry-After") or "").strip() if error.headers else ""
    if asked.isdigit():
        return float(asked)
    try:
        return max(0.0, parsedate_to_datetime(asked).timestamp() - time.time()) if asked else 0.0
    except (TypeError, ValueError):
        return 0.0
