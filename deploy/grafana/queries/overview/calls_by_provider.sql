SELECT
    $__timeInterval(Timestamp) AS time,
    if(Provider IN (SELECT Provider FROM @calls() WHERE ModelCall GROUP BY Provider ORDER BY count() DESC, Provider LIMIT 10), if(Provider = '', 'unknown', toString(Provider)), 'others') AS label,
    count() AS calls
FROM @calls()
WHERE ModelCall
GROUP BY time, label
ORDER BY time, label
