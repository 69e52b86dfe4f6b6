"""The routes that change something.

    PATCH  /traces/{trace_id}/tags                               {key: "value" | null}
    POST   /traces/{trace_id}/assessments                        201: the assessment
    GET    /traces/{trace_id}/assessments/{assessment_id}
    PATCH  /traces/{trace_id}/assessments/{assessment_id}
    DELETE /traces/{trace_id}/assessments/{assessment_id}        204
    POST   /traces/{trace_id}/assessments/{assessment_id}/override   201: the new assessment
    POST   /traces/delete                                        {"deleted": n}

An answer that is a success means that it is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

import orjson
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from spanbridge_ingest.query import schema
from spanbridge_ingest.query.reading import Reader
from spanbridge_ingest.query.writes import models
from spanbridge_ingest.query.writes.assessments import Assessments
from spanbridge_ingest.query.writes.bodies import json_body, refuse_other_origins
from spanbridge_ingest.query.writes.deletes import delete_traces
from spanbridge_ingest.query.writes.tags import patch_tags
from spanbridge_ingest.store.editing import TraceEditor

_TAGS: Final = {"type": "object", "additionalProperties": {"type": ["string", "null"]}}


class Run(Protocol):
    """Runs what blocks on a thread."""

    def __call__(self, work: Callable[[], Any], /) -> Awaitable[Any]:
        """What ``work`` returns."""


def add_writes(app: FastAPI, store: Reader, editor: TraceEditor, run: Run) -> None:
    """Add the routes that change something."""
    _add_tags(app, store, editor, run)
    _add_assessments(app, Assessments(store, editor), run)
    _add_deletes(app, store, editor, run)


def _add_tags(app: FastAPI, store: Reader, editor: TraceEditor, run: Run) -> None:
    @app.patch(
        "/traces/{trace_id}/tags",
        response_model=schema.Tags,
        openapi_extra=_body(_TAGS),
        summary="Set tags of a trace",
    )
    async def tags(trace_id: str, request: Request) -> Response:
        """Null takes a tag away. Answers with all tags that were set after the fact."""
        body = await json_body(request)
        return _answer(await run(lambda: patch_tags(store, editor, trace_id, body)))


def _add_assessments(app: FastAPI, assessments: Assessments, run: Run) -> None:
    one = "/traces/{trace_id}/assessments/{assessment_id}"

    @app.post(
        "/traces/{trace_id}/assessments",
        status_code=201,
        response_model=schema.Assessment,
        openapi_extra=_body(models.NewAssessment),
        summary="Judge a trace or a span",
    )
    async def add(trace_id: str, request: Request) -> Response:
        """Feedback, or what was expected. The trace may arrive later."""
        body = await json_body(request)
        return _answer(await run(lambda: assessments.add(trace_id, body)), 201)

    @app.get(one, response_model=schema.Assessment, summary="Read an assessment")
    async def get(trace_id: str, assessment_id: str) -> Response:
        """One assessment, whether it came over the API or as an OTLP event."""
        return _answer(await run(lambda: assessments.get(trace_id, assessment_id)))

    @app.patch(
        one,
        response_model=schema.Assessment,
        openapi_extra=_body(models.Change),
        summary="Change an assessment",
    )
    async def change(trace_id: str, assessment_id: str, request: Request) -> Response:
        """What the body does not name stays as it is."""
        body = await json_body(request)
        return _answer(await run(lambda: assessments.change(trace_id, assessment_id, body)))

    @app.delete(one, status_code=204, response_class=Response, summary="Delete an assessment")
    async def remove(trace_id: str, assessment_id: str, request: Request) -> Response:
        """One that it overrode is valid again."""
        refuse_other_origins(request)
        await run(lambda: assessments.remove(trace_id, assessment_id))
        return Response(status_code=204, headers={"cache-control": "no-store"})

    @app.post(
        f"{one}/override",
        status_code=201,
        response_model=schema.Assessment,
        openapi_extra=_body(models.Override),
        summary="Override feedback",
    )
    async def override(trace_id: str, assessment_id: str, request: Request) -> Response:
        """New feedback in its place; the old one stays, and is not valid any more."""
        body = await json_body(request)
        return _answer(await run(lambda: assessments.override(trace_id, assessment_id, body)), 201)


def _add_deletes(app: FastAPI, store: Reader, editor: TraceEditor, run: Run) -> None:
    @app.post(
        "/traces/delete",
        response_model=schema.Deleted,
        openapi_extra=_body(models.Deletion),
        summary="Delete traces",
    )
    async def delete(request: Request) -> Response:
        """By id, or the oldest that began before a time; with their logs, tags and assessments."""
        body = await json_body(request)
        return _answer(await run(lambda: delete_traces(store, editor, body)))


def _body(shape: type[BaseModel] | dict[str, Any]) -> dict[str, Any]:
    """What OpenAPI says of the body of a request."""
    described = shape if isinstance(shape, dict) else _inlined(shape.model_json_schema())
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": described}}}
    }


def _inlined(described: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema without references to definitions of its own."""
    definitions = described.pop("$defs", {})

    def resolved(node: Any) -> Any:
        if isinstance(node, list):
            return [resolved(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return resolved(definitions[node["$ref"].rpartition("/")[2]])
        return {key: resolved(value) for key, value in node.items()}

    found: dict[str, Any] = resolved(described)
    return found


def _answer(document: dict[str, Any], status: int = 200) -> Response:
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(document), status, headers, "application/json")
