SELECT
    ScopeName AS "Scope",
    toString(ServiceName) AS "Service",
    toString(GenAIDialect) AS "Dialect",
    count() AS "Spans",
    countIf(GenAISpanType = 'UNKNOWN') AS "Of unknown type",
    countIf(GenAISpanType IN ('LLM', 'CHAT_MODEL') AND GenAIRequestModel = '' AND GenAIResponseModel = '') AS "Calls without a model",
    argMax(TraceId, Timestamp) AS trace_id
FROM otel_traces
WHERE $__timeFilter(Timestamp)
    AND @chosen(service, ServiceName)
    AND (GenAIDialect = 'genai' OR GenAISpanType = 'UNKNOWN' OR (GenAISpanType IN ('LLM', 'CHAT_MODEL') AND GenAIRequestModel = '' AND GenAIResponseModel = ''))
GROUP BY ScopeName, ServiceName, GenAIDialect
ORDER BY "Spans" DESC
LIMIT 100
