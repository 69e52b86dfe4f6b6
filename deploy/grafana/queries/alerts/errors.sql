SELECT toString(ServiceName) AS service, countIf(StatusCode = 'Error') / count() AS failed
FROM otel_trace_calls
WHERE $__timeFilter(Timestamp) AND ModelCall
GROUP BY ServiceName
HAVING count() >= 20
