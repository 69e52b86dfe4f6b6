SELECT
    $__timeInterval(Timestamp) AS time,
    if(Model IN (SELECT Model FROM @calls() WHERE CacheReadTokens > 0 GROUP BY Model ORDER BY sum(CacheReadTokens) DESC, Model LIMIT 10), if(Model = '', 'unknown', toString(Model)), 'others') AS label,
    ifNull(sum(CacheReadTokens), 0) / nullIf(sum(InputTokens), 0) AS share
FROM @calls()
WHERE UsageCounted AND Model IN (SELECT Model FROM @calls() WHERE CacheReadTokens IS NOT NULL)
GROUP BY time, label
ORDER BY time, label
