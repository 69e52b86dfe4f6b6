-- Columns of a table of model calls: how many, how well, how fast, for how much. Usage may stand on
-- a span that is no call, such as that of an agent whose calls report none.
countIf(ModelCall) AS "Calls",
countIf(ModelCall AND StatusCode = 'Error') AS "Failed calls",
countIf(ModelCall AND StatusCode = 'Error') / nullIf(countIf(ModelCall), 0) AS "Failed",
quantileIfOrNull(0.5)(Duration, ModelCall) AS "Latency, median",
quantileIfOrNull(0.95)(Duration, ModelCall) AS "Latency, p95",
quantileIfOrNull(0.95)(TimeToFirstTokenNs, ModelCall) AS "First token, p95",
sumIf(OutputTokens, ModelCall) / nullIf(sumIf(Duration, ModelCall AND OutputTokens IS NOT NULL) / 1e9, 0) AS "Output tokens per s",
sum(TotalTokens) AS "Tokens",
sum(CostUsd) AS "Cost"
