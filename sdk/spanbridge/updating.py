"""Saying something of the trace that is being recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spanbridge.fluent import get_current_active_span, is_enabled, root_is_open
from spanbridge.lenient import by_key
from spanbridge.telling import tell_once

if TYPE_CHECKING:
    from spanbridge.entities.trace_state import TraceState

MODEL_METADATA: Final = "mlflow.modelId"


def update_current_trace(
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: TraceState | str | None = None,
    model_id: str | None = None,
    session_id: str | Sequence[str] | None = None,
    user: str | None = None,
) -> None:
    """Say something of the trace that is being recorded, from anywhere inside it.

    Args:
        tags: texts by key; other values become JSON.
        metadata: likewise.
        client_request_id: how the caller calls the request.
        request_preview: what lists show of the request.
        response_preview: what lists show of the answer.
        state: ``OK`` or ``ERROR``, in place of how the topmost span ends.
        model_id: the version of the application, as metadata ``mlflow.modelId``.
        session_id: the conversation it belongs to.
        user: who asked.

    What cannot be is left out and told once in the log.
    """
    if state is not None and state not in ("OK", "ERROR"):
        tell_once(f"a trace cannot be {state!r}: its state is OK or ERROR")
        state = None
    said = by_key(metadata, "metadata")
    if model_id is not None:
        said[MODEL_METADATA] = model_id
    span = get_current_active_span()
    if span is None:
        if is_enabled():
            tell_once("update_current_trace did nothing: no span is open here")
        return
    span.trace_state.update(
        tags=by_key(tags, "tags"),
        metadata=said,
        session_id=session_id,
        user=user,
        client_request_id=client_request_id,
        request_preview=request_preview,
        response_preview=response_preview,
        state=None if state is None else str(state),
    )
    # Asked afterwards: a root that is open now has still to write what it carries.
    if not root_is_open(span.trace_state):
        span.is_local_root = True
