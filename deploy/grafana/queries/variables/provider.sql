SELECT Provider
FROM otel_trace_calls
WHERE $__timeFilter(Timestamp) AND Provider != ''
GROUP BY Provider
ORDER BY count() DESC, Provider
LIMIT 500
