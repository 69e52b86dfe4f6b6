SELECT
    Timestamp AS "Time",
    toString(Type) AS "Type",
    multiIf(Tool != '', toString(Tool), Model != '', toString(Model), Agent != '', toString(Agent), SpanName) AS "Who",
    @readable(Input, input) AS "Input",
    @readable(Output, output) AS "Output",
    Duration AS "Duration",
    InputTokens AS "Input tokens",
    OutputTokens AS "Output tokens",
    SpanId AS "Span"
FROM
(
    SELECT
        Timestamp,
        SpanId,
        SpanName,
        Duration,
        GenAISpanType AS Type,
        GenAIToolName AS Tool,
        if(GenAIRequestModel = '', GenAIResponseModel, GenAIRequestModel) AS Model,
        GenAIAgentName AS Agent,
        GenAIInput AS Input,
        GenAIOutput AS Output,
        GenAIInputTokens AS InputTokens,
        GenAIOutputTokens AS OutputTokens
    FROM otel_traces
    WHERE @in_trace() AND GenAISpanType != '' AND @whole_attributes()
)
WHERE Input != '' OR Output != ''
ORDER BY Timestamp, "Span"
LIMIT 500
