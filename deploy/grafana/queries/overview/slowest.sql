SELECT
    Duration AS "Duration",
    TimeToFirstTokenNs AS "First token",
    TraceId AS trace_id,
    Timestamp AS "Time",
    ServiceName AS "Service",
    if(Model = '', 'unknown', toString(Model)) AS "Model",
    InputTokens AS "Input tokens",
    OutputTokens AS "Output tokens",
    StatusCode AS "Status"
FROM @calls()
WHERE ModelCall
ORDER BY Duration DESC
LIMIT 100
