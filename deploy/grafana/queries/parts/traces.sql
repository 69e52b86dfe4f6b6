(
    SELECT
        TraceId,
        argMinIf(Said, Timestamp, Said != '') AS Session,
        argMinIf(By, Timestamp, By != '') AS User,
        min(Timestamp) AS Began
    FROM
    (
        SELECT
            TraceId,
            Timestamp,
            if(GenAIConversationId = '', TraceAttributes['session.id'], GenAIConversationId) AS Said,
            if(GenAIUserId = '', TraceAttributes['user.id'], GenAIUserId) AS By
        FROM otel_traces
        WHERE $__timeFilter(Timestamp) AND @chosen(service, ServiceName)
    )
    WHERE Said != '' OR By != ''
    GROUP BY TraceId
) AS traces
