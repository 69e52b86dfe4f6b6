(
    SELECT
        Timestamp,
        TraceId,
        ServiceName,
        StatusCode,
        Duration,
        GenAIErrorType AS ErrorType,
        if(GenAIAgentName = '', SpanName, toString(GenAIAgentName)) AS Agent
    FROM otel_traces
    WHERE $__timeFilter(Timestamp)
        AND GenAISpanType = 'AGENT'
        AND @chosen(service, ServiceName)
        AND @chosen(agent, GenAIAgentName)
) AS agents
