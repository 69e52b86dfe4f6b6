-- How many spans some traces have, copies included. Columns: trace id, spans.
WITH
    (
        SELECT toDateTime64(min(Start), 9)
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE TraceId IN {trace_ids:Array(String)}
    ) AS since
SELECT
    TraceId,
    count()
FROM {database:Identifier}.otel_traces
WHERE TraceId IN {trace_ids:Array(String)}
    AND Timestamp >= since
GROUP BY TraceId
