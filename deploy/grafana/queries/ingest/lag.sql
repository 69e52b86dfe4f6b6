SELECT
    $__timeInterval(ReceivedAt) AS time,
    quantile(0.5)(greatest(0, date_diff('millisecond', Timestamp, ReceivedAt) - Duration / 1e6)) AS "median",
    quantile(0.95)(greatest(0, date_diff('millisecond', Timestamp, ReceivedAt) - Duration / 1e6)) AS "p95",
    quantile(0.99)(greatest(0, date_diff('millisecond', Timestamp, ReceivedAt) - Duration / 1e6)) AS "p99"
FROM otel_traces
WHERE $__timeFilter(ReceivedAt) AND @chosen(service, ServiceName)
GROUP BY time
ORDER BY time
