SELECT
    Timestamp AS "Time",
    toString(Provider) AS "Provider",
    if(RequestModel = '', toString(ResponseModel), toString(RequestModel)) AS "Model",
    SpanName AS "Span",
    StatusCode AS "Status",
    toString(ErrorType) AS "Error",
    Duration AS "Duration",
    TimeToFirstTokenNs AS "First token",
    InputTokens AS "Input tokens",
    CacheReadTokens AS "Read from cache",
    OutputTokens AS "Output tokens",
    ReasoningTokens AS "Reasoning",
    CostUsd AS "Cost",
    toString(Dialect) AS "Dialect"
FROM otel_trace_calls
WHERE @in_trace()
ORDER BY Timestamp
LIMIT 500
