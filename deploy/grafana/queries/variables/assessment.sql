SELECT Name
FROM otel_trace_assessments
WHERE $__timeFilter(Timestamp)
GROUP BY Name
ORDER BY count() DESC, Name
LIMIT 500
