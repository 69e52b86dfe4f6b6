SELECT
    $__timeInterval(Timestamp) AS time,
    toString(ServiceName) AS label,
    countIf(StatusCode = 'Error') / count() AS failed
FROM @calls()
WHERE ModelCall
GROUP BY time, label
ORDER BY time, label
