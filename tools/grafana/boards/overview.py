"""Overview: how many model calls, how many fail, how long they take."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, NS, SHARE, bars, lines, stat, table
from ..variables import OF_CALLS
from .columns import NO_CALLS, Column, columns

_WHAT: Final = "Each call is counted once, also where agents, frameworks and SDKs report it again."
_EACH: Final = columns(
    "Calls",
    "Failed",
    "Latency, median",
    "Latency, p95",
    "First token, p95",
    "Output tokens per s",
    "Tokens",
    "Cost",
)

OVERVIEW: Final = Board(
    "overview",
    "GenAI overview",
    "Model calls of all services: how many, how many fail, how long they take, what they cost.",
    OF_CALLS,
    (
        Row(
            "At a glance",
            (
                stat(
                    "Model calls in the time range",
                    "overview/glance",
                    f"{_WHAT} Cost is the sum of those with a known price.",
                    NO_CALLS,
                    columns("Failed", "Latency, median", "Latency, p95", "First token, p95", "Cost")
                    | {"Model calls": Column(unit=COUNT)},
                ),
            ),
        ),
        Row(
            "Traffic",
            (
                bars("Calls by model", "overview/calls_by_model", _WHAT, NO_CALLS),
                bars("Calls by service", "overview/calls_by_service", _WHAT, NO_CALLS),
                bars("Calls by provider", "overview/calls_by_provider", _WHAT, NO_CALLS),
                bars(
                    "Failed calls by error",
                    "overview/errors",
                    "What error.type says, or a failed call says in its dialect.",
                    "No failed calls in this time range.",
                ),
            ),
        ),
        Row(
            "Latency and errors",
            (
                lines(
                    "Latency",
                    "overview/latency",
                    "From the start of a call to its end.",
                    NO_CALLS,
                    NS,
                ),
                lines(
                    "Time to first token",
                    "overview/first_token",
                    "Of streamed calls whose emitter reports it.",
                    "No call reports its time to first token; streamed calls of most SDKs do.",
                    NS,
                ),
                lines(
                    "Share of failed calls by service",
                    "overview/error_rate",
                    "Failed calls out of all calls of the service.",
                    NO_CALLS,
                    SHARE,
                ).sized(24, 7),
            ),
        ),
        Row(
            "By model, provider and service",
            (
                table("Models", "overview/models", "By requested model.", NO_CALLS, _EACH),
                table("Providers", "overview/providers", _WHAT, NO_CALLS, _EACH).sized(24, 6),
                table("Services", "overview/services", _WHAT, NO_CALLS, _EACH).sized(24, 7),
            ),
        ),
        Row(
            "Single calls",
            (
                table(
                    "Latest failed calls",
                    "overview/failed",
                    "The latest 100; the trace shows what led to the failure.",
                    "No failed calls in this time range.",
                    columns("Time", "trace_id", "Duration"),
                ).sized(12, 10),
                table(
                    "Slowest calls",
                    "overview/slowest",
                    "The slowest 100.",
                    NO_CALLS,
                    columns(
                        "Duration",
                        "First token",
                        "trace_id",
                        "Time",
                        "Input tokens",
                        "Output tokens",
                    ),
                ).sized(12, 10),
            ),
        ),
    ),
)
