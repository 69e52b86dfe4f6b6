SELECT
    Timestamp AS "Time",
    toString(Name) AS "Name",
    TraceId AS trace_id,
    ErrorCode AS "Error",
    ErrorMessage AS "Message",
    SourceId AS "Judge"
FROM @assessments()
WHERE ErrorCode != ''
ORDER BY Timestamp DESC
LIMIT 100
