"""A generated week. chDB hosts one engine path per process, so a module opens it once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.week import fill
from spanbridge_ingest.store import ClickHouseStore, open_store
from spanbridge_ingest.store.calls import CallKeeper
from tests.grafana.questions import Reader, handle

A_JUDGE_FAILED = (
    "INSERT INTO trace_assessments (TraceId, AssessmentId, Name, Kind, ErrorCode, SourceType, "
    "SourceId, CreatedAt) SELECT TraceId, 'a-failed', 'correctness', 'feedback', 'RATE_LIMIT', "
    "'LLM_JUDGE', 'gpt-4o-mini', Timestamp FROM otel_traces LIMIT 1"
)
"""The one thing that does not happen in the generated week."""


def put_week(store: ClickHouseStore, spans: int) -> tuple[int, int]:
    """Generate a week in which a judge failed once; its begin and end."""
    begin, end = fill(store.engine, spans=spans)
    CallKeeper(store.engine, store.database).run()
    store.engine.command(A_JUDGE_FAILED)
    return begin, end


def generated(directory: Path, spans: int) -> Iterator[Reader]:
    """A reader of a generated week."""
    with closing(open_store(directory=directory)) as store:
        begin, end = put_week(store, spans)
        with closing(Reader(handle(directory), begin, end)) as reader:
            yield reader


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    yield from generated(tmp_path_factory.mktemp("week"), 4_000)
