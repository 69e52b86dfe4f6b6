SELECT
    $__timeInterval(Timestamp) AS time,
    if(SpanName IN (SELECT SpanName FROM @retrievals() GROUP BY SpanName ORDER BY count() DESC, SpanName LIMIT 10), SpanName, 'others') AS label,
    quantile(0.95)(Duration) AS p95
FROM @retrievals()
GROUP BY time, label
ORDER BY time, label
