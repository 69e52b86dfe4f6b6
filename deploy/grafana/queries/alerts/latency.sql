SELECT toString(ServiceName) AS service, quantile(0.95)(Duration) / 1e9 AS seconds
FROM otel_traces_usage(since = $__fromTime, until = $__toTime)
WHERE ModelCall AND SpanType != 'EMBEDDING'
GROUP BY ServiceName
HAVING count() >= 20
