"""How a span ended, where MLflow has it."""

from __future__ import annotations

from spanbridge.entities.status import SpanStatus, SpanStatusCode

__all__ = ["SpanStatus", "SpanStatusCode"]
