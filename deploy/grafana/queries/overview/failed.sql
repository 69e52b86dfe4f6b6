SELECT
    Timestamp AS "Time",
    TraceId AS trace_id,
    ServiceName AS "Service",
    if(Model = '', 'unknown', toString(Model)) AS "Model",
    SpanName AS "Span",
    ErrorType AS "Error",
    Duration AS "Duration"
FROM @calls()
WHERE ModelCall AND StatusCode = 'Error'
ORDER BY Timestamp DESC
LIMIT 100
