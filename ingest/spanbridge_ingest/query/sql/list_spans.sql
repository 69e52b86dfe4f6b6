-- What a list of traces says, from the spans of a few traces; no column with large text is read.
-- Columns: genai.SummaryRow.
WITH
    (
        SELECT (toDateTime64(min(Start), 9), toDateTime64(max(End), 9))
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE TraceId IN {trace_ids:Array(String)}
    ) AS seconds
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
    GenAICallPart,
    toValidUTF8(ScopeName),
    OtlpExtras['start'],
    OtlpExtras['end'],
    mapApply((k, v) -> (toValidUTF8(k), toValidUTF8(v)), TraceAttributes),
    RequestAttributes['mlflow.experimentId'],
    has(Events.Name, 'gen_ai.evaluation.result')
FROM {database:Identifier}.otel_traces
WHERE TraceId IN {trace_ids:Array(String)}
    AND Timestamp >= seconds.1
    -- The index table has no seconds after 2106-02-07: what stands there may be later.
    AND (Timestamp < seconds.2 + 1 OR seconds.2 >= toDateTime64('2106-02-07 00:00:00', 9, 'UTC'))
ORDER BY
    TraceId,
    SpanId,
    GenAIInputTokens IS NULL AND GenAIOutputTokens IS NULL,
    Duration DESC,
    Timestamp,
    GenAIInputTokens DESC,
    GenAIOutputTokens DESC,
    -- What a span may count for, with the weights of spanbridge_semconv.totals.
    2 * (GenAISpanType IN ('LLM', 'CHAT_MODEL', 'EMBEDDING', 'RERANKER'))
    + 4 * (GenAISpanType = 'TOOL')
    + 8 * (GenAICallPart = 'request')
    + 16 * (GenAICallPart = 'response') DESC,
    ParentSpanId DESC,
    GenAISpanType DESC
LIMIT 1 BY TraceId, SpanId
