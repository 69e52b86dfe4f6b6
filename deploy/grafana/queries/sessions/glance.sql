SELECT
    uniqExactIf(TraceSessionId, TraceSessionId != '') AS "Sessions",
    uniqExactIf(TraceUserId, TraceUserId != '') AS "Users",
    uniqExactIf(TraceId, TraceSessionId != '') / nullIf("Sessions", 0) AS "Traces per session",
    sumIf(TotalTokens, TraceSessionId != '') / nullIf("Sessions", 0) AS "Tokens per session",
    sumIf(CostUsd, TraceSessionId != '') / nullIf(uniqExactIf(TraceSessionId, TraceSessionId != '' AND CostUsd IS NOT NULL), 0) AS "Cost per session",
    sumIf(CostUsd, TraceUserId != '') / nullIf(uniqExactIf(TraceUserId, TraceUserId != '' AND CostUsd IS NOT NULL), 0) AS "Cost per user"
FROM @calls()
HAVING "Sessions" > 0 OR "Users" > 0
