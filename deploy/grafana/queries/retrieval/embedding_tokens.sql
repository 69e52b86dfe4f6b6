SELECT
    $__timeInterval(Timestamp) AS time,
    if(Model = '', 'unknown', toString(Model)) AS label,
    sum(InputTokens) AS tokens
FROM @calls()
WHERE SpanType = 'EMBEDDING'
GROUP BY time, label
ORDER BY time, label
