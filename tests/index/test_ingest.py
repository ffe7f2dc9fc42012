"""Readers: good records in, bad ones counted with their position, never fatal."""

import gzip
import json

import pytest

from index import streams
from index.ingest import IngestReport, decode, read_documents
from index.readers import jsonl
from index.records import BadRecord, document_from, strip_markup
from tools.core.errors import BackendMissing, InputError

BODY = "Polymers with stiff backbones have a high glass transition temperature."


def read(path):
    report = IngestReport()
    return list(read_documents(path, report)), report


def test_json_lines_with_every_kind_of_damage(tmp_path):
    good = {
        "title": "One",
        "abstract": BODY,
        "doi": "https://doi.org/10.1/ABC",
        "year": 2020,
        "authors": ["A. One", "B. Two"],
    }
    lines = [
        json.dumps(good).encode(),
        b"{not json",
        b"[1, 2]",
        b"",
        json.dumps({"title": "No text"}).encode(),
        b'{"title": "Latin", "abstract": "Die Temperatur von 100 \xb0C ist f\xfcr Polymere hoch genug."}',
        b"[" * 100_000,
        json.dumps({"id": 7, "title": ["List"], "full_text": BODY, "publication_date": "1999-05-01"}).encode(),
    ]
    path = tmp_path / "papers.jsonl"
    path.write_bytes(b"\n".join(lines))
    documents, report = read(path)
    assert [d.id for d in documents][::2] == ["doi:10.1/abc", "7"]
    assert documents[0].reference == "A. One, B. Two, One (2020)"
    assert documents[1].text.startswith("Die Temperatur von 100 °C ist für")
    assert documents[2].year == 1999
    assert [skip.position for skip in report.skips] == [
        "papers.jsonl:2",
        "papers.jsonl:3",
        "papers.jsonl:5",
        "papers.jsonl:7",
    ]
    assert report.read == 3
    assert report.notes == ["papers.jsonl: lines that are not UTF-8 were read as cp1252"]
    assert report.skipped == 4


def test_inverted_abstracts_and_markup():
    document = document_from(
        {
            "title": "<i>T</i><sub>g</sub> &amp; more",
            "abstract_inverted_index": {"stiff": [1], "Very": [0], "chains": [2, 4], "and": [3]},
        },
        source="x",
    )
    assert document.text == "Very stiff chains and chains"
    assert document.title == "Tg & more"
    assert strip_markup("<jats:p>a &lt; b and c < d > e</jats:p>").split() == [
        "a",
        "<",
        "b",
        "and",
        "c",
        "<",
        "d",
        ">",
        "e",
    ]
    with pytest.raises(BadRecord):
        document_from({"abstract_inverted_index": {"a": "b"}, "abstract": BODY}, source="x")


def test_compressed_files_truncated_bombs_and_long_lines(tmp_path, monkeypatch):
    line = (json.dumps({"title": "t", "abstract": BODY}) + "\n").encode()
    whole = gzip.compress(b"".join(line.replace(b'"t"', f'"t{n}"'.encode()) for n in range(2000)))
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    documents, report = read(cut)
    assert 0 < len(documents) < 2000
    assert "damaged" in report.skips[-1].reason
    not_gz = tmp_path / "fake.jsonl.gz"
    not_gz.write_bytes(line)
    assert "damaged" in read(not_gz)[1].skips[0].reason
    monkeypatch.setattr(streams, "SAFE_BYTES", 10_000)
    bomb = tmp_path / "bomb.jsonl.gz"
    bomb.write_bytes(gzip.compress((b" " * 999 + b"\n") * 20_000))
    assert "without bound" in read(bomb)[1].skips[0].reason
    monkeypatch.setattr(jsonl, "MAX_LINE", 1000)
    long = tmp_path / "long.jsonl"
    long.write_bytes(b'{"abstract": "' + b"x" * 5000 + b'"}\n' + line)
    documents, report = read(long)
    assert len(documents) == 1
    assert report.skips[0].position == "long.jsonl:1"


def test_a_folder_of_files(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text(f"# The title\n\n{BODY}", encoding="utf-8")
    (tmp_path / "sub" / "b.txt").write_bytes(BODY.encode("utf-16"))
    (tmp_path / "c.txt").write_bytes(b"\x89PNG\x00\x00" + b"x" * 100)
    (tmp_path / "d.docx").write_bytes(b"PK")
    (tmp_path / "e.txt").write_text("short")
    (tmp_path / ".hidden.txt").write_text(BODY)
    outside = tmp_path.parent / "outside.txt"
    outside.write_text(BODY)
    (tmp_path / "link.txt").symlink_to(outside)
    documents, report = read(tmp_path)
    assert {d.id: d.title for d in documents} == {"file:a.md": "The title", "file:sub/b.txt": "b"}
    assert {skip.position for skip in report.skips} == {"c.txt", "d.docx", "e.txt"}


def test_pdf_files_good_broken_and_encrypted(tmp_path):
    pypdf = pytest.importorskip("pypdf")
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(600, 800)
    stream = pypdf.generic.DecodedStreamObject()
    stream.set_data(b"BT /F1 12 Tf 10 700 Td (Polymers with stiff backbones have a high Tg.) Tj ET")
    font = pypdf.generic.DictionaryObject()
    for key, value in (("/Type", "/Font"), ("/Subtype", "/Type1"), ("/BaseFont", "/Helvetica")):
        font[pypdf.generic.NameObject(key)] = pypdf.generic.NameObject(value)
    fonts = pypdf.generic.DictionaryObject({pypdf.generic.NameObject("/F1"): font})
    page[pypdf.generic.NameObject("/Resources")] = pypdf.generic.DictionaryObject(
        {pypdf.generic.NameObject("/Font"): fonts}
    )
    page[pypdf.generic.NameObject("/Contents")] = stream
    writer.write(tmp_path / "good.pdf")
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\ngarbage" * 50)
    documents, report = read(tmp_path)
    assert [d.text for d in documents] == ["Polymers with stiff backbones have a high Tg."]
    assert [skip.position for skip in report.skips] == ["broken.pdf"]


def test_a_pdf_without_pypdf_says_how_to_install_it(tmp_path, monkeypatch):
    (tmp_path / "x.pdf").write_bytes(b"%PDF-1.7")
    monkeypatch.setattr("index.pdf.importlib.util.find_spec", lambda name: None)
    with pytest.raises(BackendMissing, match=r"pypdf"):
        read(tmp_path)


def test_paths_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "nothing")
    (tmp_path / "x.exe").write_bytes(b"MZ")
    with pytest.raises(InputError, match="no kind"):
        read(tmp_path / "x.exe")


def test_decode():
    assert decode("é".encode()) == ("é", "utf-8")
    assert decode(b"\xef\xbb\xbfa") == ("a", "utf-8")
    assert decode(b"\xe9") == ("é", "cp1252")
    with pytest.raises(BadRecord):
        decode(b"\x00\x01")
