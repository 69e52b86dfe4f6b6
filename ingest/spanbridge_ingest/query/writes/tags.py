"""Tags of a trace, set and taken away after the fact."""

from __future__ import annotations

from typing import Any, Final

from spanbridge_ingest.query.errors import BadQueryError
from spanbridge_ingest.query.overlay import read_tags
from spanbridge_ingest.query.reading import Reader, valid_trace_id
from spanbridge_ingest.query.writes.models import Tags, read
from spanbridge_ingest.store.editing import TraceEditor

_TRACE_NAME: Final = "mlflow.traceName"


def patch_tags(store: Reader, editor: TraceEditor, trace_id: str, body: object) -> dict[str, Any]:
    """Set the tags of ``body``, take those away whose value is null.

    The trace need not be there yet. Answers with the tags in force that were set in this way, under
    ``tags``.

    Raises:
        BadQueryError: the id or the body is malformed.
    """
    trace_id = valid_trace_id(trace_id)
    tags = read(Tags, {"tags": body}).tags
    if _TRACE_NAME in tags:
        raise BadQueryError(f"{_TRACE_NAME} is the name of the root span", "set another tag")
    editor.put_tags(trace_id, tags)
    now = read_tags(store, trace_id)
    return {"tags": {key: value for key, value in now.items() if value is not None}}
