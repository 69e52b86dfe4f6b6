SELECT
    countIf(ModelCall) AS "Model calls",
    countIf(ModelCall AND StatusCode = 'Error') / nullIf(countIf(ModelCall), 0) AS "Failed",
    quantileIfOrNull(0.5)(Duration, ModelCall) AS "Latency, median",
    quantileIfOrNull(0.95)(Duration, ModelCall) AS "Latency, p95",
    quantileIfOrNull(0.95)(TimeToFirstTokenNs, ModelCall) AS "First token, p95",
    sum(TotalTokens) AS "Tokens",
    sum(CostUsd) AS "Cost"
FROM @calls()
