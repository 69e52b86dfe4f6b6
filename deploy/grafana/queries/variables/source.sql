SELECT SourceType
FROM otel_trace_assessments
WHERE $__timeFilter(Timestamp) AND SourceType != ''
GROUP BY SourceType
ORDER BY SourceType
