SELECT
    $__timeInterval(Timestamp) AS time,
    quantile(0.5)(Duration) AS "median",
    quantile(0.95)(Duration) AS "p95",
    quantile(0.99)(Duration) AS "p99"
FROM @calls()
WHERE ModelCall
GROUP BY time
ORDER BY time
