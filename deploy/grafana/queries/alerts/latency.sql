SELECT toString(ServiceName) AS service, quantile(0.95)(Duration) / 1e9 AS seconds
FROM otel_trace_calls
WHERE $__timeFilter(Timestamp) AND ModelCall AND SpanType != 'EMBEDDING'
GROUP BY ServiceName
HAVING count() >= 20
