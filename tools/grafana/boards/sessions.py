"""Sessions and users, and one session as a conversation."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, USD, Column, bar_chart, lines, stat, table
from ..variables import OF_CALLS, text
from .columns import columns

_NONE: Final = (
    "No trace belongs to a session or user. Set gen_ai.conversation.id or session.id, and user.id, "
    "on spans."
)
_EACH: Final = columns(
    *("Traces", "Calls", "Failed calls", "Tokens", "Cost", "trace_id"),
)

SESSIONS: Final = Board(
    "sessions",
    "GenAI sessions and users",
    "How many sessions and users, what they use, and one session as a conversation.",
    (*OF_CALLS, text("session", "Session", "The id of the session whose conversation is shown.")),
    (
        Row(
            "At a glance",
            (
                stat(
                    "Sessions and users in the time range",
                    "sessions/glance",
                    "Of traces with model calls that say a session or a user on any span.",
                    _NONE,
                    {
                        "Sessions": Column(unit=COUNT),
                        "Users": Column(unit=COUNT),
                        "Traces per session": Column(unit=COUNT, decimals=1),
                        "Tokens per session": Column(unit=COUNT, decimals=0),
                        "Cost per session": Column(unit=USD, decimals=4),
                        "Cost per user": Column(unit=USD, decimals=4),
                    },
                ),
                lines(
                    "Active sessions and users",
                    "sessions/active",
                    "Different ones with model calls in the interval.",
                    _NONE,
                ),
                bar_chart(
                    "Length of sessions",
                    "sessions/lengths",
                    "How many sessions have this many traces in the time range.",
                    _NONE,
                ),
            ),
        ),
        Row(
            "Sessions and users",
            (
                table(
                    "Sessions",
                    "sessions/sessions",
                    "The latest 500. A click on a session shows its conversation below.",
                    _NONE,
                    _EACH | columns("Session", "User"),
                ),
                table("Users", "sessions/users", "The latest 500.", _NONE, _EACH | columns("User")),
            ),
        ),
        Row(
            "Conversation of the session chosen above",
            (
                table(
                    "Conversation",
                    "sessions/conversation",
                    "One row a trace: what went into it and what came out, the latest 50 in the "
                    "time range.",
                    "Choose a session in the table above, or write its id into the field at the "
                    "top.",
                    columns("Time", "trace_id")
                    | {"Input": Column(wrap=True), "Output": Column(wrap=True)},
                ).sized(24, 16),
            ),
        ),
    ),
)
