SELECT
    $__timeInterval(Timestamp) AS time,
    uniqExactIf(TraceSessionId, TraceSessionId != '') AS "sessions",
    uniqExactIf(TraceUserId, TraceUserId != '') AS "users"
FROM @calls()
GROUP BY time
ORDER BY time
