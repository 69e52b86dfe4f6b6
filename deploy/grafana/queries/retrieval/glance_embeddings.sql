SELECT
    count() AS "Embedding calls",
    countIf(StatusCode = 'Error') / nullIf(count(), 0) AS "Failed",
    quantileOrNull(0.95)(Duration) AS "Duration, p95",
    sum(InputTokens) AS "Input tokens",
    sum(CostUsd) AS "Cost"
FROM @calls()
WHERE SpanType = 'EMBEDDING'
