SELECT
    TraceUserId AS "User",
    uniqExactIf(TraceSessionId, TraceSessionId != '') AS "Sessions",
    min(Timestamp) AS "First",
    max(Timestamp) AS "Last",
    uniqExact(TraceId) AS "Traces",
    countIf(ModelCall) AS "Calls",
    countIf(ModelCall AND StatusCode = 'Error') AS "Failed calls",
    sum(TotalTokens) AS "Tokens",
    sum(CostUsd) AS "Cost",
    argMax(TraceId, Timestamp) AS trace_id
FROM @calls()
WHERE TraceUserId != ''
GROUP BY TraceUserId
ORDER BY "Last" DESC
LIMIT 500
