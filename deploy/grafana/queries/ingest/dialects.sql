SELECT $__timeInterval(Timestamp) AS time, if(GenAIDialect = '', 'no GenAI', toString(GenAIDialect)) AS label, count() AS spans
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND @chosen(service, ServiceName)
GROUP BY time, label
ORDER BY time, label
