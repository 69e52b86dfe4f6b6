SELECT TraceUserId AS User
FROM otel_trace_calls
WHERE $__timeFilter(Timestamp) AND User != ''
GROUP BY User
ORDER BY count() DESC, User
LIMIT 500
