SELECT
    countIf(ModelCall) AS "Model calls",
    sum(InputTokens) AS "Input tokens",
    sum(OutputTokens) AS "Output tokens",
    sum(CacheReadTokens) AS "Read from cache",
    sum(ReasoningTokens) AS "Reasoning",
    sum(CostUsd) AS "Cost",
    countIf(UsageCounted AND CostUsd IS NULL) AS "Calls without a price"
FROM otel_trace_calls
WHERE @in_trace()
HAVING count() > 0
