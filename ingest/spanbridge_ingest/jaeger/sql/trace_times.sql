-- Between which seconds the spans of some traces began. Columns: trace id, first second, last.
SELECT
    TraceId,
    toUnixTimestamp(min(Start)),
    toUnixTimestamp(max(End))
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE TraceId IN {trace_ids:Array(String)}
GROUP BY TraceId
