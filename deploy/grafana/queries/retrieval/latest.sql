SELECT
    Timestamp AS "Time",
    TraceId AS trace_id,
    SpanName AS "Span",
    Duration AS "Duration",
    substring(GenAIInput, 1, 2000) AS "Query",
    if(startsWith(GenAIOutput, '['), toNullable(length(JSONExtractArrayRaw(GenAIOutput))), NULL) AS "Documents",
    substring(GenAIOutput, 1, 4000) AS "Found"
FROM otel_traces
WHERE (TraceId, SpanId) IN (SELECT TraceId, SpanId FROM @retrievals() WHERE Type = 'RETRIEVER' ORDER BY Timestamp DESC LIMIT 50)
    AND Timestamp >= (SELECT min(Timestamp) FROM (SELECT Timestamp FROM @retrievals() WHERE Type = 'RETRIEVER' ORDER BY Timestamp DESC LIMIT 50))
    AND $__timeFilter(Timestamp)
ORDER BY Timestamp DESC
LIMIT 50
