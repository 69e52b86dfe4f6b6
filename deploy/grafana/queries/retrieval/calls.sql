SELECT
    $__timeInterval(Timestamp) AS time,
    if(SpanName IN (SELECT SpanName FROM @retrievals() GROUP BY SpanName ORDER BY count() DESC, SpanName LIMIT 10), SpanName, 'others') AS label,
    count() AS retrievals
FROM @retrievals()
GROUP BY time, label
ORDER BY time, label
