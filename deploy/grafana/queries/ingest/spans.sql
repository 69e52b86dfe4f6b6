SELECT $__timeInterval(ReceivedAt) AS time, toString(ServiceName) AS label, count() AS spans
FROM otel_traces
WHERE $__timeFilter(ReceivedAt) AND @chosen(service, ServiceName)
GROUP BY time, label
ORDER BY time, label
