"""Facts that arrive beside a request and hold for all of its spans."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from spanbridge_ingest.errors import InvalidRequestError

EXPERIMENT_HEADER: Final = "x-mlflow-experiment-id"
"""The header and gRPC metadata key by which MLflow's exporters name an experiment."""
EXPERIMENT_ATTRIBUTE: Final = "mlflow.experimentId"
_MAX_VALUE_CHARS: Final = 256


def request_attributes(headers: Iterable[tuple[str, str | bytes]]) -> Mapping[str, str]:
    """Pick the known facts out of headers or metadata (names in lower case); ignore the others.

    Raises:
        InvalidRequestError: a value that is too long, not text, or given twice with two meanings.
            Ignoring it would file the spans where nobody looks for them.
    """
    found: str | None = None
    for name, value in headers:
        if name != EXPERIMENT_HEADER:
            continue
        text = _text(value).strip()
        if found is not None and text != found:
            raise InvalidRequestError(f"{EXPERIMENT_HEADER} is given more than once")
        found = text
    return {EXPERIMENT_ATTRIBUTE: found} if found else {}


def _text(value: str | bytes) -> str:
    try:
        text = value if isinstance(value, str) else value.decode()
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{EXPERIMENT_HEADER} is not UTF-8") from None
    if len(text) > _MAX_VALUE_CHARS:
        raise InvalidRequestError(f"{EXPERIMENT_HEADER} is longer than {_MAX_VALUE_CHARS}")
    if not text.isprintable():
        raise InvalidRequestError(f"{EXPERIMENT_HEADER} holds unprintable characters")
    return text
