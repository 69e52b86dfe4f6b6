SELECT
    count() AS "Model calls",
    countIf(StatusCode = 'Error') / nullIf(count(), 0) AS "Failed",
    quantileOrNull(0.5)(Duration) AS "Latency, median",
    quantileOrNull(0.95)(Duration) AS "Latency, p95",
    quantileOrNull(0.95)(TimeToFirstTokenNs) AS "First token, p95",
    sum(TotalTokens) AS "Tokens",
    sum(CostUsd) AS "Cost"
FROM @calls()
WHERE ModelCall
