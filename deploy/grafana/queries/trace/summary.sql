SELECT
    argMin(SpanName, (ParentSpanId != '', Timestamp)) AS "Name",
    min(Timestamp) AS "Began",
    max(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) - min(toUnixTimestamp64Nano(Timestamp)) AS "Duration",
    count() AS "Spans",
    countIf(StatusCode = 'Error') AS "Failed spans",
    arrayStringConcat(arraySort(groupUniqArray(toString(ServiceName))), ', ') AS "Services",
    argMinIf(if(GenAIConversationId = '', TraceAttributes['session.id'], GenAIConversationId) AS said, Timestamp, said != '') AS "Session",
    argMinIf(if(GenAIUserId = '', TraceAttributes['user.id'], GenAIUserId) AS by, Timestamp, by != '') AS "User"
FROM otel_traces
WHERE @in_trace()
HAVING count() > 0
