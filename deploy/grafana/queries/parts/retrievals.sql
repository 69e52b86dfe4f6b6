(
    SELECT Timestamp, TraceId, SpanId, SpanName, ServiceName, StatusCode, Duration, GenAISpanType AS Type, GenAIErrorType AS ErrorType
    FROM otel_traces
    WHERE $__timeFilter(Timestamp)
        AND GenAISpanType IN ('RETRIEVER', 'RERANKER')
        AND @chosen(service, ServiceName)
) AS retrievals
