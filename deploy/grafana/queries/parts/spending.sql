-- Columns of a table of tokens and cost.
countIf(ModelCall) AS "Calls",
sum(InputTokens) AS "Input tokens",
sum(OutputTokens) AS "Output tokens",
sum(CacheReadTokens) / nullIf(sum(InputTokens), 0) AS "Input from cache",
sum(CostUsd) AS "Cost",
countIf(UsageCounted AND CostUsd IS NULL) AS "Calls without a price"
