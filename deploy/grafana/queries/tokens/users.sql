SELECT
    TraceUserId AS "User",
    uniqExact(TraceId) AS "Traces",
    @spending()
FROM @calls()
WHERE TraceUserId != ''
GROUP BY TraceUserId
ORDER BY "Cost" DESC NULLS LAST, "Input tokens" DESC
LIMIT 200
