SELECT
    tagged.Value AS "Value of the tag",
    uniqExact(calls.TraceId) AS "Traces",
    countIf(ModelCall) AS "Calls",
    sum(InputTokens) AS "Input tokens",
    sum(OutputTokens) AS "Output tokens",
    sum(CacheReadTokens) / nullIf(sum(InputTokens), 0) AS "Input from cache",
    sum(CostUsd) AS "Cost",
    countIf(UsageCounted AND CostUsd IS NULL) AS "Calls without a price"
FROM @calls()
INNER JOIN @tags() ON tagged.TraceId = calls.TraceId
GROUP BY tagged.Value
ORDER BY "Cost" DESC NULLS LAST, "Input tokens" DESC
LIMIT 200
