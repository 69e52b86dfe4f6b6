"""Which URL parameters are settings, and which settings users may bring."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from spanbridge_ingest.clickhouse_http.failures import READONLY, FrontError
from spanbridge_ingest.clickhouse_http.options import FrontOptions

_OF_THE_PROTOCOL: Final = frozenset(
    {
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "quota_key",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "query_id",
        "compress",
        "decompress",
        "stacktrace",
        "role",
        "buffer_size",
        "wait_end_of_query",
        "enable_http_compression",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "http_zlib_compression_level",
        "http_wait_end_of_query",
        "http_response_buffer_size",
        "http_write_exception_in_output_format",
        "http_make_head_request",
        "cancel_http_readonly_queries_on_client_close",
        "add_http_cors_header",
        "client_protocol_version",
    }
)
"""Parameters that speak to the HTTP interface; without a meaning here, or read elsewhere."""

_HARMLESS: Final = frozenset(
    {
        "readonly",
        "extremes",
        "session_timezone",
        "date_time_output_format",
        "join_use_nulls",
        "max_threads",
        "max_block_size",
        "max_rows_to_read",
        "max_bytes_to_read",
        "max_result_rows",
        "read_overflow_mode",
        "result_overflow_mode",
        "timeout_overflow_mode",
        "optimize_read_in_order",
        "optimize_move_to_prewhere",
        "use_skip_indexes",
        "group_by_overflow_mode",
        "max_rows_to_group_by",
        "final",
        "limit",
        "offset",
        "log_comment",
        "allow_experimental_analyzer",
        "enable_analyzer",
    }
)
_HARMLESS_PREFIXES: Final = ("output_format_",)
_REACHES_FILES: Final = frozenset({"output_format_schema"})
"""Names a file that the engine writes."""

_LIMITED: Final = ("max_execution_time", "max_memory_usage", "max_result_bytes")
"""Settings users may only lower."""


def brought(parameters: Mapping[str, str]) -> dict[str, str]:
    """The settings among the parameters of a request."""
    return {
        name: value
        for name, value in parameters.items()
        if name not in _OF_THE_PROTOCOL and not name.startswith("param_")
    }


def allowed(
    settings: Mapping[str, str], options: FrontOptions, *, streamed: bool
) -> dict[str, str]:
    """The settings of a reader's query, limits included.

    Args:
        settings: what the request brings.
        options: the limits.
        streamed: the result is sent while it is made, so it may be larger.

    Raises:
        FrontError: a setting may not be changed by readers.
    """
    out: dict[str, str] = {}
    for name, value in settings.items():
        if name in _LIMITED or name == "readonly":
            continue
        harmless = name in _HARMLESS or name.startswith(_HARMLESS_PREFIXES)
        if not harmless or name in _REACHES_FILES:
            raise FrontError(READONLY, f"Cannot modify '{name}' setting in readonly mode")
        out[name] = value
    result_bytes = options.max_streamed_bytes if streamed else options.max_buffered_bytes
    limits = (options.max_execution_s, options.max_memory_bytes, result_bytes)
    for name, limit in zip(_LIMITED, limits, strict=True):
        out[name] = str(_lower(settings.get(name, ""), limit))
    return out


def _lower(value: str, limit: int) -> int:
    """A limit a user asks for, if it is lower; 0 asks for no limit."""
    try:
        asked = math.ceil(float(value))
    except (ValueError, OverflowError):
        return limit
    return min(asked, limit) if asked > 0 else limit
