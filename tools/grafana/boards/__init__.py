"""The dashboards, by name."""

from __future__ import annotations

from typing import Final

from .agents import AGENTS
from .ingest import INGEST
from .overview import OVERVIEW
from .quality import QUALITY
from .retrieval import RETRIEVAL
from .sessions import SESSIONS
from .tokens import TOKENS
from .trace import TRACE_BOARD

BOARDS: Final = {
    board.name: board
    for board in (
        OVERVIEW,
        TOKENS,
        SESSIONS,
        AGENTS,
        RETRIEVAL,
        TRACE_BOARD,
        QUALITY,
        INGEST,
    )
}
