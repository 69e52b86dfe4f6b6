-- The traces whose newest matching span began between two times, newest first. Columns: trace id.
SELECT TraceId
FROM {database:Identifier}.otel_traces
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
    AND ($condition)
GROUP BY TraceId
ORDER BY
    max(Timestamp) DESC,
    TraceId
LIMIT {depth:UInt32}
SETTINGS max_execution_time = 30
