SELECT
    max(ReceivedAt) AS "Last",
    toString(Reason) AS "Reason",
    toString(ServiceName) AS "Service",
    ScopeName AS "Scope",
    any(SpanName) AS "Span, for example",
    count() AS "Spans"
FROM otlp_rejects
WHERE $__timeFilter(ReceivedAt)
GROUP BY Reason, ServiceName, ScopeName
ORDER BY "Last" DESC
LIMIT 100
