-- What a list of traces says, from the spans of a few traces; no column with large text is read.
-- Columns: genai.SummaryRow.
WITH
    (
        SELECT toDateTime64(min(Start), 9)
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE TraceId IN {trace_ids:Array(String)}
    ) AS first_second
SELECT
    TraceId,
    SpanId,
    ParentSpanId,
    toUnixTimestamp64Nano(Timestamp),
    Duration,
    toValidUTF8(SpanName),
    toValidUTF8(ServiceName),
    StatusCode,
    GenAISpanType,
    toValidUTF8(GenAIProvider),
    toValidUTF8(GenAIRequestModel),
    toValidUTF8(GenAIResponseModel),
    toValidUTF8(GenAIResponseId),
    GenAIInputTokens,
    GenAIOutputTokens,
    GenAITotalTokens,
    GenAICacheReadTokens,
    GenAICacheWriteTokens,
    GenAIReasoningTokens,
    toValidUTF8(GenAIConversationId),
    toValidUTF8(GenAIUserId),
    OtlpExtras['start'],
    OtlpExtras['end']
FROM {database:Identifier}.otel_traces
WHERE TraceId IN {trace_ids:Array(String)}
    AND Timestamp >= first_second
ORDER BY
    Timestamp,
    SpanId,
    GenAIInputTokens IS NULL AND GenAIOutputTokens IS NULL,
    Duration DESC
LIMIT 1 BY TraceId, SpanId
