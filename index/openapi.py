"""The OpenAPI description of the search service, made from the types that it speaks."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from index.service import FoundPassage, SearchAnswer, SearchRequest

PROBLEM_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Why a request was not answered (RFC 9457).

    Attributes
    ----------
    type, title : str
        What kind of problem it is.
    status : int
        HTTP status.
    detail : str
        What is wrong.
    hint : str
        What to do about it.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    hint: str = ""


class Health(BaseModel):
    """That the service answers, and what it holds.

    Attributes
    ----------
    status : str
        ``"ok"``.
    documents, passages : int
        Counts.
    """

    status: str = "ok"
    documents: int
    passages: int


def openapi(version: str, *, with_token: bool) -> dict[str, Any]:
    """Describe the service.

    Parameters
    ----------
    version : str
        Version of Polysmith.
    with_token : bool
        Whether requests need a bearer token.

    Returns
    -------
    dict
        An OpenAPI 3.1 document.
    """
    models = (SearchRequest, SearchAnswer, FoundPassage, Problem, Health)
    place = "#/components/schemas/{model}"
    _, schemas = models_json_schema([(model, "validation") for model in models], ref_template=place)
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "Polysmith literature search", "version": version},
        "paths": {
            "/v1/search": {
                "post": {
                    "operationId": "search",
                    "summary": "Search passages.",
                    "requestBody": {"required": True, "content": _json("SearchRequest")},
                    "responses": _responses("SearchAnswer"),
                }
            },
            "/v1/passage": {
                "get": {
                    "operationId": "passage",
                    "summary": "One passage by id.",
                    "parameters": [{"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}],
                    "responses": _responses("FoundPassage"),
                }
            },
            "/v1/health": {
                "get": {"operationId": "health", "summary": "What is served.", "responses": _responses("Health")}
            },
        },
        "components": {"schemas": schemas["$defs"]},
    }
    if with_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _json(model: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}}


def _responses(model: str) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {
        "200": {"description": "The answer.", "content": _json(model)},
        "default": {"description": "A problem.", "content": {PROBLEM_TYPE: problem}},
    }
