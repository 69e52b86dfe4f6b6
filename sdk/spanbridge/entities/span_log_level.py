"""How important a span is, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.span_type import SpanLogLevel

__all__ = ["SpanLogLevel"]
