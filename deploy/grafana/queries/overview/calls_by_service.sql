SELECT
    $__timeInterval(Timestamp) AS time,
    if(ServiceName IN (SELECT ServiceName FROM @calls() WHERE ModelCall GROUP BY ServiceName ORDER BY count() DESC, ServiceName LIMIT 10), if(ServiceName = '', 'unknown', toString(ServiceName)), 'others') AS label,
    count() AS calls
FROM @calls()
WHERE ModelCall
GROUP BY time, label
ORDER BY time, label
