SELECT
    TraceUserId AS "User",
    uniqExact(TraceId) AS "Traces",
    countIf(ModelCall) AS "Calls",
    sum(InputTokens) AS "Input tokens",
    sum(OutputTokens) AS "Output tokens",
    sum(CacheReadTokens) / nullIf(sum(InputTokens), 0) AS "Input from cache",
    sum(CostUsd) AS "Cost",
    countIf(UsageCounted AND CostUsd IS NULL) AS "Calls without a price"
FROM @calls()
WHERE TraceUserId != ''
GROUP BY TraceUserId
ORDER BY "Cost" DESC NULLS LAST, "Input tokens" DESC
LIMIT 200
