-- The assessments of some traces in order of time. Columns: AssessmentRow without its last.
SELECT
    TraceId,
    AssessmentId,
    toValidUTF8(Name),
    Kind,
    toUnixTimestamp64Nano(Timestamp) AS created,
    toUnixTimestamp64Nano(UpdatedAt),
    SpanId,
    toValidUTF8(Value),
    toValidUTF8(ErrorCode),
    ErrorMessage,
    ErrorStackTrace,
    SourceType,
    toValidUTF8(SourceId),
    toValidUTF8(Rationale),
    mapApply((k, v) -> (toValidUTF8(k), toValidUTF8(v)), Metadata),
    Overrides,
    Valid,
    Origin
FROM {database:Identifier}.otel_trace_assessments
WHERE TraceId IN {trace_ids:Array(String)}
ORDER BY
    TraceId,
    created,
    AssessmentId
