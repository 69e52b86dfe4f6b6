"""Saying something of the trace that is being recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spanbridge.exceptions import InvalidValueError
from spanbridge.fluent import get_current_active_span, is_enabled, root_is_open, tell_once


def update_current_trace(
    tags: Mapping[str, Any] | None = None,
    metadata: Mapping[str, Any] | None = None,
    client_request_id: str | None = None,
    request_preview: str | None = None,
    response_preview: str | None = None,
    state: str | None = None,
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
        session_id: the conversation it belongs to.
        user: who asked.

    Raises:
        InvalidValueError: there is no such state.
    """
    if state is not None and state not in ("OK", "ERROR"):
        raise InvalidValueError(f"a trace cannot be {state!r}: its state is OK or ERROR")
    span = get_current_active_span()
    if span is None:
        if is_enabled():
            tell_once("update_current_trace did nothing: no span is open here")
        return
    span.trace_state.update(
        tags=tags,
        metadata=metadata,
        session_id=session_id,
        user=user,
        client_request_id=client_request_id,
        request_preview=request_preview,
        response_preview=response_preview,
        state=state,
    )
    # Asked afterwards: a root that is open now has still to write what it carries.
    if not root_is_open(span.trace_state):
        span.is_local_root = True
