SELECT
    $__timeInterval(Timestamp) AS time,
    if(Tool IN (SELECT Tool FROM @tools() GROUP BY Tool ORDER BY count() DESC, Tool LIMIT 10), Tool, 'others') AS label,
    quantile(0.95)(Duration) AS p95
FROM @tools()
GROUP BY time, label
ORDER BY time, label
