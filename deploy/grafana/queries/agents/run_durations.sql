SELECT
    $__timeInterval(Timestamp) AS time,
    if(Agent IN (SELECT Agent FROM @agents() GROUP BY Agent ORDER BY count() DESC, Agent LIMIT 10), Agent, 'others') AS label,
    quantile(0.95)(Duration) AS p95
FROM @agents()
GROUP BY time, label
ORDER BY time, label
