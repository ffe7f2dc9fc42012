"""JATS full texts (PubMed Central, eLife, PLOS and most publishers): title, abstract, sections under their headings.

Elements follow the NISO Z39.96 tag library, https://jats.nlm.nih.gov/publishing/. Tables, figures, formulas and
references are left out; what remains is what can be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from index.document import Document
from index.fields import language_of, make_document, plain, text_from, year_of
from index.readers.item import Item, Source
from index.readers.pubmed import document as pubmed_document
from index.readers.xml import flat, local, read_records

SOURCE = "jats"
_LEFT_OUT = frozenset(
    ("table-wrap", "fig", "fig-group", "disp-formula", "tex-math", "ref-list", "fn", "xref", "supplementary-material")
)
_KEPT_REFERENCES = frozenset(("fig", "table", "sec"))  # cross-references whose text belongs to the sentence
_EMPTY = re.compile(r"\s?[\[(][\s,;–-]*[\])]")  # brackets around citations that were left out
_LICENCE = "{http://www.w3.org/1999/xlink}href"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_NOTICES = frozenset(("retraction", "retracted-article", "partial-retraction"))


def read_xml(source: Source) -> Iterator[Item]:
    """Read an XML file of PubMed or JATS; the root element tells which.

    Parameters
    ----------
    source : Source
        The file.

    Yields
    ------
    Item
        One for each article.
    """
    yield from read_records(
        source,
        {
            "PubmedArticleSet": ("PubmedArticle", pubmed_document),
            "PubmedArticle": ("PubmedArticle", pubmed_document),
            "article": ("article", document),
            "pmc-articleset": ("article", document),
            "articles": ("article", document),
        },
    )


def _strip(element: Element) -> None:
    """Take namespaces off the names and drop what cannot be quoted, in place."""
    element.tag = local(element.tag)
    for child in list(element):
        name = local(child.tag)
        if name in _LEFT_OUT and not (name == "xref" and child.get("ref-type") in _KEPT_REFERENCES):
            _remove(element, child)
        else:
            _strip(child)


def _remove(parent: Element, child: Element) -> None:
    """Remove an element and keep the text that follows it."""
    tail, before = child.tail or "", None
    for item in parent:
        if item is child:
            break
        before = item
    if before is None:
        parent.text = (parent.text or "") + tail
    else:
        before.tail = (before.tail or "") + tail
    parent.remove(child)


def document(element: Element, source: Source) -> Document:
    """Make a document from an ``article``.

    Parameters
    ----------
    element : Element
        The article; it is changed.
    source : Source
        The file, for the id of an article without any.

    Returns
    -------
    Document
        Headings stand on the line above their first paragraph, so that both come into one passage.

    Raises
    ------
    BadRecord
        If it has no text, or too much.
    """
    _strip(element)
    meta = element.find("front/article-meta")
    meta = Element("article-meta") if meta is None else meta
    ids = {item.get("pub-id-type", ""): flat(item) for item in meta.findall("article-id")}
    pmc = ids.get("pmc") or ids.get("pmcid") or ids.get("pmcaid") or ""
    own = f"pmc:{pmc.removeprefix('PMC')}" if pmc else f"file:{source.name}"
    licence = meta.find("permissions/license")
    parts = [text for item in meta.findall("abstract") if not item.get("abstract-type") for text in _section(item, "")]
    body = element.find("body")
    parts += [] if body is None else list(_section(body, ""))
    dates = {
        item.get("pub-type") or item.get("date-type") or "": flat(item.find("year"))
        for item in meta.findall("pub-date")
    }
    related = {item.get("related-article-type") for item in meta.findall("related-article")}
    title = flat(meta.find("title-group/article-title"))
    return make_document(
        title=plain(title),
        text=text_from(parts),
        source=SOURCE,
        own_id=own,
        doi=ids.get("doi", ""),
        names=[
            _name(item) for item in meta.findall("contrib-group/contrib")[:4] if item.get("contrib-type") == "author"
        ],
        venue=plain(flat(element.find("front/journal-meta/journal-title-group/journal-title"))),
        year=year_of(dates.get("epub"), dates.get("pub"), dates.get("ppub"), *dates.values()),
        url=f"https://doi.org/{ids['doi']}" if ids.get("doi") else "",
        licence=plain("" if licence is None else licence.get(_LICENCE) or _licence_link(licence), 300),
        language=language_of(element.get(_LANG)),
        retracted=element.get("article-type") in _NOTICES or "retraction-forward" in related,
        subjects=[
            flat(item) for item in (*meta.iterfind("kwd-group/kwd"), *meta.iterfind("article-categories//subject"))
        ],
    )


def _licence_link(licence: Element) -> str:
    for link in licence.iter("license_ref"):
        return flat(link)
    for link in licence.iter("ext-link"):
        return link.get(_LICENCE, "")
    return flat(licence)


def _name(contributor: Element) -> str:
    given, family = flat(contributor.find("name/given-names")), flat(contributor.find("name/surname"))
    return plain(f"{given} {family}".strip() or flat(contributor.find("collab")), 80)


def _section(element: Element, heading: str) -> Iterator[str]:
    """Paragraphs of a section, the headings of the sections around them above the first."""
    for child in element:
        if child.tag == "title":
            heading = "\n".join(part for part in (heading, flat(child)) if part)
        elif child.tag in {"sec", "boxed-text", "list", "list-item", "disp-quote", "def-list", "def-item"}:
            yield from _section(child, heading)
            heading = ""
        elif child.tag in {"p", "def", "term"}:
            text = _EMPTY.sub("", flat(child))
            if text:
                yield f"{heading}\n{text}" if heading else text
                heading = ""
