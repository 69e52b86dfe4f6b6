SELECT
    if(Model = '', 'unknown', toString(Model)) AS "Model",
    toString(Provider) AS "Provider",
    countIf(ModelCall) AS "Calls",
    countIf(ModelCall AND StatusCode = 'Error') / nullIf(countIf(ModelCall), 0) AS "Failed",
    quantileIfOrNull(0.95)(Duration, ModelCall) AS "Duration, p95",
    sum(InputTokens) AS "Input tokens",
    sum(CostUsd) AS "Cost"
FROM @calls()
WHERE SpanType = 'EMBEDDING'
GROUP BY Model, Provider
ORDER BY "Calls" DESC
LIMIT 200
