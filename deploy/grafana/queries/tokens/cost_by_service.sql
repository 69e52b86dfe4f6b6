SELECT
    $__timeInterval(Timestamp) AS time,
    if(ServiceName IN (SELECT ServiceName FROM @calls() WHERE UsageCounted GROUP BY ServiceName ORDER BY sum(CostUsd) DESC NULLS LAST, ServiceName LIMIT 10), if(ServiceName = '', 'unknown', toString(ServiceName)), 'others') AS label,
    sum(CostUsd) AS cost
FROM @calls()
WHERE UsageCounted AND CostUsd IS NOT NULL
GROUP BY time, label
ORDER BY time, label
