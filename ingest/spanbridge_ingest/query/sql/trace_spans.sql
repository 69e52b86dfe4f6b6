-- Every span of some traces, once each; of one trace those with a greater id than {after}, if it is
-- not ''. Columns: rows.SpanRow, then genai.GenAIRow, then the experiment named beside the request.
-- Of copies of a span the one with usage counts, then the longest. The index table bounds the time,
-- so that granules of other times are not read. Times are compared as DateTime64: against a
-- DateTime, `<` loses the last second where the column has a minmax index.
WITH
    (
        SELECT (toDateTime64(min(Start), 9), toDateTime64(max(End), 9))
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE TraceId IN {trace_ids:Array(String)}
    ) AS seconds
SELECT
    toUnixTimestamp64Nano(Timestamp),
    TraceId,
    SpanId,
    ParentSpanId,
    toValidUTF8(TraceState),
    toValidUTF8(SpanName),
    SpanKind,
    toValidUTF8(ServiceName),
    Duration,
    StatusCode,
    toValidUTF8(StatusMessage),
    Flags,
    DroppedAttributesCount,
    DroppedEventsCount,
    DroppedLinksCount,
    arrayMap(k -> toValidUTF8(k), mapKeys(SpanAttributes)),
    arrayMap(v -> toValidUTF8(v), mapValues(SpanAttributes)),
    CAST(SpanAttributesTypes, 'Array(Int8)'),
    arrayMap(k -> toValidUTF8(k), mapKeys(ResourceAttributes)),
    arrayMap(v -> toValidUTF8(v), mapValues(ResourceAttributes)),
    CAST(ResourceAttributesTypes, 'Array(Int8)'),
    ResourceDroppedAttributesCount,
    toValidUTF8(ResourceSchemaUrl),
    toValidUTF8(ScopeName),
    toValidUTF8(ScopeVersion),
    arrayMap(k -> toValidUTF8(k), mapKeys(ScopeAttributes)),
    arrayMap(v -> toValidUTF8(v), mapValues(ScopeAttributes)),
    CAST(ScopeAttributesTypes, 'Array(Int8)'),
    ScopeDroppedAttributesCount,
    toValidUTF8(ScopeSchemaUrl),
    arrayMap(t -> toUnixTimestamp64Nano(t), Events.Timestamp),
    arrayMap(n -> toValidUTF8(n), Events.Name),
    arrayMap(m -> arrayMap(k -> toValidUTF8(k), mapKeys(m)), Events.Attributes),
    arrayMap(m -> arrayMap(v -> toValidUTF8(v), mapValues(m)), Events.Attributes),
    CAST(EventsAttributesTypes, 'Array(Array(Int8))'),
    EventsDroppedAttributesCount,
    Links.TraceId,
    Links.SpanId,
    arrayMap(s -> toValidUTF8(s), Links.TraceState),
    arrayMap(m -> arrayMap(k -> toValidUTF8(k), mapKeys(m)), Links.Attributes),
    arrayMap(m -> arrayMap(v -> toValidUTF8(v), mapValues(m)), Links.Attributes),
    CAST(LinksAttributesTypes, 'Array(Array(Int8))'),
    LinksDroppedAttributesCount,
    LinksFlags,
    mapKeys(OtlpExtras),
    arrayMap(v -> toValidUTF8(v), mapValues(OtlpExtras)),
    GenAIDialect,
    GenAISpanType,
    GenAIOperation,
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
    arrayMap(r -> toValidUTF8(r), GenAIFinishReasons),
    toValidUTF8(GenAIAgentName),
    toValidUTF8(GenAIToolName),
    toValidUTF8(GenAIToolCallId),
    toValidUTF8(GenAIConversationId),
    toValidUTF8(GenAIUserId),
    GenAITimeToFirstTokenNs,
    toValidUTF8(GenAIErrorType),
    GenAICallPart,
    toValidUTF8(GenAIInput),
    toValidUTF8(GenAIOutput),
    RequestAttributes['mlflow.experimentId']
FROM {database:Identifier}.otel_traces
WHERE TraceId IN {trace_ids:Array(String)}
    AND Timestamp >= seconds.1
    -- The index table has no seconds after 2106-02-07: what stands there may be later.
    AND (Timestamp < seconds.2 + 1 OR seconds.2 >= toDateTime64('2106-02-07 00:00:00', 9, 'UTC'))
    AND ({after:String} = '' OR SpanId > {after:String})
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
LIMIT {limit:UInt32}
