"""Ingest health: what arrives, how late, in what batches, and what is refused."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import BYTES, COUNT, SHARE, Column, bars, lines, stat, table
from ..variables import SERVICE
from .columns import NO_SPANS, columns

_MS: Final = "ms"
_COMMITS: Final = (
    "No batch in the commit log, which keeps two days. A Collector that writes into the table by "
    "itself leaves none."
)
_REFUSED: Final = "spans whose ids are none, and messages from Kafka that are no OTLP."
_LAG: Final = "From the end of a span to its receipt; large when senders batch, retry or are late."

INGEST: Final = Board(
    "ingest",
    "GenAI ingest health",
    "What arrives, how late, in what batches, what is refused, and what no rule understands.",
    (SERVICE,),
    (
        Row(
            "At a glance",
            (
                stat(
                    "Spans",
                    "ingest/glance",
                    _LAG,
                    NO_SPANS,
                    {
                        "Spans": Column(unit=COUNT),
                        "Traces": Column(unit=COUNT),
                        "Since the last span": Column(
                            unit="s", steps=((None, "green"), (900, "orange"), (3600, "red"))
                        ),
                        "Lag, median": Column(unit=_MS),
                        "Lag, p95": Column(unit=_MS),
                    },
                ).sized(14, 4),
                stat(
                    "Commits",
                    "ingest/glance_commits",
                    f"All services. The commit log keeps two days. Refused are {_REFUSED}",
                    _COMMITS,
                    {
                        "Requests per batch": Column(unit=COUNT, decimals=1),
                        "Refused spans": Column(unit=COUNT, steps=((None, "text"), (1, "orange"))),
                    },
                ).sized(10, 4),
            ),
        ),
        Row(
            "Arrival",
            (
                bars("Received spans by service", "ingest/spans", "By time of receipt.", NO_SPANS),
                lines("Lag", "ingest/lag", _LAG, NO_SPANS, _MS),
                bars("Batches", "ingest/batches", "Commits, by signal.", _COMMITS),
                lines(
                    "Requests per batch",
                    "ingest/requests",
                    "Requests that arrive together share one insert.",
                    _COMMITS,
                ),
                table(
                    "Services",
                    "ingest/gaps",
                    "When each was heard of last.",
                    NO_SPANS,
                    {
                        "Spans": Column(unit=COUNT),
                        "Silent for": Column(unit="s", steps=((None, "text"), (3600, "orange"))),
                        "GenAI": Column(unit=SHARE, decimals=0),
                    },
                ).sized(24, 7),
            ),
        ),
        Row(
            "Refused and not understood",
            (
                bars(
                    "Refused spans by reason",
                    "ingest/rejects",
                    f"These are {_REFUSED}",
                    "No span was refused.",
                ),
                bars(
                    "Spans by dialect",
                    "ingest/dialects",
                    "`genai` is an emitter no rule knows by name; its gen_ai attributes are read.",
                    NO_SPANS,
                ),
                table(
                    "Refused spans",
                    "ingest/rejected",
                    "By reason, service and scope.",
                    "No span was refused.",
                    {"Spans": Column(unit=COUNT)},
                ).sized(12, 9),
                table(
                    "Not understood",
                    "ingest/unmapped",
                    "GenAI spans of an unknown emitter or type, and calls that name no model. "
                    "`spanbridge unmapped` lists the attributes that no rule reads.",
                    "Every GenAI span is of a known dialect and type.",
                    columns("trace_id") | {"Spans": Column(unit=COUNT)},
                ).sized(12, 9),
            ),
        ),
        Row(
            "Storage",
            (
                table(
                    "Tables",
                    "ingest/sizes",
                    "What stands on disk now, whatever the time range; of a cluster, on the node "
                    "that is asked.",
                    "No table has rows yet, or the user of the data source may not SELECT from "
                    "them.",
                    {
                        "Rows": Column(unit=COUNT),
                        "On disk": Column(unit=BYTES),
                        "Uncompressed": Column(unit=BYTES),
                        "Per row": Column(unit=BYTES, decimals=0),
                    },
                ).sized(24, 9),
            ),
        ),
    ),
    since="now-6h",
)
