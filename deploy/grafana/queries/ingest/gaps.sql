SELECT
    toString(ServiceName) AS "Service",
    count() AS "Spans",
    max(ReceivedAt) AS "Last received",
    dateDiff('second', max(ReceivedAt), now64(3)) AS "Silent for",
    countIf(GenAIDialect != '') / count() AS "GenAI"
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND @chosen(service, ServiceName)
GROUP BY ServiceName
ORDER BY "Last received" DESC
LIMIT 200
