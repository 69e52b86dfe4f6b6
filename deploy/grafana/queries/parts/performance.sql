-- Columns of a table of model calls: how many, how well, how fast, for how much.
count() AS "Calls",
countIf(StatusCode = 'Error') AS "Failed calls",
countIf(StatusCode = 'Error') / count() AS "Failed",
quantile(0.5)(Duration) AS "Latency, median",
quantile(0.95)(Duration) AS "Latency, p95",
quantileOrNull(0.95)(TimeToFirstTokenNs) AS "First token, p95",
sum(OutputTokens) / nullIf(sumIf(Duration, OutputTokens IS NOT NULL) / 1e9, 0) AS "Output tokens per s",
sum(TotalTokens) AS "Tokens",
sum(CostUsd) AS "Cost"
