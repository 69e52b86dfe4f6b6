SELECT
    count() AS "Spans",
    uniqExact(TraceId) AS "Traces",
    uniq(ServiceName) AS "Services",
    dateDiff('second', max(ReceivedAt), now64(3)) AS "Since the last span",
    quantileOrNull(0.5)(greatest(0, date_diff('millisecond', Timestamp, ReceivedAt) - Duration / 1e6)) AS "Lag, median",
    quantileOrNull(0.95)(greatest(0, date_diff('millisecond', Timestamp, ReceivedAt) - Duration / 1e6)) AS "Lag, p95"
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND @chosen(service, ServiceName)
HAVING count() > 0
