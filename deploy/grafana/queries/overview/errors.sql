SELECT
    $__timeInterval(Timestamp) AS time,
    if(ErrorType = '', 'unnamed', toString(ErrorType)) AS label,
    count() AS failed
FROM @calls()
WHERE ModelCall AND StatusCode = 'Error'
GROUP BY time, label
ORDER BY time, label
