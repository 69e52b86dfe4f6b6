-- How far the index table reaches between two seconds. Columns: rows, first second, last second.
SELECT
    count(),
    toUnixTimestamp(min(Start)),
    toUnixTimestamp(max(Start))
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE Start >= toDateTime({since:UInt32})
    AND Start <= toDateTime({until:UInt32})
