"""Quality: feedback and evaluations over time."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, SHARE, Column, bars, lines, stat, table
from ..variables import choice
from .columns import columns

_NONE: Final = (
    "No assessments. They come over the API, the SDK (log_feedback) or as gen_ai.evaluation.result "
    "events."
)

QUALITY: Final = Board(
    "quality",
    "GenAI quality",
    "Assessments over time: feedback of people, judges and code, by name and source.",
    (choice("assessment", "Assessment"), choice("source", "Source")),
    (
        Row(
            "At a glance",
            (
                stat(
                    "Assessments in the time range",
                    "quality/glance",
                    "Those that are valid; feedback that was overridden is left out.",
                    _NONE,
                    {
                        "Feedback": Column(unit=COUNT),
                        "Traces judged": Column(unit=COUNT),
                        "Said yes": Column(unit=SHARE, decimals=0),
                        "By people": Column(unit=COUNT),
                        "Expectations": Column(unit=COUNT),
                        "Judges failed": Column(unit=COUNT, steps=((None, "text"), (1, "orange"))),
                    },
                ),
            ),
        ),
        Row(
            "Over time",
            (
                lines(
                    "Mean score by name",
                    "quality/scores",
                    "Numbers as they are, yes as 1 and no as 0.",
                    _NONE,
                ).sized(24, 9),
                bars("Assessments by name", "quality/by_names", "All kinds.", _NONE),
                bars("Assessments by source", "quality/by_sources", "All kinds.", _NONE),
            ),
        ),
        Row(
            "By name and source",
            (
                table(
                    "Assessments",
                    "quality/assessments",
                    "Judges and programs one by one, people together.",
                    _NONE,
                    columns("Traces")
                    | {
                        "Assessments": Column(unit=COUNT),
                        "Mean": Column(unit=COUNT, decimals=3),
                        "Errors": Column(unit=COUNT, steps=((None, "text"), (1, "orange"))),
                    },
                ).sized(16, 9),
                table(
                    "Values that are no numbers",
                    "quality/values",
                    "The ten most frequent of each name.",
                    "All feedback has numbers.",
                    {"Assessments": Column(unit=COUNT)},
                ).sized(8, 9),
            ),
        ),
        Row(
            "Single traces",
            (
                table(
                    "Lowest scores",
                    "quality/worst",
                    "The lowest 100, the latest first.",
                    "No feedback has a score.",
                    columns("trace_id", "Time") | {"Rationale": Column(wrap=True)},
                ).sized(24, 10),
                table(
                    "Judges that failed",
                    "quality/failed",
                    "Assessments with an error instead of a value.",
                    "No judge failed in this time range.",
                    columns("Time", "trace_id"),
                ).sized(24, 7),
            ),
        ),
    ),
    since="now-7d",
)
