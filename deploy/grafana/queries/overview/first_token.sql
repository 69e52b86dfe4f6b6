SELECT
    $__timeInterval(Timestamp) AS time,
    quantile(0.5)(TimeToFirstTokenNs) AS "median",
    quantile(0.95)(TimeToFirstTokenNs) AS "p95",
    quantile(0.99)(TimeToFirstTokenNs) AS "p99"
FROM @calls()
WHERE ModelCall AND TimeToFirstTokenNs IS NOT NULL
GROUP BY time
ORDER BY time
