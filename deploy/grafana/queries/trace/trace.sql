SELECT
    TraceId AS traceID,
    SpanId AS spanID,
    ParentSpanId AS parentSpanID,
    ServiceName AS serviceName,
    SpanName AS operationName,
    multiply(toUnixTimestamp64Nano(Timestamp), 0.000001) AS startTime,
    multiply(Duration, 0.000001) AS duration,
    arrayMap(
        key -> map('key', key, 'value', said[key]),
        mapKeys(mapConcat(
            mapFilter((key, value) -> value != '', map(
                'spanbridge.span_type', toString(GenAISpanType),
                'spanbridge.model', if(GenAIRequestModel = '', toString(GenAIResponseModel), toString(GenAIRequestModel)),
                'spanbridge.agent', toString(GenAIAgentName),
                'spanbridge.tool', toString(GenAIToolName),
                'spanbridge.input_tokens', ifNull(toString(GenAIInputTokens), ''),
                'spanbridge.output_tokens', ifNull(toString(GenAIOutputTokens), ''),
                'spanbridge.dialect', toString(GenAIDialect)
            )),
            CAST(SpanAttributes, 'Map(String, String)')
        ) AS said)
    ) AS tags,
    arrayMap(key -> map('key', key, 'value', ResourceAttributes[key]), mapKeys(ResourceAttributes)) AS serviceTags,
    if(StatusCode IN ('Error', 'STATUS_CODE_ERROR'), 2, 0) AS statusCode,
    arrayMap(
        (name, at, said) -> tuple(name, toString(toUnixTimestamp64Milli(at)), arrayMap(key -> map('key', key, 'value', said[key]), mapKeys(said)))::Tuple(name String, timestamp String, fields Array(Map(String, String))),
        Events.Name, Events.Timestamp, Events.Attributes
    ) AS logs,
    arrayMap(
        (trace, span, said) -> tuple(trace, span, arrayMap(key -> map('key', key, 'value', said[key]), mapKeys(said)))::Tuple(traceID String, spanID String, tags Array(Map(String, String))),
        Links.TraceId, Links.SpanId, Links.Attributes
    ) AS references,
    SpanKind AS kind,
    StatusMessage AS statusMessage,
    TraceState AS traceState,
    ScopeName AS instrumentationLibraryName,
    ScopeVersion AS instrumentationLibraryVersion
FROM otel_traces
WHERE @in_trace()
ORDER BY Timestamp
