SELECT GenAIToolName AS Tool
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND Tool != ''
GROUP BY Tool
ORDER BY count() DESC, Tool
LIMIT 500
