"""Traces that go on in another process, by the standard propagators (W3C unless configured)."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry import context as otel_context
from opentelemetry import propagate
from opentelemetry.propagators.textmap import DefaultGetter

from spanbridge.lenient import by_key


def get_tracing_context_headers_for_http_request() -> dict[str, str]:
    """The headers that let the service that is called go on with this trace."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


class _AnyCase(DefaultGetter):
    """Finds headers as HTTP does; some propagators ask for theirs with capital letters."""

    def get(self, carrier: Mapping[str, str | list[str]], key: str) -> list[str] | None:
        return super().get(carrier, key.lower())


class set_tracing_context_from_http_request_headers:
    """A context manager inside which spans go on with the caller's trace.

    Headers without a trace are no error: what is recorded belongs to the current trace then, or
    begins one.

    Args:
        headers: of the request, in any case.
    """

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = {
            str(key).lower(): value for key, value in by_key(headers, "headers").items()
        }

    def __enter__(self) -> None:
        self._token = otel_context.attach(propagate.extract(self._headers, getter=_AnyCase()))

    def __exit__(self, *_: object) -> None:
        otel_context.detach(self._token)
