SELECT
    countIf(ModelCall) AS "Embedding calls",
    countIf(ModelCall AND StatusCode = 'Error') / nullIf(countIf(ModelCall), 0) AS "Failed",
    quantileIfOrNull(0.95)(Duration, ModelCall) AS "Duration, p95",
    sum(InputTokens) AS "Input tokens",
    sum(CostUsd) AS "Cost"
FROM @calls()
WHERE SpanType = 'EMBEDDING'
