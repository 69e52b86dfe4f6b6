SELECT
    $__timeInterval(Timestamp) AS time,
    sum(InputTokens) - ifNull(sum(CacheReadTokens), 0) - ifNull(sum(CacheWriteTokens), 0) AS "input, not cached",
    ifNull(sum(CacheReadTokens), 0) AS "input, read from cache",
    ifNull(sum(CacheWriteTokens), 0) AS "input, written to cache",
    sum(OutputTokens) - ifNull(sum(ReasoningTokens), 0) AS "output",
    ifNull(sum(ReasoningTokens), 0) AS "output, reasoning"
FROM @calls()
WHERE UsageCounted
GROUP BY time
ORDER BY time
