SELECT GenAIAgentName AS Agent
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND Agent != ''
GROUP BY Agent
ORDER BY count() DESC, Agent
LIMIT 500
