SELECT toString(ServiceName) AS service, countIf(StatusCode = 'Error') / count() AS failed
FROM otel_traces_usage(since = $__fromTime, until = $__toTime)
WHERE ModelCall
GROUP BY ServiceName
HAVING count() >= 20
