"""Events of a span, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.event import SpanEvent

__all__ = ["SpanEvent"]
