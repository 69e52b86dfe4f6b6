SELECT
    $__timeInterval(Began) AS time,
    countIf(Calls >= greatest(2, toUInt64OrZero(@text(repeats)))) AS "traces with repeated calls"
FROM
(
    SELECT TraceId, min(Began) AS Began, max(Calls) AS Calls
    FROM
    (
        SELECT TraceId, Tool, min(Timestamp) AS Began, count() AS Calls
        FROM @tools()
        GROUP BY TraceId, Tool
    )
    GROUP BY TraceId
)
GROUP BY time
ORDER BY time
