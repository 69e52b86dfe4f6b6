SELECT
    $__timeInterval(Timestamp) AS time,
    if(Tool IN (SELECT Tool FROM @tools() GROUP BY Tool ORDER BY count() DESC, Tool LIMIT 10), Tool, 'others') AS label,
    count() AS failed
FROM @tools()
WHERE StatusCode = 'Error'
GROUP BY time, label
ORDER BY time, label
