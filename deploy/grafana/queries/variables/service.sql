SELECT ServiceName
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND ServiceName != ''
GROUP BY ServiceName
ORDER BY count() DESC, ServiceName
LIMIT 500
