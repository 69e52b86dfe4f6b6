SELECT if(GenAIUserId = '', TraceAttributes['user.id'], GenAIUserId) AS User
FROM otel_traces
WHERE $__timeFilter(Timestamp) AND User != ''
GROUP BY User
ORDER BY count() DESC, User
LIMIT 500
