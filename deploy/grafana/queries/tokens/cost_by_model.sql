SELECT
    $__timeInterval(Timestamp) AS time,
    if(Model IN (SELECT Model FROM @calls() WHERE UsageCounted GROUP BY Model ORDER BY sum(CostUsd) DESC NULLS LAST, Model LIMIT 10), if(Model = '', 'unknown', toString(Model)), 'others') AS label,
    sum(CostUsd) AS cost
FROM @calls()
WHERE UsageCounted AND CostUsd IS NOT NULL
GROUP BY time, label
ORDER BY time, label
