"""PubMed: baseline and update files, and EFetch answers (``PubmedArticleSet``).

Elements follow https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html. Abstracts are the publishers'; their
licence is not stated, except as a copyright line, which is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from index.document import Document
from index.fields import language_of, make_document, plain, text_from, year_of
from index.readers.item import Source
from index.readers.xml import flat

SOURCE = "pubmed"
# Publication types and links of a retracted paper and of the notice that retracts it.
_TYPES = frozenset(("retracted publication", "retraction of publication", "retraction notice"))
_LINKS = frozenset(("RetractionIn", "RetractionOf"))


def document(element: Element, source: Source) -> Document:
    """Make a document from a ``PubmedArticle``.

    Parameters
    ----------
    element : Element
        The article.
    source : Source
        Not used; PubMed names its own collection.

    Returns
    -------
    Document
        Sections of a structured abstract stand under their labels.

    Raises
    ------
    BadRecord
        If it has no abstract, or it is too long.
    """
    pmid = flat(element.find("MedlineCitation/PMID"))
    article = element.find("MedlineCitation/Article")
    article = Element("Article") if article is None else article
    text = text_from(_sections(article.findall("Abstract/AbstractText")) or _other(element))
    kinds = {flat(item).casefold() for item in article.findall("PublicationTypeList/PublicationType")}
    links = {
        item.get("RefType") for item in element.iterfind("MedlineCitation/CommentsCorrectionsList/CommentsCorrections")
    }
    return make_document(
        title=plain(flat(article.find("ArticleTitle")) or flat(article.find("VernacularTitle"))),
        text=text,
        source=SOURCE,
        own_id=f"pmid:{pmid}" if pmid else "",
        doi=_doi(element),
        names=list(_names(article)),
        venue=plain(flat(article.find("Journal/Title")) or flat(article.find("Journal/ISOAbbreviation"))),
        year=_year(article),
        url=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/" if pmid.isdigit() else "",
        licence=plain(flat(article.find("Abstract/CopyrightInformation")), 200),
        language=language_of(flat(article.find("Language"))),
        retracted=bool(kinds & _TYPES) or bool(links & _LINKS),
        subjects=[
            flat(item)
            for item in (
                *element.iterfind("MedlineCitation/MeshHeadingList/MeshHeading/DescriptorName"),
                *element.iterfind("MedlineCitation/KeywordList/Keyword"),
            )
        ],
    )


def _sections(parts: list[Element]) -> list[str]:
    found = []
    for part in parts:
        label, text = part.get("Label", ""), flat(part)
        found.append(f"{label.capitalize()}: {text}" if label and label.upper() != "UNLABELLED" else text)
    return found


def _other(element: Element) -> list[str]:
    """Abstracts that somebody else supplied."""
    return _sections(element.findall("MedlineCitation/OtherAbstract/AbstractText"))[:1]


def _doi(element: Element) -> str:
    for item in element.iterfind("PubmedData/ArticleIdList/ArticleId"):
        if item.get("IdType") == "doi":
            return flat(item)
    for item in element.iterfind("MedlineCitation/Article/ELocationID"):
        if item.get("EIdType") == "doi" and item.get("ValidYN", "Y") == "Y":
            return flat(item)
    return ""


def _names(article: Element) -> Iterator[str]:
    for author in article.findall("AuthorList/Author")[:4]:
        name = f"{flat(author.find('ForeName'))} {flat(author.find('LastName'))}".strip()
        yield plain(name or flat(author.find("CollectiveName")), 80)


def _year(article: Element) -> int | None:
    places = ("Journal/JournalIssue/PubDate/Year", "Journal/JournalIssue/PubDate/MedlineDate", "ArticleDate/Year")
    return year_of(*(flat(article.find(place)) for place in places))
