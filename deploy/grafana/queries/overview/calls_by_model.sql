SELECT
    $__timeInterval(Timestamp) AS time,
    if(Model IN (SELECT Model FROM @calls() WHERE ModelCall GROUP BY Model ORDER BY count() DESC, Model LIMIT 10), if(Model = '', 'unknown', toString(Model)), 'others') AS label,
    count() AS calls
FROM @calls()
WHERE ModelCall
GROUP BY time, label
ORDER BY time, label
