"""The OpenAlex API against a local double: paging, keys, waiting, refusals, going on."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from index.api import add_documents
from index.readers import openalex_api
from index.readers.openalex_api import Query, pages
from index.shard import read_manifest
from tools.core.errors import BudgetError, InputError, ToolError

PAGES = {"*": (1, "c2"), "c2": (2, "c3"), "c3": (3, None)}


def works(page):
    rows = [
        {
            "id": f"https://openalex.org/W{page}{n}",
            "display_name": f"Work {page}{n}",
            "abstract_inverted_index": {f"Polymer{page}{n}": [0], "films": [1], "are": [2], "stiff.": [3]},
        }
        for n in range(3)
    ]
    return [*rows, {"id": f"https://openalex.org/W{page}9", "display_name": "none", "abstract_inverted_index": None}]


@pytest.fixture
def service(monkeypatch):
    """A service that answers from a script of status codes, then normally; ``seen`` holds the questions."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked = {key: value[0] for key, value in parse_qs(urlsplit(self.path).query).items()}
            server.seen.append(asked | {"agent": self.headers["User-Agent"]})
            status = server.script.pop(0) if server.script else 200
            page, following = PAGES[asked["cursor"]]
            body = json.dumps({"meta": {"next_cursor": following}, "results": works(page)}).encode()
            if status == "garbage":
                status, body = 200, b"<html>"
            if status != 200:
                body = b'{"error": "Invalid filter", "message": "Unknown filter field"}'
            self.send_response(status)
            if status == 429:
                self.send_header("Retry-After", "3")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.seen, server.script = [], []
    server.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("OPENALEX_API_KEY", "secret-key")
    monkeypatch.setenv("OPENALEX_MAILTO", "me@example.org")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_all_pages_with_key_and_address(service):
    found = list(pages(Query("topics.subfield.id:2507", base=service.base)))
    assert [cursor for cursor, _, _ in found] == ["c2", "c3", ""]
    assert [len(documents) for _, documents, _ in found] == [3, 3, 3]
    assert [skipped for *_, skipped in found] == [1, 1, 1]
    assert found[0][1][0].text == "Polymer10 films are stiff."
    first = service.seen[0]
    assert (first["filter"], first["per_page"], first["cursor"]) == ("topics.subfield.id:2507", "100", "*")
    assert (first["api_key"], first["mailto"]) == ("secret-key", "me@example.org")
    assert "me@example.org" in first["agent"]


def test_waits_and_tries_again(service):
    service.script = [503, 429, "garbage", 200]
    waits = []
    assert len(list(pages(Query("x:1", base=service.base), sleep=waits.append))) == 3
    assert waits == [1.0, 3.0, 4.0]


@pytest.mark.parametrize(
    ("script", "error", "told"),
    [
        ([400], InputError, "Unknown filter field"),
        ([429] * 9, BudgetError, "tomorrow"),
        ([500] * 9, ToolError, "HTTP 500"),
        (["garbage"] * 9, ToolError, "JSON"),
    ],
)
def test_refusals_are_typed_and_do_not_show_the_key(service, script, error, told):
    service.script = script
    with pytest.raises(error, match=told) as caught:
        list(pages(Query("x:1", base=service.base), sleep=lambda seconds: None))
    assert "secret-key" not in str(caught.value)


def test_a_missing_key_says_where_to_get_one(service, monkeypatch):
    monkeypatch.delenv("OPENALEX_API_KEY")
    service.script = [401]
    with pytest.raises(InputError, match="OPENALEX_API_KEY"):
        list(pages(Query("x:1", base=service.base)))


def test_nobody_there():
    with pytest.raises(ToolError, match="cannot be reached"):
        list(pages(Query("x:1", base="http://127.0.0.1:1"), sleep=lambda seconds: None))


def test_queries_that_make_no_sense():
    with pytest.raises(InputError, match="No filter"):
        Query("  ")
    with pytest.raises(InputError, match="web address"):
        Query("x:1", base="file:///etc/passwd")


def test_an_ingest_goes_on_at_its_page(service, tmp_path, monkeypatch):
    monkeypatch.setattr(openalex_api.time, "sleep", lambda seconds: None)
    query = Query("x:1", base=service.base)
    service.script = [200, 500, 500, 500, 500, 500, 500]
    with pytest.raises(ToolError):
        add_documents(query, tmp_path / "i", commit_every=1)
    assert read_manifest(tmp_path / "i").documents == 3
    service.seen.clear()
    service.script = []
    report = add_documents(query, tmp_path / "i", commit_every=1)
    assert [asked["cursor"] for asked in service.seen] == ["c2", "c3"]
    assert (report.added, report.skipped) == (6, 2)
    assert read_manifest(tmp_path / "i").documents == 9
    assert add_documents(query, tmp_path / "i").added == 0
