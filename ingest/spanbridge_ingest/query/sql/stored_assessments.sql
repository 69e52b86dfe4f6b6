-- The assessments of some traces that came over the API, in order of time. Columns: AssessmentRow
-- without its last.
SELECT
    TraceId,
    AssessmentId,
    Name,
    Kind,
    toUnixTimestamp64Nano(CreatedAt) AS created,
    toUnixTimestamp64Nano(UpdatedAt),
    SpanId,
    Value,
    ErrorCode,
    ErrorMessage,
    ErrorStackTrace,
    SourceType,
    SourceId,
    Rationale,
    Metadata,
    Overrides,
    Valid,
    Origin
FROM {database:Identifier}.trace_assessments
FINAL
WHERE TraceId IN {trace_ids:Array(String)}
    AND NOT Deleted
ORDER BY
    TraceId,
    created,
    AssessmentId
