WITH latest AS (SELECT TraceId, SpanId, Timestamp FROM @retrievals() WHERE Type = 'RETRIEVER' ORDER BY Timestamp DESC LIMIT 50)
SELECT
    Timestamp AS "Time",
    TraceId AS trace_id,
    SpanName AS "Span",
    Duration AS "Duration",
    substring(Input, 1, 2000) AS "Query",
    if(startsWith(Output, '['), toNullable(length(JSONExtractArrayRaw(Output))), NULL) AS "Documents",
    substring(Output, 1, 4000) AS "Found"
FROM
(
    SELECT Timestamp, TraceId, SpanName, Duration, GenAIInput AS Input, GenAIOutput AS Output
    FROM otel_traces
    WHERE (TraceId, SpanId) IN (SELECT TraceId, SpanId FROM latest)
        AND Timestamp >= (SELECT min(Timestamp) FROM latest)
        AND $__timeFilter(Timestamp)
        AND @whole_attributes()
)
ORDER BY Timestamp DESC
LIMIT 50
