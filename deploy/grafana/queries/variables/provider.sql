SELECT GenAIProvider AS Provider
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND Provider != ''
GROUP BY Provider
ORDER BY count() DESC, Provider
LIMIT 500
