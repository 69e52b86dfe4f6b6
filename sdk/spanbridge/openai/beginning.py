"""From the options of a request to a call with its span."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry import propagate, trace

from spanbridge import settings
from spanbridge.integration import is_enabled, start_call
from spanbridge.openai.attributes import request_attributes, span_name
from spanbridge.openai.call import Call
from spanbridge.openai.endpoints import CHAT, COMPLETIONS, Endpoint, endpoint_of
from spanbridge.openai.facts import Body
from spanbridge.openai.guard import guarded
from spanbridge.openai.providers import server_of
from spanbridge.openai.requests import request_facts

_AZURE_CLIENT: Final = "BaseAzureClient"


@dataclass(frozen=True, slots=True)
class Options:
    """What may be changed about a request.

    Attributes:
        request_stream_usage: ask for the usage of streams where the application did not.
        propagate_trace_context: send the context of the span along.
    """

    request_stream_usage: bool = False
    propagate_trace_context: bool = False


@guarded
def begin(client: Any, options: Any, wanted: Options) -> Call | None:
    """Start the span of a request; None if it is not to be recorded.

    Args:
        client: of the ``openai`` package.
        options: its ``FinalRequestOptions``.
        wanted: what may be changed; nothing is here.
    """
    endpoint = endpoint_of(options.method, options.url)
    if endpoint is None or not is_enabled():
        return None
    body = _body(options)
    request = request_facts(endpoint, body)
    url = options.url if "://" in options.url else str(client.base_url)
    dialects = settings.current()
    span = start_call(
        span_name(endpoint, request),
        span_type=endpoint.span_type,
        attributes=request_attributes(
            endpoint,
            server_of(url, azure=_is_azure(type(client))),
            request,
            gen_ai=dialects.gen_ai,
            mlflow=dialects.mlflow,
        ),
    )
    hides_usage = wanted.request_stream_usage and _lacks_usage(endpoint, body)
    return Call(span, endpoint, body, request, hides_usage=hides_usage)


def sent(call: Call, options: Any, wanted: Options) -> Any:
    """The options to send: as they are, or a copy with what was asked for. Called in its span."""
    if not call.hides_usage and not wanted.propagate_trace_context:
        return options
    return _changed(call, options, wanted) or options


@guarded
def _changed(call: Call, options: Any, wanted: Options) -> Any:
    options = copy.copy(options)
    if call.hides_usage:
        given = options.json_data.get("stream_options") or {}
        asked = {**given, "include_usage": True}
        options.json_data = {**options.json_data, "stream_options": asked}
    if wanted.propagate_trace_context:
        headers: dict[str, str] = {}
        propagate.inject(headers, trace.set_span_in_context(call.span.otel_span))
        given = options.headers
        options.headers = {**(given if isinstance(given, Mapping) else {}), **headers}
    return options


def _body(options: Any) -> Body:
    """What is sent as JSON, or beside files: the arguments, and ``extra_body`` over them."""
    given, extra = options.json_data, options.extra_json
    body = given if isinstance(given, Mapping) else {}
    return {**body, **extra} if isinstance(extra, Mapping) else body


def _lacks_usage(endpoint: Endpoint, body: Body) -> bool:
    """Whether a stream has no usage because nobody said anything about it."""
    if endpoint not in (CHAT, COMPLETIONS) or body.get("stream") is not True:
        return False
    asked = body.get("stream_options")
    return asked is None or (isinstance(asked, Mapping) and "include_usage" not in asked)


def _is_azure(client: type) -> bool:
    return any(base.__name__ == _AZURE_CLIENT for base in client.__mro__)
