"""ClickHouse's HTTP interface in front of the embedded engine.

So that Grafana, DBeaver, ``curl`` and other ClickHouse clients can query a store that lives in this
process. Read-only for users.
"""

from spanbridge_ingest.clickhouse_http.front import create_front
from spanbridge_ingest.clickhouse_http.options import FrontOptions

__all__ = ["FrontOptions", "create_front"]
