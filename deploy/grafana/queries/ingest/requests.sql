SELECT
    $__timeInterval(CommittedAt) AS time,
    avg(length(RequestHashes)) AS "mean",
    max(length(RequestHashes)) AS "most"
FROM otlp_batches
WHERE $__timeFilter(CommittedAt)
GROUP BY time
ORDER BY time
