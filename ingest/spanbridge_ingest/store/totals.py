"""The views on model calls and counted usage: what dashboards sum up instead of ``otel_traces``."""

from __future__ import annotations

from typing import Final

from spanbridge_ingest.store.call_statements import calls_view
from spanbridge_ingest.store.cost import cost_expression, cost_join
from spanbridge_ingest.store.names import qualified
from spanbridge_semconv.compile.totals import Cost, totals_query, usage_query

LENDS_SINCE: Final = (26, 9)
"""Here a lambda can use an array outside of it without copying it for every element."""


def totals_views(database: str, server: tuple[int, ...]) -> list[str]:
    """The statements that make the views; running them again is harmless.

    Args:
        database: where ``otel_traces`` is.
        server: the version of the engine.
    """
    traces = qualified(database, "otel_traces")
    index = qualified(database, "otel_traces_trace_id_ts")
    lends = server >= LENDS_SINCE
    cost = Cost(cost_join(database, "spans"), cost_expression("spans"))
    queries = {
        "otel_traces_usage": usage_query(traces, index, lends, cost),
        "otel_trace_totals": totals_query(traces, index, lends, cost),
    }
    views = [
        f"CREATE OR REPLACE VIEW {qualified(database, name)} AS\n{query}"
        for name, query in queries.items()
    ]
    return [*views, calls_view(database)]
