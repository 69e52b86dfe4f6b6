"""One trace: its spans, its conversation, what was said of it."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, USD, Column, note, stat, table, traces
from ..variables import constant, text
from .columns import COLUMNS, columns

_CHOOSE: Final = (
    "Write a trace id into the field at the top, or come here by a trace in a table of another "
    "dashboard."
)
_NOTE: Final = """\
The id of the trace stands in the field above. The conversation below is as the emitter wrote it;
the [document of the trace](${api}/api/traces/${trace_id:percentencode}) has every message in one
form, also those that stand in events and log records.
"""

TRACE_BOARD: Final = Board(
    "trace",
    "GenAI trace",
    "One trace: its spans, its conversation, its model calls, feedback and tags.",
    (
        text("trace_id", "Trace", "The id of a trace: 32 hex digits, with or without tr-."),
        constant("api", "Address of the HTTP API of spanbridge", "http://127.0.0.1:4319"),
    ),
    (
        Row(
            "Summary",
            (
                note(_NOTE, 3),
                stat(
                    "Trace",
                    "trace/summary",
                    "Of all of its spans, wherever the time range is.",
                    _CHOOSE,
                    columns("Duration", "Session", "User")
                    | {
                        "Began": Column(unit="dateTimeAsLocal"),
                        "Spans": Column(unit=COUNT),
                        "Failed spans": Column(unit=COUNT, steps=((None, "text"), (1, "orange"))),
                    },
                ),
                stat(
                    "Usage",
                    "trace/usage",
                    "Each call is counted once, about ten seconds after its spans arrived.",
                    "No model call in this trace.",
                    columns("Input tokens", "Output tokens", "Calls without a price")
                    | {
                        "Model calls": Column(unit=COUNT),
                        "Read from cache": Column(unit=COUNT),
                        "Reasoning": Column(unit=COUNT),
                        "Cost": Column(unit=USD, decimals=4),
                    },
                ),
            ),
        ),
        Row("Spans", (traces("Spans", "trace/trace", "All spans of the trace.", _CHOOSE),)),
        Row(
            "Conversation",
            (
                table(
                    "Conversation",
                    "trace/conversation",
                    "What went into each GenAI span and what came out, in the order of their "
                    "begin. Content that is spread over attributes, events or log records is in "
                    "the document of the trace only.",
                    "No span has content in one attribute. The document of the trace (link above) "
                    "has content from events and log records; emitters leave content out unless "
                    "they are told to record it.",
                    columns("Time", "Duration", "Input tokens", "Output tokens")
                    | {
                        "Type": Column(width=110),
                        "Who": Column(width=140),
                        "Input": Column(wrap=True),
                        "Output": Column(wrap=True),
                        "Span": Column(width=140),
                    },
                ).sized(24, 18),
                table(
                    "Model calls",
                    "trace/calls",
                    "Each call once, and an agent that alone says what its calls used.",
                    "No model call in this trace.",
                    columns("Time", "Duration", "First token", "Input tokens", "Output tokens")
                    | {
                        "Cost": Column(unit=USD, decimals=5),
                        "Read from cache": Column(unit=COUNT),
                        "Reasoning": Column(unit=COUNT),
                    },
                ).sized(24, 8),
            ),
        ),
        Row(
            "What is said of the trace",
            (
                table(
                    "Feedback and expectations",
                    "trace/feedback",
                    "Assessments from the API and from gen_ai.evaluation.result events.",
                    "Nobody assessed this trace. Feedback comes over the API, the SDK or as OTLP "
                    "events.",
                    {"Time": COLUMNS["Time"], "Rationale": Column(wrap=True)},
                ).sized(16, 8),
                table(
                    "Tags",
                    "trace/tags",
                    "Those of its spans, and over them those set by the API.",
                    "This trace has no tags.",
                    {},
                ).sized(8, 8),
            ),
        ),
    ),
    links=(
        {
            "type": "link",
            "title": "Document of the trace",
            "url": "${api}/api/traces/${trace_id:percentencode}",
            "icon": "doc",
            "asDropdown": False,
            "includeVars": False,
            "keepTime": False,
            "targetBlank": True,
            "tags": [],
            "tooltip": "JSON from the HTTP API of spanbridge, messages in one form",
        },
    ),
)
