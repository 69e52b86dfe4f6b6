WITH traces AS
(
    SELECT TraceId
    FROM otel_trace_calls
    WHERE $__timeFilter(Timestamp) AND TraceSessionId = @text(session) AND @text(session) != ''
    GROUP BY TraceId
    ORDER BY max(Timestamp) DESC
    LIMIT 50
)
SELECT Began AS "Time", TraceId AS trace_id, @readable(Asked, asked) AS "Input", @readable(Answered, answered) AS "Output"
FROM
(
    SELECT
        TraceId,
        min(Timestamp) AS Began,
        argMinIf(Input, (Inner, Timestamp), Input != '') AS Asked,
        argMaxIf(Output, (NOT Inner, Timestamp), Output != '') AS Answered
    FROM
    (
        SELECT TraceId, Timestamp, ParentSpanId != '' AS Inner, GenAIInput AS Input, GenAIOutput AS Output
        FROM otel_traces
        WHERE TraceId IN traces
            AND Timestamp >= (SELECT min(Start) FROM otel_traces_trace_id_ts WHERE TraceId IN traces)
            AND Timestamp <= (SELECT max(End) + 1 FROM otel_traces_trace_id_ts WHERE TraceId IN traces)
            AND GenAISpanType != ''
            AND @whole_attributes()
    )
    GROUP BY TraceId
)
ORDER BY Began
