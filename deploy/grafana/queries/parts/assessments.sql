(
    SELECT *, multiIf(ValueNumber IS NOT NULL, ValueNumber, ValueBool IS NOT NULL, toFloat64(ValueBool), NULL) AS Score
    FROM otel_trace_assessments
    WHERE $__timeFilter(Timestamp)
        AND Valid
        AND @chosen(assessment, Name)
        AND @chosen(source, SourceType)
) AS assessments
