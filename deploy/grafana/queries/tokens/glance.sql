SELECT
    sum(CostUsd) AS "Cost",
    sum(CostUsd) / nullIf(uniqExactIf(TraceId, CostUsd IS NOT NULL), 0) AS "Cost per trace",
    sum(InputTokens) AS "Input tokens",
    sum(OutputTokens) AS "Output tokens",
    sum(CacheReadTokens) / nullIf(sum(InputTokens), 0) AS "Input from cache",
    sum(ReasoningTokens) / nullIf(sum(OutputTokens), 0) AS "Output for reasoning",
    countIf(CostUsd IS NULL) AS "Calls without a price"
FROM @calls()
WHERE UsageCounted
