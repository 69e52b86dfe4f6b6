SELECT
    Timestamp AS "Time",
    TraceId AS trace_id,
    Tool AS "Tool",
    toString(ErrorType) AS "Error",
    StatusMessage AS "Message",
    Duration AS "Duration",
    ServiceName AS "Service"
FROM @tools()
WHERE StatusCode = 'Error'
ORDER BY Timestamp DESC
LIMIT 100
