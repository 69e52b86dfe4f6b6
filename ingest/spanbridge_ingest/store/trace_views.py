"""The view on all assessments of traces: those of the API, and those that came as OTLP."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from spanbridge_ingest.store.names import identifier


def assessment_view(database: str) -> str:
    """The statement that makes the view; running it again is harmless."""
    view = files("spanbridge_ingest.store") / "sql" / "views" / "otel_trace_assessments.sql"
    text = view.read_text("utf-8").strip()
    return Template(text).substitute(database=f"`{identifier(database)}`")
