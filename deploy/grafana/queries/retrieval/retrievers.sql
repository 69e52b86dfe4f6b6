SELECT
    SpanName AS "Span",
    toString(Type) AS "Type",
    toString(ServiceName) AS "Service",
    count() AS "Calls",
    countIf(StatusCode = 'Error') / count() AS "Failed",
    quantile(0.5)(Duration) AS "Duration, median",
    quantile(0.95)(Duration) AS "Duration, p95",
    argMax(TraceId, Duration) AS trace_id
FROM @retrievals()
GROUP BY SpanName, Type, ServiceName
ORDER BY "Calls" DESC
LIMIT 200
