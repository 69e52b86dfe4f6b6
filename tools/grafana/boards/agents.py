"""Agents and tools: how often they run, fail, and go round in circles."""

from __future__ import annotations

from typing import Final

from ..board import Board, Row
from ..panels import COUNT, NS, Column, bars, lines, stat, table
from ..variables import SERVICE, choice, number
from .columns import columns

_NO_AGENTS: Final = "No agent ran. Widen the time range or the choices above."
_NO_TOOLS: Final = "No tool was called. Widen the time range or the choices above."

AGENTS: Final = Board(
    "agents",
    "GenAI agents and tools",
    "Runs of agents and calls of tools: how many, how many fail, how long, how often repeated.",
    (
        SERVICE,
        choice("agent", "Agent"),
        choice("tool", "Tool"),
        number("repeats", "Calls that make a loop", (3, 4, 5, 10, 20), 4),
    ),
    (
        Row(
            "At a glance",
            (
                stat(
                    "Agents",
                    "agents/glance_agents",
                    "Spans of agents; an agent inside of another one counts too.",
                    _NO_AGENTS,
                    columns("Failed", "Duration, median", "Duration, p95")
                    | {"Agent runs": Column(unit=COUNT)},
                ).sized(12, 4),
                stat(
                    "Tools",
                    "agents/glance_tools",
                    "Spans of tools.",
                    _NO_TOOLS,
                    columns("Failed", "Duration, p95")
                    | {"Tool calls": Column(unit=COUNT), "Tools": Column(unit=COUNT)},
                ).sized(12, 4),
            ),
        ),
        Row(
            "Agents",
            (
                bars("Runs by agent", "agents/runs", "The ten most frequent.", _NO_AGENTS),
                lines(
                    "Duration of runs, p95",
                    "agents/run_durations",
                    "From the begin of a run to its end, by agent.",
                    _NO_AGENTS,
                    NS,
                ),
                table(
                    "Agents",
                    "agents/agents",
                    "The trace is the one with the longest run.",
                    _NO_AGENTS,
                    columns("Failed", "Duration, median", "Duration, p95", "trace_id")
                    | {"Runs": Column(unit=COUNT), "Failed runs": Column(unit=COUNT)},
                ).sized(24, 8),
            ),
        ),
        Row(
            "Tools",
            (
                bars("Calls by tool", "agents/tool_calls", "The ten most frequent.", _NO_TOOLS),
                bars(
                    "Failed calls by tool",
                    "agents/tool_failures",
                    "Spans of tools with an error.",
                    "No call of a tool failed in this time range.",
                ),
                lines(
                    "Duration of calls, p95",
                    "agents/tool_durations",
                    "From the begin of a call to its end, by tool.",
                    _NO_TOOLS,
                    NS,
                ),
                lines(
                    "Traces that repeat a tool",
                    "agents/looping",
                    "Traces that call one tool at least as often as chosen above.",
                    _NO_TOOLS,
                ),
                table(
                    "Tools",
                    "agents/tools",
                    "Calls per trace: of the traces that call it at all.",
                    _NO_TOOLS,
                    columns(
                        *("Calls", "Traces", "Failed calls", "Failed", "Duration, median"),
                        *("Duration, p95", "Duration, all calls"),
                    )
                    | {"Calls per trace": Column(unit=COUNT, decimals=1)},
                ),
            ),
        ),
        Row(
            "Single traces",
            (
                table(
                    "Loops",
                    "agents/loops",
                    "One tool again and again in one trace; the trace shows with what arguments.",
                    "No trace calls a tool that often. Choose a lower number above.",
                    columns("Calls", "trace_id", "Time", "Failed calls", "Duration, all calls"),
                ).sized(12, 10),
                table(
                    "Latest failed calls of tools",
                    "agents/failed",
                    "The latest 100.",
                    "No call of a tool failed in this time range.",
                    columns("Time", "trace_id", "Duration"),
                ).sized(12, 10),
            ),
        ),
    ),
)
