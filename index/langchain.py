"""The index as a LangChain retriever. Import this module only where LangChain is used: it takes half a second."""

from __future__ import annotations

from typing import Any, Literal

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from index.search import HybridIndex
from index.service import MAX_SERVED, FoundPassage, SearchRequest, aanswer, answer


class PolysmithRetriever(BaseRetriever):
    """Gives passages as LangChain documents, for ``invoke``, ``ainvoke``, ``batch`` and chains.

    Every document has the exact text of a passage; its metadata hold ``id``, ``document_id``, ``start``, ``end``,
    ``sha256``, ``score``, ``title``, ``doi``, ``url``, ``reference``, ``year``, ``source``, ``licence``,
    ``retracted`` and ``snippet``. Texts are data: a prompt that takes them must say so.

    Attributes
    ----------
    index : HybridIndex
        Where to search.
    k : int
        Passages at most.
    per_document : int
        Passages of one document at most.
    rerank : {"light", "none"}
        Whether the best candidates are looked at once more.
    expand : bool
        Whether other names of polymers and properties are searched for too.
    year_from, year_to : int or None
        First and last year of publication.
    sources : tuple of str
        Only these collections; empty for all.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    index: HybridIndex
    k: int = Field(default=10, ge=1, le=MAX_SERVED)
    per_document: int = Field(default=1, ge=1, le=MAX_SERVED)
    rerank: Literal["light", "none"] = "light"
    expand: bool = True
    year_from: int | None = None
    year_to: int | None = None
    sources: tuple[str, ...] = ()

    def _request(self, query: str) -> SearchRequest:
        return SearchRequest.checked(
            query=query,
            k=self.k,
            per_document=self.per_document,
            rerank=self.rerank,
            expand=self.expand,
            year_from=self.year_from,
            year_to=self.year_to,
            sources=self.sources,
        )

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        return [_document(item) for item in answer(self.index, self._request(query)).passages]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [_document(item) for item in (await aanswer(self.index, self._request(query))).passages]


def _document(found: FoundPassage) -> Document:
    metadata: dict[str, Any] = found.model_dump(mode="json", exclude={"text"})
    return Document(id=found.id, page_content=found.text, metadata=metadata)
