SELECT Began AS "Time", TraceId AS trace_id, @readable(Asked, asked) AS "Input", @readable(Answered, answered) AS "Output"
FROM
(
    SELECT
        TraceId,
        min(Timestamp) AS Began,
        argMinIf(GenAIInput, (ParentSpanId != '', Timestamp), GenAIInput != '') AS Asked,
        argMaxIf(GenAIOutput, (ParentSpanId = '', Timestamp), GenAIOutput != '') AS Answered
    FROM otel_traces
    WHERE TraceId IN
        (
            SELECT TraceId
            FROM otel_traces
            WHERE $__timeFilter(Timestamp)
                AND @text(session) != ''
                AND (GenAIConversationId = @text(session) OR TraceAttributes['session.id'] = @text(session))
        )
        AND $__timeFilter(Timestamp)
    GROUP BY TraceId
)
ORDER BY Began
LIMIT 200
