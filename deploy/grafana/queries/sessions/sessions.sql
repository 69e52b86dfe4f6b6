SELECT
    TraceSessionId AS "Session",
    argMaxIf(TraceUserId, Timestamp, TraceUserId != '') AS "User",
    @activity()
FROM @calls()
WHERE TraceSessionId != ''
GROUP BY TraceSessionId
ORDER BY "Last" DESC
LIMIT 500
