SELECT
    $__timeInterval(Began) AS time,
    countIf(Calls >= greatest(2, toUInt64OrZero(@text(repeats)))) AS "traces with repeated calls"
FROM
(
    SELECT TraceId, Tool, min(Timestamp) AS Began, count() AS Calls
    FROM @tools()
    GROUP BY TraceId, Tool
)
GROUP BY time
ORDER BY time
