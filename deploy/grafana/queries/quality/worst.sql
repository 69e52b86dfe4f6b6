SELECT
    Score AS "Score",
    toString(Name) AS "Name",
    TraceId AS trace_id,
    Timestamp AS "Time",
    ValueText AS "Value",
    Rationale AS "Rationale",
    concat(toString(SourceType), if(SourceId = '', '', concat(' ', SourceId))) AS "Source"
FROM @assessments()
WHERE Kind = 'feedback' AND Score IS NOT NULL
ORDER BY Score, Timestamp DESC
LIMIT 100
