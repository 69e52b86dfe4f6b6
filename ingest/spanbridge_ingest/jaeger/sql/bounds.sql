-- How far the traces with spans between two seconds reach. Columns: rows, first second, last second.
SELECT
    count(),
    toUnixTimestamp(min(Start)),
    toUnixTimestamp(max(End))
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE End >= toDateTime({since:UInt32})
    AND Start <= toDateTime({until:UInt32})
