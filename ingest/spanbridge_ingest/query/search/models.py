"""The bodies of the search routes, and what they answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from spanbridge_ingest.query.schema import TraceDocument, Usage
from spanbridge_ingest.query.search.order import MAX_FIELDS
from spanbridge_ingest.query.search.question import (
    MAX_EXPERIMENTS,
    MAX_ID_CHARS,
    MAX_RESULTS,
    Question,
)

Id = Annotated[str, Field(max_length=MAX_ID_CHARS)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _Asked(_Model):
    filter: str = Field("", description="An expression of the filter language; '' finds all.")
    max_results: int = Field(100, ge=1, le=MAX_RESULTS)
    page_token: str | None = Field(None, description="next_page_token of the page before.")
    experiment_ids: list[Id] = Field([], max_length=MAX_EXPERIMENTS)
    run_id: Id | None = None


class TraceSearch(_Asked):
    """Which traces are wanted."""

    order_by: list[str] = Field(
        [], max_length=MAX_FIELDS, description="`field [ASC|DESC]`; by itself the newest first."
    )
    include_spans: bool = True

    def question(self) -> Question:
        """What is asked for."""
        return Question(**self.model_dump(exclude={"include_spans"}))


class SessionSearch(_Asked):
    """Which sessions are wanted: those of which a trace satisfies the filter."""

    include_spans: bool = Field(True, description="Ignored: sessions name their traces by id.")
    order_by: list[str] = Field([], max_length=0, description="The newest come first.")

    def question(self) -> Question:
        """What is asked for."""
        return Question(**self.model_dump(exclude={"include_spans"}))


class FoundTraces(_Model):
    """A page of traces."""

    traces: list[TraceDocument] = Field(
        description="Without spans, as far as the list of traces tells; `spans` is empty then."
    )
    next_page_token: str | None = Field(description="null: there are no more.")


class Session(_Model):
    """A session with all of its traces."""

    session_id: str
    user_id: str
    start_time_unix_nano: int
    end_time_unix_nano: int
    trace_count: int
    trace_ids: list[str] = Field(description="In order of start.")
    usage: Usage | None = Field(description="Each model call counted once; null if none reported.")
    cost_usd: float | None = Field(description="As far as prices are known; null if none is.")
    cost_unknown_calls: int


class FoundSessions(_Model):
    """A page of sessions, those with the latest traces first."""

    sessions: list[Session]
    next_page_token: str | None = Field(description="null: there are no more.")
