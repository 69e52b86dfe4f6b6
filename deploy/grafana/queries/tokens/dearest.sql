SELECT
    sum(CostUsd) AS "Cost",
    TraceId AS trace_id,
    min(Timestamp) AS "Time",
    any(ServiceName) AS "Service",
    countIf(ModelCall) AS "Calls",
    sum(InputTokens) AS "Input tokens",
    sum(OutputTokens) AS "Output tokens"
FROM @calls()
GROUP BY TraceId
HAVING "Cost" IS NOT NULL
ORDER BY "Cost" DESC
LIMIT 100
