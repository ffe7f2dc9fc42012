"""Documents are data: damage, bombs and tricks are counted skips or typed errors, and never more than that."""

import gzip
import json
import random
import subprocess
import sys
import zlib

import pytest

from index import streams
from index.ingest import IngestReport, read_documents
from index.readers import jsonl, ris, xml
from index.records import BadRecord, document_from
from index.subset import Subset

BODY = "Polymers with stiff backbones have a high glass transition temperature."
GOOD = json.dumps({"title": "Good", "abstract": BODY}).encode()


def read(path):
    report = IngestReport()
    return list(read_documents(path, report)), report


def write(path, data):
    path.write_bytes(data)
    return path


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE PubmedArticleSet [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><PubmedArticleSet><PubmedArticle>&c;</PubmedArticle></PubmedArticleSet>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE article [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<article><body><p>&x; and more than twenty characters of text</p></body></article>"""
PARAMETER = b"""<!DOCTYPE article [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]><article/>"""
UNKNOWN = b"""<!DOCTYPE article SYSTEM "file:///etc/hostname"><article><body><p>&secret; text text text</p></body></article>"""
SECOND = b"<article/><!DOCTYPE article [<!ENTITY a 'x'>]><article><body><p>&a;</p></body></article>"


@pytest.mark.parametrize("data", [LAUGHS, OUTSIDE, PARAMETER, UNKNOWN, SECOND])
def test_entities_are_neither_expanded_nor_fetched(tmp_path, data):
    documents, report = read(write(tmp_path / "x.xml", data))
    assert documents == []
    assert report.skipped >= 1
    assert "root:" not in str(report)


def test_deep_and_endless_xml(tmp_path, monkeypatch):
    deep = b"<article><body>" + b"<sec>" * 100_000
    assert "nested" in read(write(tmp_path / "deep.xml", deep))[1].skips[0].reason
    monkeypatch.setattr(xml, "MAX_RECORD", 200_000)
    long = b"<article><body><p>" + b"word " * 200_000
    assert "longer" in read(write(tmp_path / "long.xml", long))[1].skips[0].reason
    assert "rest is not read" in read(write(tmp_path / "cut.xml", b"<article><body><p>text"))[1].skips[0].reason
    assert "root element" in read(write(tmp_path / "none.xml", b"   \n"))[1].skips[0].reason
    assert "rest is not read" in read(write(tmp_path / "not.xml", b"\x00\x01\x02 no xml"))[1].skips[0].reason


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.jsonl.gz", "a.gz"])
def test_byte_order_mark_carriage_returns_and_nul(tmp_path, name):
    record = {"title": "N", "abstract": f"{BODY} \u0000\u202e\ufeffend", "id": "n\u0000"}
    data = b"\xef\xbb\xbf" + GOOD + b"\r\n\r\n" + json.dumps(record).encode() + b"\r\n\x00\x00\x00\r\n"
    documents, report = read(write(tmp_path / name, gzip.compress(data) if name.endswith("gz") else data))
    assert [d.title for d in documents] == ["Good", "N"]
    assert not set("\x00\u202e\ufeff\r") & set(documents[1].text + documents[1].id)
    assert report.skipped == 1


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_other_encodings(tmp_path, encoding):
    text = f"Müller’s {BODY}"
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    documents, report = read(tmp_path)
    assert documents[0].text == text
    assert bool(report.notes) == (encoding == "cp1252")


def test_records_of_wrong_types_are_counted(tmp_path):
    values = [
        None, 5, "text", [], [GOOD.decode()], {"abstract": 5}, {"abstract": [BODY]}, {"abstract": {"a": BODY}},
        {"title": {"x": 1}, "abstract": BODY}, {"title": [[["x"]]], "abstract": BODY, "year": {"a": []}, "authors": 7},
        {"title": "t", "abstract": BODY, "authors": [None, 5, {"name": 7}, [[]]], "doi": ["10.1/x"], "keywords": {"a": 1}},
        {"id": "https://openalex.org/W1", "display_name": 5, "abstract_inverted_index": {"a": [10**9, -5]}},
        {"abstract_inverted_index": {"a": [[1]], "b": None}}, {"abstract_inverted_index": {"a": {"b": 1}}},
        {"abstract_inverted_index": {"a": ["1"]}}, {"abstract_inverted_index": "{{"}, {"abstract_inverted_index": [1, 2]},
        {"id": 1, "categories": [1], "submitter": 2, "authors_parsed": [[1], "x", [None, None]], "abstract": BODY},
        {"corpusid": [], "content": [], "abstract": BODY, "externalids": [], "openaccessinfo": 5},
        {"corpusid": 1, "content": {"text": BODY, "annotations": {"paragraph": [{"start": None, "end": "x"}]}}},
        {"corpusid": 1, "content": {"text": BODY, "annotations": {"paragraph": [{"start": -5, "end": 10**12}]}}},
        {"type": "x", "DOI": 5, "title": [], "abstract": BODY, "issued": {"date-parts": [[None]]}, "author": {"a": 1},
         "license": [5], "updated-by": "retraction", "subject": 5},
        {"paper_id": "1", "body_text": [{"text": 5}, None, "x", {"text": BODY, "section": 7}]},
    ]  # fmt: skip
    path = write(tmp_path / "a.jsonl", b"\n".join(json.dumps(v).encode() for v in values))
    documents, report = read(path)
    assert len(documents) + report.skipped == len(values)
    assert all(isinstance(d.title, str) and isinstance(d.id, str) and d.text for d in documents)
    array = write(tmp_path / "a.json", json.dumps(values).encode())
    assert len(read(array)[0]) == len(documents)


def read_apart(path):
    """Documents, skips, and KiB by which memory grew, in a process of its own."""
    code = (
        "import resource, sys; from pathlib import Path; from index.ingest import IngestReport, read_documents\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss; report = IngestReport()\n"
        "found = sum(1 for _ in read_documents(Path(sys.argv[1]), report))\n"
        "print(found, report.skipped, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    return tuple(map(int, done.stdout.split()))


def test_random_records_are_documents_or_bad_records():
    """Every field of every format holds anything that JSON can hold."""
    rng = random.Random(1)
    odd = [
        None,
        True,
        5,
        1.5,
        10**30,
        "",
        "\ud800",
        "\x00",
        [],
        {},
        [None],
        [[]],
        [{}],
        {"a": [1]},
        [["a", [0]]],
        "{}",
        "[",
    ]
    records = [
        {"id": "https://openalex.org/W1", "display_name": "t", "abstract_inverted_index": {"a": [0]}, "topics": [{"field": {}}],
         "authorships": [{"author": {"display_name": "x"}}], "best_oa_location": {"license": "x"}, "concepts": [{"score": 1}]},
        {"DOI": "10.1/x", "type": "x", "title": ["t"], "abstract": BODY, "author": [{"family": "x"}], "license": [{"URL": "x"}],
         "issued": {"date-parts": [[2000]]}, "updated-by": [{"type": "x"}], "relation": {}, "subject": ["x"]},
        {"corpusid": 1, "externalids": {"doi": "x"}, "content": {"text": BODY, "source": {"oainfo": {"license": "x"}},
         "annotations": {"title": "[{}]", "paragraph": [{"start": 0, "end": 5}]}}, "fieldsOfStudy": ["x"], "journal": {"name": "x"}},
        {"id": "1", "submitter": "x", "categories": "x", "abstract": BODY, "authors_parsed": [["a", "b"]], "versions": [{}]},
        {"paper_id": "1", "metadata": {"title": "x", "authors": []}, "abstract": [{"text": BODY}], "body_text": [{"text": "x"}]},
        {"title": "x", "abstract": BODY, "keywords": ["x"], "authors": ["x"], "externalIds": {"DOI": "x"}, "year": 2000},
    ]  # fmt: skip

    def changed(value):
        if rng.random() < 0.12:
            return rng.choice(odd)
        if isinstance(value, dict):
            return {key: changed(item) for key, item in value.items()}
        return [changed(item) for item in value] if isinstance(value, list) else value

    subset, made = Subset("materials", ("en",), 1, 3000, ("x",)), 0
    for _ in range(6_000):
        record = changed(rng.choice(records))
        try:
            document = document_from(record, source="s")
        except BadRecord:
            continue
        made += 1
        subset.admits(document)
        assert len(document.sha256) == 64
    assert 500 < made < 5_500


def test_fifty_megabyte_abstracts_are_passed_over_in_bounded_memory(tmp_path):
    path = tmp_path / "big.jsonl"
    with path.open("wb") as handle:
        handle.write(b'{"title": "Big", "abstract": "' + b"word " * 10_000_000 + b'"}\n' + GOOD + b"\n")
    found, skipped, grown = read_apart(path)
    assert (found, skipped) == (1, 1)
    assert grown < 60_000


def test_an_array_is_read_in_bounded_memory(tmp_path):
    path = tmp_path / "items.json"
    record = GOOD.replace(b"Good", b"x" * 10_000)
    path.write_bytes(b'{"items": [' + b",".join([record] * 4_000) + b"]}")
    found, skipped, grown = read_apart(path)
    assert (found, skipped) == (4_000, 0)
    assert grown < 25_000


def test_gzip_bombs_in_every_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "SAFE_BYTES", 3_000_000)
    bomb = gzip.compress(b" " * 100_000_000, 9)
    assert len(bomb) < 200_000
    for name in ("a.jsonl.gz", "a.json.gz", "a.xml.gz", "a.gz"):
        documents, report = read(write(tmp_path / name, bomb))
        assert documents == []
        assert report.skipped == 1
    nested = gzip.compress(bomb)
    assert read(write(tmp_path / "b.jsonl.gz", nested))[1].skipped >= 1


def test_damaged_gzip_gives_what_came_before(tmp_path):
    rows = b"".join(GOOD.replace(b"Good", str(n).encode()) + b"\n" for n in range(5_000))
    whole = gzip.compress(rows)
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for name, data in (("cut", whole[:-40]), ("flipped", bytes(flipped)), ("tail", whole + b"garbage")):
        documents, report = read(write(tmp_path / f"{name}.jsonl.gz", data))
        assert documents, name
        assert report.skipped, name
    assert "damaged" in report.skips[-1].reason
    raw = zlib.compress(rows)
    assert read(write(tmp_path / "zlib.jsonl.gz", raw))[1].skipped == 1


def test_nested_and_endless_json(tmp_path, monkeypatch):
    monkeypatch.setattr(jsonl, "MAX_LINE", 300_000)
    for name, data in (
        ("deep.jsonl", b"[" * 100_000),
        ("objects.jsonl", b'{"a":' * 50_000),
        ("deep.json", b'[{"a":' + b"[" * 100_000),
        ("open.json", b'[{"title": "' + b"x" * 1_000_000),
        ("cut.json", b"[" + GOOD + b", " + GOOD[:30]),
        ("wrong.json", b"[" + GOOD + b" oops]" + b" " * 400_000),
        ("latin.json", b'[{"abstract": "\xb0\xfc"}]'),
    ):
        report = read(write(tmp_path / name, data))[1]
        assert report.skipped == 1, name


def test_endless_ris_and_bibtex_records(tmp_path, monkeypatch):
    monkeypatch.setattr(ris, "MAX_RECORD", 10_000)
    data = b"TY  - JOUR\nAB  - " + b"word\n" * 20_000 + b"ER  - \nTY  - JOUR\nAB  - " + BODY.encode() + b"\nER  - \n"
    documents, report = read(write(tmp_path / "a.ris", data))
    assert [d.text for d in documents] == [BODY]
    assert "longer" in report.skips[0].reason
    data = b"@article{a, abstract = {" + b"{" * 200_000 + b"\n@article{b, abstract = {" + BODY.encode() + b"}}\n"
    assert [d.text for d in read(write(tmp_path / "a.bib", data))[0]] == [BODY]
    assert read(write(tmp_path / "b.bib", b"\x00\x01@article{"))[1].skipped == 1


def test_markup_is_text_and_scripts_are_not_kept(tmp_path):
    abstract = (
        f"<p>{BODY}</p><script>alert('x')</script><img src=x onerror=alert(1)><a href='javascript:x'>link</a> 1 < 2"
    )
    path = write(tmp_path / "a.jsonl", json.dumps({"title": "<b>T</b>", "abstract": abstract}).encode())
    text = read(path)[0][0].text
    assert "<script" not in text
    assert "onerror" not in text
    assert "1 < 2" in text


def test_a_pdf_that_expands_without_bound_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("index.pdf.SECONDS", 2.0)
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(600, 800)
    stream = pypdf.generic.StreamObject()
    stream[pypdf.generic.NameObject("/Filter")] = pypdf.generic.NameObject("/FlateDecode")
    stream._data = zlib.compress(b"BT (x) Tj ET " * 8_000_000, 9)
    page[pypdf.generic.NameObject("/Contents")] = writer._add_object(stream)
    writer.write(tmp_path / "bomb.pdf")
    assert (tmp_path / "bomb.pdf").stat().st_size < 1_000_000
    documents, report = read(tmp_path)
    assert documents == []
    assert report.skipped == 1


def test_unreadable_files_are_counted(tmp_path):
    (tmp_path / "gone.jsonl").symlink_to(tmp_path / "absent.jsonl")
    write(tmp_path / "b.jsonl", GOOD)
    documents, report = read(tmp_path)
    assert len(documents) == 1
    assert [skip.position for skip in report.skips] == ["gone.jsonl:1"]
