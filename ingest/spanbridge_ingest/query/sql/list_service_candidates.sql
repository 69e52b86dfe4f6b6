-- As list_candidates.sql, of traces with a span of one service.
SELECT TraceId
FROM {database:Identifier}.otel_traces_trace_id_ts
WHERE Start >= toDateTime({since:UInt32})
    AND Start <= toDateTime({until:UInt32})
    AND TraceId IN
    (
        SELECT TraceId
        FROM {database:Identifier}.otel_traces
        WHERE ServiceName = {service:String}
            AND Timestamp >= toDateTime64({since:UInt32}, 9)
    )
GROUP BY TraceId
ORDER BY min(Start) DESC
LIMIT {count:UInt32} WITH TIES
