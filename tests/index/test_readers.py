"""Every format a provider publishes, from small records written by hand after its documentation."""

import gzip
import importlib.util
import json

import pytest

from index.ingest import IngestReport, find_sources, read_documents
from index.readers.bibtex import untex
from index.records import document_from
from tools.core.errors import BackendMissing

BODY = "Polymers with stiff backbones have a high glass transition temperature."


def read(path):
    report = IngestReport()
    return list(read_documents(path, report)), report


def one(path):
    documents, report = read(path)
    assert report.skips == []
    assert len(documents) == 1
    return documents[0]


def work(number=1, **more):
    words = {}
    for place, word in enumerate(BODY.split()):
        words.setdefault(word, []).append(place)
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.1000/W{number}",
        "display_name": f"Work {number}",
        "title": f"Work {number}",
        "publication_year": 2021,
        "language": "en",
        "is_retracted": False,
        "is_paratext": False,
        "authorships": [{"author": {"display_name": f"Author {n}"}} for n in range(5)],
        "primary_location": {"source": {"display_name": "Macromolecules"}, "license": None},
        "best_oa_location": {"license": "cc-by"},
        "topics": [
            {"display_name": "Polymer synthesis", "subfield": {"display_name": "Polymers and Plastics"},
             "field": {"display_name": "Materials Science"}}
        ],
        "concepts": [{"display_name": "Glass transition", "score": 0.8}, {"display_name": "Noise", "score": 0.01}],
        "keywords": [{"display_name": "Stiffness"}],
        "abstract_inverted_index": words,
        **more,
    }  # fmt: skip


def test_openalex_work():
    document = document_from(work(), source="x")
    assert (document.id, document.text, document.year) == ("doi:10.1000/w1", BODY, 2021)
    assert document.reference == "Author 0, Author 1, Author 2 et al., Work 1, Macromolecules (2021)"
    assert (document.source, document.licence, document.language) == ("openalex", "cc-by", "en")
    assert {"Polymers and Plastics", "Materials Science", "Glass transition", "Stiffness"} <= set(document.subjects)
    assert "Noise" not in document.subjects
    assert not document.retracted
    assert document_from(work(is_retracted=True), source="x").retracted
    assert document_from(work(doi=None), source="x").id == "https://openalex.org/W1"
    with pytest.raises(ValueError, match="front matter"):
        document_from(work(is_paratext=True), source="x")
    with pytest.raises(ValueError, match="no text"):
        document_from(work(abstract_inverted_index=None), source="x")


@pytest.mark.parametrize(
    "form",
    [
        lambda words: json.dumps(words),
        lambda words: list(words.items()),
        lambda words: [{"key": word, "value": places} for word, places in words.items()],
        lambda words: {"IndexLength": 9, "InvertedIndex": words},
    ],
    ids=["json", "pairs", "map", "older"],
)
def test_abstracts_of_other_shapes(form):
    words = work()["abstract_inverted_index"]
    assert document_from(work(abstract_inverted_index=form(words)), source="x").text == BODY


@pytest.mark.parametrize("layout", ["data/works", "data/jsonl/works"])
def test_openalex_snapshot_folder(tmp_path, layout):
    works = tmp_path / layout
    for day, numbers in (("2024-01-01", (1, 2)), ("2024-02-01", (3,))):
        folder = works / f"updated_date={day}"
        folder.mkdir(parents=True)
        lines = "".join(json.dumps(work(n)) + "\n" for n in numbers)
        (folder / "part_000.gz").write_bytes(gzip.compress(lines.encode()))
    authors = works.parent / "authors" / "updated_date=2024-01-01"
    authors.mkdir(parents=True)
    (authors / "part_000.gz").write_bytes(gzip.compress(b'{"id": "https://openalex.org/A1"}\n'))
    size = (works / "updated_date=2024-01-01/part_000.gz").stat().st_size
    entries = [
        {"url": "s3://openalex/data/works/updated_date=2024-01-01/part_000.gz", "meta": {"content_length": size}},
        {"url": "s3://openalex/data/works/updated_date=2024-02-01/part_000.gz", "meta": {"content_length": 7}},
        {"url": "s3://openalex/data/works/updated_date=2024-03-01/part_000.gz", "meta": {"content_length": 9}},
    ]
    (works / "manifest").write_text(json.dumps({"entries": entries}))
    documents, report = read(tmp_path)
    assert [document.title for document in documents] == ["Work 1", "Work 2", "Work 3"]
    assert [skip.position for skip in report.skips] == [entry["url"].partition("/works/")[2] for entry in entries[1:]]


def test_arxiv_json_lines_called_json(tmp_path):
    record = {
        "id": "0704.0001", "submitter": "A B", "authors": "A. Bee and C. Dee", "title": "Stiff\n  chains",
        "journal-ref": "Phys.Rev.D76:013009,2007", "doi": "10.1103/PhysRevD.76.013009", "categories": "cond-mat.soft",
        "license": "http://creativecommons.org/licenses/by/4.0/", "abstract": f"  {BODY}\n second line\n",
        "versions": [{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}], "update_date": "2008-11-26",
        "authors_parsed": [["Bee", "A.", ""], ["Dee", "C.", ""]],
    }  # fmt: skip
    path = tmp_path / "arxiv-metadata-oai-snapshot.json"
    path.write_text("\n".join(json.dumps(record | {"id": f"0704.000{n}", "doi": None}) for n in (1, 2)))
    documents, _ = read(path)
    assert [d.id for d in documents] == ["arxiv:0704.0001", "arxiv:0704.0002"]
    assert (documents[0].title, documents[0].text) == ("Stiff chains", f"{BODY} second line")
    assert documents[0].year == 2007
    assert documents[0].licence.endswith("by/4.0/")
    assert documents[0].reference.startswith("A. Bee, C. Dee")
    withdrawn = document_from(record | {"abstract": "This paper has been withdrawn by the authors."}, source="x")
    assert withdrawn.retracted


def test_semantic_scholar_and_s2orc():
    paper = {
        "paperId": "abc", "title": "T", "abstract": BODY, "year": 2020, "venue": "V", "externalIds": {"DOI": "10.1/A"},
        "authors": [{"authorId": "1", "name": "A. Bee"}], "s2FieldsOfStudy": [{"category": "Chemistry"}],
        "openAccessPdf": {"url": "u", "license": "CCBY"},
    }  # fmt: skip
    document = document_from(paper, source="x")
    assert (document.id, document.licence, document.subjects) == ("doi:10.1/a", "CCBY", ("Chemistry",))
    assert document.reference == "A. Bee, T, V (2020)"
    abstracts = {"corpusid": 7, "openaccessinfo": {"externalids": {"DOI": None}, "license": "CCBYNC"}, "abstract": BODY}
    assert document_from(abstracts, source="x").id == "s2:7"
    text = f"\nThe title\nIntro\n{BODY}\nSecond paragraph of the introduction.\nReferences 1 2 3"

    def span(words):
        return {"start": str(text.index(words)), "end": text.index(words) + len(words)}

    full = {
        "corpusid": 8,
        "externalids": {"doi": "10.1/B"},
        "content": {
            "source": {"oainfo": {"license": "CCBY"}},
            "text": text,
            "annotations": {
                "title": json.dumps([span("The title")]),
                "sectionheader": json.dumps([span("Intro")]),
                "paragraph": json.dumps([span(BODY), span("Second paragraph of the introduction.")]),
                "abstract": None,
            },
        },
    }
    document = document_from(full, source="x")
    assert document.title == "The title"
    assert document.text == f"Intro\n{BODY}\n\nSecond paragraph of the introduction."
    assert (document.doi, document.licence) == ("10.1/b", "CCBY")
    second = {
        "corpusid": 9,
        "title": "Own",
        "body": {"text": BODY, "annotations": {}},
        "openaccessinfo": {"license": "x"},
    }
    assert document_from(second, source="x").text == BODY
    old = {
        "paper_id": "9", "metadata": {"title": "Old", "authors": [{"first": "A", "last": "Bee"}]},
        "abstract": [{"section": "Abstract", "text": BODY}],
        "body_text": [{"section": "Results", "text": "First."}, {"section": "Results", "text": "Second."}],
    }  # fmt: skip
    assert document_from(old, source="x").text == f"Abstract\n{BODY}\n\nResults\nFirst.\n\nSecond."
    with pytest.raises(ValueError, match="malformed"):
        document_from(full | {"content": {"text": text, "annotations": {"paragraph": "[{"}}}, source="x")


CROSSREF = {
    "DOI": "10.1/CR", "prefix": "10.1", "member": "1", "type": "journal-article", "title": ["On <i>T</i><sub>g</sub>"],
    "abstract": f"<jats:title>Abstract</jats:title><jats:p>{BODY} CO<jats:sub>2</jats:sub> &lt; 1</jats:p>",
    "container-title": ["Polymer"], "author": [{"given": "Ann", "family": "Bee"}], "language": "en",
    "issued": {"date-parts": [[2019, 3]]}, "URL": "https://doi.org/10.1/cr",
    "license": [{"URL": "https://tdm", "content-version": "tdm"}, {"URL": "https://cc-by", "content-version": "vor"}],
}  # fmt: skip


def test_crossref_answers_dumps_and_lines(tmp_path):
    answer = {"status": "ok", "message-type": "work-list", "message": {"total-results": 2, "items": [
        CROSSREF, CROSSREF | {"DOI": "10.1/two", "abstract": None}, CROSSREF | {"DOI": "10.1/three"}]}}  # fmt: skip
    (tmp_path / "answer.json").write_text(json.dumps(answer, indent=1))
    documents, report = read(tmp_path / "answer.json")
    assert [d.doi for d in documents] == ["10.1/cr", "10.1/three"]
    assert [skip.position for skip in report.skips] == ["answer.json:2"]
    document = documents[0]
    assert document.title == "On Tg"
    assert " ".join(document.text.split()) == f"Abstract {BODY} CO2 < 1"
    assert (document.licence, document.year, document.source) == ("https://cc-by", 2019, "crossref")
    assert document.reference == "Ann Bee, On Tg, Polymer (2019)"
    (tmp_path / "0.json.gz").write_bytes(gzip.compress(json.dumps({"items": [CROSSREF] * 3}).encode()))
    assert len(read(tmp_path / "0.json.gz")[0]) == 3
    (tmp_path / "l.jsonl").write_text(json.dumps(CROSSREF) + "\n")
    assert one(tmp_path / "l.jsonl") == document
    (tmp_path / "single.json").write_text(json.dumps(CROSSREF, indent=2))
    assert one(tmp_path / "single.json") == document


@pytest.mark.parametrize(
    ("more", "retracted"),
    [
        ({"updated-by": [{"type": "correction"}]}, False),
        ({"updated-by": [{"type": "correction"}, {"type": "retraction", "DOI": "10.1/n"}]}, True),
        ({"update-to": [{"type": "retraction", "DOI": "10.1/r"}]}, True),
        ({"title": ["RETRACTED: A paper"]}, True),
        ({"title": ["Retracted Article: A paper"]}, True),
        ({"title": ["Retraction of water from polymer gels"]}, False),
    ],
)
def test_retraction_flags(more, retracted):
    assert document_from(CROSSREF | more, source="x").retracted is retracted


def test_csl_json_of_a_reference_manager(tmp_path):
    items = [{"id": "bee2019", "type": "article-journal", "title": "T", "abstract": BODY, "DOI": "10.1/C", "language": "de-DE",
              "issued": {"date-parts": [["2019", 3, 1]]}, "author": [{"literal": "The Consortium"}]},
             {"id": 7, "type": "book", "title": "U", "abstract": BODY, "issued": {"raw": "May 2001"}}]  # fmt: skip
    (tmp_path / "library.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(items).encode())
    first, second = read(tmp_path / "library.json")[0]
    assert (first.id, first.year, first.language, first.source) == ("doi:10.1/c", 2019, "de", "library")
    assert (second.id, second.year) == ("7", 2001)


PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2024//EN" "https://x.invalid/pubmed.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">123</PMID><Article PubModel="Print">
<Journal><JournalIssue CitedMedium="Print"><PubDate><MedlineDate>1998 Nov-Dec</MedlineDate></PubDate></JournalIssue>
<Title>Polymer journal</Title></Journal><ArticleTitle>On <i>T</i><sub>g</sub> of CO<sub>2</sub>.</ArticleTitle>
<ELocationID EIdType="doi" ValidYN="Y">10.1/wrong</ELocationID>
<Abstract><AbstractText Label="BACKGROUND">Polymers are <b>stiff</b> &amp; long.</AbstractText>
<AbstractText Label="RESULTS">T<sub>g</sub> is 100 &#176;C.</AbstractText>
<CopyrightInformation>Copyright 1998 Society.</CopyrightInformation></Abstract>
<AuthorList><Author><LastName>Bee</LastName><ForeName>Ann</ForeName></Author>
<Author><CollectiveName>Group</CollectiveName></Author></AuthorList><Language>eng</Language>
<PublicationTypeList><PublicationType UI="D016441">Retracted Publication</PublicationType></PublicationTypeList></Article>
<MeshHeadingList><MeshHeading><DescriptorName UI="D1">Polymers</DescriptorName></MeshHeading></MeshHeadingList>
</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">123</ArticleId>
<ArticleId IdType="doi">10.1/P</ArticleId></ArticleIdList>
<ReferenceList><Reference><ArticleIdList><ArticleId IdType="doi">10.1/cited</ArticleId></ArticleIdList></Reference>
</ReferenceList></PubmedData></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>124</PMID><Article><ArticleTitle>No abstract</ArticleTitle></Article>
</MedlineCitation></PubmedArticle>
<PubmedArticle><MedlineCitation><PMID>125</PMID><Article><ArticleTitle>Fine</ArticleTitle><Abstract>
<AbstractText>Rubber is an elastomer with long chains.</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>
<DeleteCitation><PMID>1</PMID></DeleteCitation></PubmedArticleSet>"""


@pytest.mark.parametrize("packed", [False, True])
def test_pubmed(tmp_path, packed):
    path = tmp_path / ("pubmed24n0001.xml.gz" if packed else "pubmed.xml")
    path.write_bytes(gzip.compress(PUBMED.encode()) if packed else PUBMED.encode())
    documents, report = read(path)
    assert [d.id for d in documents] == ["doi:10.1/p", "pmid:125"]
    assert [skip.position for skip in report.skips] == [f"{path.name}:2"]
    first = documents[0]
    assert first.title == "On Tg of CO2."
    assert first.text == "Background: Polymers are stiff & long.\n\nResults: Tg is 100 °C."
    assert (first.year, first.language, first.licence) == (1998, "en", "Copyright 1998 Society.")
    assert first.retracted
    assert not documents[1].retracted
    assert first.subjects == ("Polymers",)
    assert first.reference == "Ann Bee, Group, On Tg of CO2., Polymer journal (1998)"


JATS = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving DTD v1.2//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article" xml:lang="en"><front><journal-meta>
<journal-title-group><journal-title>Polymers</journal-title></journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="pmc">PMC99</article-id><article-id pub-id-type="doi">10.3390/J</article-id>
<title-group><article-title>A <italic>stiff</italic> chain</article-title></title-group>
<contrib-group><contrib contrib-type="author"><name><surname>Bee</surname><given-names>Ann</given-names></name></contrib>
</contrib-group><pub-date pub-type="epub"><year>2022</year></pub-date><permissions>
<license xlink:href="https://creativecommons.org/licenses/by/4.0/"><license-p>Open.</license-p></license></permissions>
<abstract><p>Polymers are long and stiff.</p></abstract><abstract abstract-type="graphical"><p>Picture</p></abstract>
<kwd-group><kwd>polyimide</kwd></kwd-group></article-meta></front>
<body><sec><title>1. Results</title><p>The T<sub>g</sub> was 400 K [<xref ref-type="bibr">1</xref>,<xref ref-type="bibr">2</xref>]
as <xref ref-type="fig">Figure 1</xref> shows.</p><table-wrap><table><tr><td>1</td></tr></table></table-wrap>
<sec><title>1.1. Films</title><p>Films were cast.</p><list><list-item><p>One item.</p></list-item></list></sec></sec></body>
<back><ref-list><ref><mixed-citation>Not text.</mixed-citation></ref></ref-list></back></article>"""


def test_jats_sections_become_text_with_headings(tmp_path):
    (tmp_path / "a.nxml").write_text(JATS, encoding="utf-8")
    document = one(tmp_path / "a.nxml")
    assert (document.id, document.title, document.year) == ("doi:10.3390/j", "A stiff chain", 2022)
    assert document.licence == "https://creativecommons.org/licenses/by/4.0/"
    assert (document.language, document.subjects) == ("en", ("polyimide",))
    assert document.text.split("\n\n") == [
        "Polymers are long and stiff.",
        "1. Results\nThe Tg was 400 K as Figure 1 shows.",
        "1.1. Films\nFilms were cast.",
        "One item.",
    ]


def test_a_set_of_articles_and_a_notice(tmp_path):
    inner = JATS[JATS.index("<article ") :]
    notice = inner.replace("research-article", "retraction").replace("10.3390/J", "10.3390/K").replace("PMC99", "PMC98")
    (tmp_path / "set.xml").write_text(f"<pmc-articleset>{inner}{notice}</pmc-articleset>", encoding="utf-8")
    assert [d.retracted for d in read(tmp_path / "set.xml")[0]] == [False, True]


def test_ris(tmp_path):
    text = (
        "TY  - JOUR\r\nAU  - Bee, Ann\r\nA1  - Dee, Bob, Jr.\r\nTI  - Stiff chains\r\nJO  - Polymer\r\nPY  - 2012/09/01\r\n"
        f"AB  - {BODY[:40]}\r\n{BODY[40:]}\r\nDO  - 10.1/R\r\nKW  - polyimide\r\nUR  - https://x\r\nER  - \r\n\r\n"
        "TY  - BOOK\r\nTI  - Without abstract\r\nER  - \r\n"
        "TY  - JOUR\r\nT1  - Not closed\r\nN2  - Rubber is an elastomer with long chains.\r\nY1  - 1999\r\n"
    )
    (tmp_path / "lib.ris").write_bytes(b"\xef\xbb\xbf" + text.encode())
    documents, report = read(tmp_path / "lib.ris")
    assert documents[0].text == BODY[:40].strip() + " " + BODY[40:].strip()
    assert documents[0].reference == "Ann Bee, Bob Dee, Stiff chains, Polymer (2012)"
    assert (documents[0].doi, documents[0].subjects) == ("10.1/r", ("polyimide",))
    assert (documents[1].title, documents[1].year) == ("Not closed", 1999)
    assert [skip.position for skip in report.skips] == ["lib.ris:2"]


def test_bibtex(tmp_path):
    text = r"""% a comment
@string{mac = "Macromolecules"}
@comment{ignored {braces}}
@article{bee2020,
  author = {Bee, Ann and M{\"u}ller, J{\'o}zef},
  title = {The {T$_g$} of {\alpha}-methylstyrene: 100\,\% stiff},
  abstract = "Polymers with {stiff "quoted"} backbones have a high $T_g$ of 100~\textdegree C.",
  journal = mac, year = 2020, month = jan, doi = {10.1/B}, keywords = {polyimide, film},
}
@book(noabs, title = {No abstract})
@article{broken, title = {Never closed, abstract = {text
@article{after, title = "A " # "B", abstract = {Rubber is an elastomer with long chains.}, date = {2001-05-01}}
"""
    (tmp_path / "lib.bib").write_text(text, encoding="utf-8")
    documents, report = read(tmp_path / "lib.bib")
    assert [d.id for d in documents] == ["doi:10.1/b", "lib:after"]
    first = documents[0]
    assert first.text == 'Polymers with stiff "quoted" backbones have a high T_g of 100 °C.'
    assert first.reference.startswith("Ann Bee, Józef Müller, The T_g of α-methylstyrene: 100% stiff")
    assert first.reference.endswith("Macromolecules (2020)")
    assert first.subjects == ("polyimide", "film")
    assert (documents[1].title, documents[1].year) == ("A B", 2001)
    assert report.skipped == 2
    assert untex(r"\ss{} \v{c} \'{\i} \c c --- \unknown{x}") == "ß č í ç - x"


def test_unknown_xml_and_json(tmp_path):
    (tmp_path / "a.xml").write_text("<html><body>x</body></html>")
    (tmp_path / "b.json").write_text('{"items": 5}')
    (tmp_path / "c.json").write_text("[]")
    documents, report = read(tmp_path)
    assert documents == []
    assert [skip.position for skip in report.skips] == ["a.xml:1", "b.json:1"]


def test_sources_have_a_fixed_order(tmp_path):
    for name in ("b.jsonl", "a.ris", "c.bib", "LICENSE", "d.tar.gz", "e.csv.gz", "f.zip"):
        (tmp_path / name).write_text("")
    report = IngestReport()
    find_sources(tmp_path, report)
    assert [skip.position for skip in report.skips] == ["LICENSE", "d.tar.gz", "e.csv.gz", "f.zip"]
    assert [s.name for s in find_sources(tmp_path, IngestReport())] == ["a.ris", "b.jsonl", "c.bib"]


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_without_pyarrow_says_how_to_install_it(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(BackendMissing, match="pyarrow"):
        read(tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_parquet(tmp_path):
    import pyarrow
    from pyarrow import parquet

    rows = [work(n) | {"abstract_inverted_index": json.dumps(work()["abstract_inverted_index"])} for n in range(600)]
    rows[5]["abstract_inverted_index"] = None
    path = tmp_path / "part_0000.parquet"
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=200)
    documents, report = read(path)
    assert len(documents) == 599
    assert documents[0].text == BODY
    assert documents[0].reference.startswith("Author 0")
    assert [skip.position for skip in report.skips] == ["part_0000.parquet:6"]
    kinds = pyarrow.map_(pyarrow.string(), pyarrow.list_(pyarrow.int32()))
    mapped = pyarrow.array([list(work()["abstract_inverted_index"].items())], type=kinds)
    parquet.write_table(pyarrow.table({"title": ["M"], "abstract_inverted_index": mapped}), tmp_path / "m.parquet")
    assert one(tmp_path / "m.parquet").text == BODY
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    documents, report = read(path)
    assert documents == []
    assert "damaged" in report.skips[0].reason
    path.write_bytes(data[:3000] + bytes(20_000) + data[23_000:])
    assert "damaged" in read(path)[1].skips[-1].reason
