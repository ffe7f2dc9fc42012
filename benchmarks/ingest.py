"""Measure reading: records per CPU-second of each format, with what limits it.

    python benchmarks/ingest.py [--size 6000] [--json]

The records are made up (words of a Zipf-like vocabulary, the fields and sizes of real ones) from a fixed seed: OpenAlex
works, PubMed articles, Crossref works, RIS. Nothing is embedded or written to an index.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from index import streams
from index.ingest import IngestReport, read_documents
from index.subset import Subset

ENDINGS = ("", "s", "ed", "ing", "tion", "er", "ous")


def text(rng: random.Random, words: list[str]) -> list[str]:
    return rng.choices(words, weights=[1 / (rank + 3) for rank in range(len(words))], k=rng.randint(120, 260))


def openalex(number: int, words: list[str]) -> dict[str, object]:
    inverted: dict[str, list[int]] = {}
    for place, word in enumerate(words):
        inverted.setdefault(word, []).append(place)
    place = f"https://openalex.org/I{number}"
    institution = {"id": place, "display_name": "University", "ror": place, "country_code": "DE", "lineage": [place]}
    author = {
        "author_position": "middle",
        "author": {"id": f"https://openalex.org/A{number}", "display_name": f"Author {number}", "orcid": None},
        "institutions": [institution],
        "raw_author_name": f"A. {number}",
        "raw_affiliation_strings": ["Department of Chemistry, University of Somewhere, Somewhere, Germany"] * 2,
    }
    topic = {
        "id": "https://openalex.org/T1",
        "display_name": "Polymer composites",
        "score": 0.9,
        "subfield": {"id": "x", "display_name": "Polymers and Plastics"},
        "field": {"id": "x", "display_name": "Materials Science"},
    }
    source = {"id": "https://openalex.org/S1", "display_name": "Journal", "issn": ["1234-5678"], "type": "journal"}
    location = {
        "is_oa": True,
        "landing_page_url": f"https://doi.org/10.1/{number}",
        "source": source,
        "license": "cc-by",
    }
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.1/{number}",
        "title": f"Paper {number} " + " ".join(words[:9]),
        "display_name": f"Paper {number}",
        "publication_year": 2000 + number % 25,
        "language": "en",
        "authorships": [author] * 5,
        "primary_location": location,
        "best_oa_location": location,
        "locations": [location] * 2,
        "topics": [topic] * 3,
        "keywords": [{"id": "x", "display_name": f"Keyword {n}", "score": 0.5} for n in range(6)],
        "concepts": [{"id": "x", "display_name": f"Concept {n}", "level": 1, "score": 0.5} for n in range(14)],
        "is_retracted": False,
        "is_paratext": False,
        "referenced_works": [f"https://openalex.org/W{number + n}" for n in range(40)],
        "abstract_inverted_index": inverted,
        "counts_by_year": [{"year": 2020 + n, "cited_by_count": n} for n in range(5)],
    }


def pubmed(number: int, words: list[str]) -> str:
    mesh = "".join(f"<MeshHeading><DescriptorName>Heading {n}</DescriptorName></MeshHeading>" for n in range(12))
    one = '<Reference><ArticleIdList><ArticleId IdType="pubmed">{n}</ArticleId></ArticleIdList></Reference>'
    cited = "".join(one.format(n=n) for n in range(30))
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{number}</PMID><Article><Journal><JournalIssue><PubDate>"
        f"<Year>2020</Year></PubDate></JournalIssue><Title>J</Title></Journal>"
        f"<ArticleTitle>Paper {number}</ArticleTitle>"
        f"<Abstract><AbstractText>{' '.join(words)}</AbstractText></Abstract></Article>"
        f"<MeshHeadingList>{mesh}</MeshHeadingList></MedlineCitation>"
        f"<PubmedData><ReferenceList>{cited}</ReferenceList></PubmedData></PubmedArticle>\n"
    )


def crossref(number: int, words: list[str]) -> dict[str, object]:
    return {
        "DOI": f"10.1/{number}", "prefix": "10.1", "type": "journal-article", "title": [f"Paper {number}"],
        "abstract": f"<jats:p>{' '.join(words)}</jats:p>", "issued": {"date-parts": [[2020]]},
        "author": [{"given": "A", "family": "B"}] * 5,
        "reference": [{"key": str(n), "DOI": f"10.2/{n}"} for n in range(40)],
    }  # fmt: skip


def ris(number: int, words: list[str]) -> str:
    return f"TY  - JOUR\nTI  - Paper {number}\nAB  - {' '.join(words)}\nPY  - 2020\nDO  - 10.1/{number}\nER  - \n"


def rate(path: Path, each: Callable[[object], object] | None = None) -> tuple[int, float]:
    begun, count = time.process_time(), 0
    for document in read_documents(path, IngestReport()):
        count += 1
        if each is not None:
            each(document)
    return count, time.process_time() - begun


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--size", type=int, default=6_000)
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    rng = random.Random(0)
    words = [f"{rng.choice('bcdfgklmprst')}{rng.choice('aeiou')}{n}{rng.choice(ENDINGS)}" for n in range(4_000)]
    texts = [text(rng, words) for _ in range(min(given.size, 500))]
    numbered = [(n, texts[n % len(texts)]) for n in range(given.size)]
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as place:
        files = {
            "openalex_jsonl_gz": ("a.jsonl.gz", "".join(json.dumps(openalex(n, t)) + "\n" for n, t in numbered)),
            "pubmed_xml_gz": (
                "b.xml.gz",
                f"<PubmedArticleSet>{''.join(pubmed(n, t) for n, t in numbered)}</PubmedArticleSet>",
            ),
            "crossref_json_gz": ("c.json.gz", json.dumps({"items": [crossref(n, t) for n, t in numbered]})),
            "ris": ("d.ris", "".join(ris(n, t) for n, t in numbered)),
        }
        for name, (file, content) in files.items():
            path = Path(place) / file
            data = content.encode()
            path.write_bytes(gzip.compress(data, 6) if file.endswith(".gz") else data)
            result[f"{name}_bytes_per_record"] = round(len(data) / given.size)
            count, seconds = rate(path)
            assert count == given.size
            result[f"{name}_per_cpu_s"] = round(count / seconds)
        path = Path(place) / "a.jsonl.gz"
        subset = Subset(field="polymers", languages=("en",))
        count, seconds = rate(path, subset.admits)
        result["openalex_with_subset_per_cpu_s"] = round(count / seconds)
        streams._fast_loads = None
        count, seconds = rate(path)
        result["openalex_without_orjson_per_cpu_s"] = round(count / seconds)
    result["peak_rss_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    if given.json:
        print(json.dumps({"size": given.size, **result}))
        return
    for name, value in result.items():
        print(f"{name:40s} {value:>10,.0f}")


if __name__ == "__main__":
    main()
