-- How often services called each other, by the spans that began between two times. Only traces with
-- spans of several services are joined. Columns: caller, called, calls.
WITH
    spans AS
    (
        SELECT DISTINCT
            TraceId,
            SpanId,
            ParentSpanId,
            ServiceName
        FROM {database:Identifier}.otel_traces
        WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
            AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
            AND TraceId IN
            (
                SELECT TraceId
                FROM {database:Identifier}.otel_traces
                WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
                    AND Timestamp < fromUnixTimestamp64Nano({until:Int64})
                GROUP BY TraceId
                HAVING min(ServiceName) != max(ServiceName)
            )
    )
SELECT
    toValidUTF8(callers.ServiceName),
    toValidUTF8(called.ServiceName),
    count() AS calls
FROM spans AS called
INNER JOIN spans AS callers
    ON callers.TraceId = called.TraceId AND callers.SpanId = called.ParentSpanId
WHERE called.ParentSpanId != ''
    AND callers.ServiceName != called.ServiceName
GROUP BY 1, 2
ORDER BY
    calls DESC,
    1,
    2
LIMIT {limit:UInt32}
SETTINGS max_execution_time = 30
