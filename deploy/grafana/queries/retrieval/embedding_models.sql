SELECT
    if(Model = '', 'unknown', toString(Model)) AS "Model",
    toString(Provider) AS "Provider",
    count() AS "Calls",
    countIf(StatusCode = 'Error') / count() AS "Failed",
    quantile(0.95)(Duration) AS "Duration, p95",
    sum(InputTokens) AS "Input tokens",
    sum(CostUsd) AS "Cost"
FROM @calls()
WHERE SpanType = 'EMBEDDING'
GROUP BY Model, Provider
ORDER BY "Calls" DESC
LIMIT 200
