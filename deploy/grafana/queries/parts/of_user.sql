('${user:percentencode}' = '%2A' OR TraceId IN
(
    SELECT TraceId
    FROM otel_traces
    WHERE $__timeFilter(Timestamp)
        AND if(GenAIUserId = '', TraceAttributes['user.id'], GenAIUserId) != ''
        AND @chosen(user, if(GenAIUserId = '', TraceAttributes['user.id'], GenAIUserId))
))
