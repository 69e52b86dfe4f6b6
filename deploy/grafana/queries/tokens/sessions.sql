SELECT
    TraceSessionId AS "Session",
    argMaxIf(TraceUserId, Timestamp, TraceUserId != '') AS "User",
    uniqExact(TraceId) AS "Traces",
    @spending()
FROM @calls()
WHERE TraceSessionId != ''
GROUP BY TraceSessionId
ORDER BY "Cost" DESC NULLS LAST, "Input tokens" DESC
LIMIT 200
