"""Retrieval and embeddings."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, NS, Column, bars, lines, stat, table
from ..variables import OF_CALLS
from .columns import columns

_NO_RETRIEVALS: Final = "Nothing was retrieved. Widen the time range or the choices above."
_NO_EMBEDDINGS: Final = "No embeddings. Widen the time range or the choices above."

RETRIEVAL: Final = Board(
    "retrieval",
    "GenAI retrieval and embeddings",
    "Retrievers, rerankers and embedding models: how many, how long, what was found.",
    OF_CALLS,
    (
        Row(
            "At a glance",
            (
                stat(
                    "Retrieval",
                    "retrieval/glance",
                    "Spans of retrievers and rerankers.",
                    _NO_RETRIEVALS,
                    columns("Failed", "Duration, median", "Duration, p95")
                    | {
                        "Retrievals": Column(unit=COUNT),
                        "Rerankings": Column(unit=COUNT),
                        "Reranking, p95": Column(unit=NS),
                    },
                ).sized(13, 4),
                stat(
                    "Embeddings",
                    "retrieval/glance_embeddings",
                    "Calls of embedding models, each counted once.",
                    _NO_EMBEDDINGS,
                    columns("Failed", "Duration, p95", "Input tokens", "Cost")
                    | {"Embedding calls": Column(unit=COUNT)},
                ).sized(11, 4),
            ),
        ),
        Row(
            "Retrieval",
            (
                bars(
                    "Retrievals and rerankings",
                    "retrieval/calls",
                    "By name of the span, the ten most frequent.",
                    _NO_RETRIEVALS,
                ),
                lines("Duration, p95", "retrieval/durations", "By name.", _NO_RETRIEVALS, NS),
                table(
                    "Retrievers and rerankers",
                    "retrieval/retrievers",
                    "The trace is the one with the longest retrieval.",
                    _NO_RETRIEVALS,
                    columns("Calls", "Failed", "Duration, median", "Duration, p95", "trace_id"),
                ).sized(24, 7),
                table(
                    "Latest retrievals",
                    "retrieval/latest",
                    "What was asked and found, the latest 50. Documents are counted where the "
                    "output is a list.",
                    _NO_RETRIEVALS,
                    columns("Time", "trace_id", "Duration")
                    | {"Query": Column(wrap=True), "Found": Column(wrap=True)},
                ).sized(24, 12),
            ),
        ),
        Row(
            "Embeddings",
            (
                bars("Calls by model", "retrieval/embedding_calls", "By model.", _NO_EMBEDDINGS),
                bars(
                    "Input tokens by model",
                    "retrieval/embedding_tokens",
                    "As reported.",
                    _NO_EMBEDDINGS,
                ),
                table(
                    "Embedding models",
                    "retrieval/embedding_models",
                    "By requested model.",
                    _NO_EMBEDDINGS,
                    columns("Calls", "Failed", "Duration, p95", "Input tokens", "Cost"),
                ).sized(24, 7),
            ),
        ),
    ),
)
