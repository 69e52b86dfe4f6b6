SELECT
    $__timeInterval(Timestamp) AS time,
    if(Agent IN (SELECT Agent FROM @agents() GROUP BY Agent ORDER BY count() DESC, Agent LIMIT 10), Agent, 'others') AS label,
    count() AS runs
FROM @agents()
GROUP BY time, label
ORDER BY time, label
