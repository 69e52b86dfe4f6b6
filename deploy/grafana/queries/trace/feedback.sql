SELECT
    Timestamp AS "Time",
    toString(Name) AS "Name",
    toString(Kind) AS "Kind",
    if(ErrorCode = '', ValueText, concat('error: ', ErrorCode)) AS "Value",
    Rationale AS "Rationale",
    concat(toString(SourceType), if(SourceId = '', '', concat(' ', SourceId))) AS "Source",
    SpanId AS "Span",
    if(Valid, 'yes', 'overridden') AS "Valid"
FROM otel_trace_assessments
WHERE TraceId = @trace()
ORDER BY Timestamp
LIMIT 200
