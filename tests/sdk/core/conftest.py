"""What the tests of the SDK's core share."""

from __future__ import annotations

from tests.support.recorded import clock, logs, recorded

__all__ = ["clock", "logs", "recorded"]
