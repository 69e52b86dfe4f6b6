(
    SELECT
        Timestamp,
        TraceId,
        ServiceName,
        StatusCode,
        StatusMessage,
        Duration,
        GenAIErrorType AS ErrorType,
        GenAIAgentName AS Agent,
        if(GenAIToolName = '', SpanName, toString(GenAIToolName)) AS Tool
    FROM otel_traces
    WHERE $__timeFilter(Timestamp)
        AND GenAISpanType = 'TOOL'
        AND @chosen(service, ServiceName)
        AND @chosen(agent, GenAIAgentName)
        AND @chosen(tool, GenAIToolName)
) AS tools
