SELECT
    TraceSessionId AS "Session",
    any(TraceUserId) AS "User",
    min(Timestamp) AS "First",
    max(Timestamp) AS "Last",
    uniqExact(TraceId) AS "Traces",
    countIf(ModelCall) AS "Calls",
    countIf(ModelCall AND StatusCode = 'Error') AS "Failed calls",
    sum(TotalTokens) AS "Tokens",
    sum(CostUsd) AS "Cost",
    argMax(TraceId, Timestamp) AS trace_id
FROM @calls()
WHERE TraceSessionId != ''
GROUP BY TraceSessionId
ORDER BY "Last" DESC
LIMIT 500
