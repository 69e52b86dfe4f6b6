"""A bound on how much structure a request may hold, without parsing a span.

An engine pays for every message by the hundred bytes, however small it is on the wire: two bytes of
empty ``ScopeSpans`` cost it 700. What is tiny can be counted on the raw bytes: a tag of the wire
type LEN with a field number up to 15, followed by a length up to 3. Text and numbers that look like
such a field count as well, so the limit leaves room for them: dense honest telemetry (short spans
with small integers, as the Collector writes them) has one in 15 to 40 bytes.
"""

from __future__ import annotations

from typing import Final

from spanbridge_ingest.errors import TooLargeError

TINY_ALLOWANCE: Final = 100_000
"""Tiny fields that a request may hold whatever its size."""
BYTES_PER_TINY: Final = 16
"""Beyond the allowance, one tiny field for so many bytes."""

_WINDOW: Final = 1 << 20
"""Bytes looked at in one go, about 2 ms: other threads get their turn in between."""
_TAGS: Final = bytes(number << 3 | 2 for number in range(1, 16))
_LENGTHS: Final = bytes(range(4))
_KINDS: Final = bytes(
    ord("t") if byte in _TAGS else ord("n") if byte in _LENGTHS else ord(".") for byte in range(256)
)


def check_density(payload: bytes) -> None:
    """Refuse a payload with far more tiny fields than telemetry of its size can have.

    Raises:
        TooLargeError: more than :data:`TINY_ALLOWANCE` and one per :data:`BYTES_PER_TINY` bytes.
    """
    size = len(payload)
    limit = TINY_ALLOWANCE + size // BYTES_PER_TINY
    if size // 2 <= limit:
        return
    count = 0
    for start in range(0, size, _WINDOW):
        # One byte more, for a tag at the window's end; it cannot be counted twice.
        count += payload[start : start + _WINDOW + 1].translate(_KINDS).count(b"tn")
        if count > limit:
            raise TooLargeError(
                f"the request has more than {limit} fields of 0 to 3 bytes, too many for its "
                f"{size} bytes; send it in parts"
            )
