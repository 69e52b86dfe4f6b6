SELECT
    TraceUserId AS "User",
    uniqExactIf(TraceSessionId, TraceSessionId != '') AS "Sessions",
    @activity()
FROM @calls()
WHERE TraceUserId != ''
GROUP BY TraceUserId
ORDER BY "Last" DESC
LIMIT 500
