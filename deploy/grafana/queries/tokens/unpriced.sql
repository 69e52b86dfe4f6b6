SELECT
    if(RequestModel = '', '(not said)', toString(RequestModel)) AS "Requested model",
    toString(ResponseModel) AS "Answered by",
    toString(Provider) AS "Provider",
    count() AS "Calls",
    sum(InputTokens) AS "Input tokens",
    sum(OutputTokens) AS "Output tokens",
    max(Timestamp) AS "Last seen",
    argMax(TraceId, Timestamp) AS trace_id
FROM @calls()
WHERE UsageCounted AND CostUsd IS NULL
GROUP BY RequestModel, ResponseModel, Provider
ORDER BY "Calls" DESC
LIMIT 100
