SELECT
    $__timeInterval(CommittedAt) AS time,
    toString(Signal) AS label,
    count() AS batches
FROM otlp_batches
WHERE $__timeFilter(CommittedAt)
GROUP BY time, label
ORDER BY time, label
