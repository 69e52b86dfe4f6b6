SELECT
    $__timeInterval(Timestamp) AS time,
    if(Model = '', 'unknown', toString(Model)) AS label,
    count() AS calls
FROM @calls()
WHERE SpanType = 'EMBEDDING' AND ModelCall
GROUP BY time, label
ORDER BY time, label
