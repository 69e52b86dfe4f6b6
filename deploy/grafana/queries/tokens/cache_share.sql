SELECT
    $__timeInterval(Timestamp) AS time,
    if(Model IN (SELECT Model FROM @calls() WHERE CacheReadTokens > 0 GROUP BY Model ORDER BY sum(CacheReadTokens) DESC, Model LIMIT 10), toString(Model), 'others') AS label,
    sum(CacheReadTokens) / nullIf(sum(InputTokens), 0) AS share
FROM @calls()
WHERE UsageCounted AND CacheReadTokens IS NOT NULL
GROUP BY time, label
ORDER BY time, label
