-- When traces began, as far as their spans since a second tell. Columns: start in ns, trace id.
SELECT
    toUnixTimestamp64Nano(min(Timestamp)),
    TraceId
FROM {database:Identifier}.otel_traces
WHERE TraceId IN {trace_ids:Array(String)}
    AND Timestamp >= toDateTime64({since:UInt32}, 9)
GROUP BY TraceId
