-- Traces {first} to {last} of a week, oldest first, with 3 to 7 spans each (5 on average): an agent
-- (every third repeats the sum of its calls), two model calls, a tool, an HTTP request, the native
-- span of an SDK below the first call, an embedding. The root has a tag. The GenAI tuple is given, not
-- computed.
INSERT INTO otel_traces
(
    Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName,
    ResourceAttributes, ScopeName, SpanAttributes, Duration, StatusCode, BatchId, ReceivedAt, GenAI
)
WITH
    toUInt64(number) AS n,
    transform(j, [0, 1, 2, 3, 4, 5, 6],
        ['AGENT', 'CHAT_MODEL', 'TOOL', 'CHAT_MODEL', '', 'CHAT_MODEL', 'EMBEDDING'], '') AS kind,
    transform(j, [0, 1, 2, 3, 4, 5, 6],
        [0, 0, 0, 0, 3, 1, 0], 0) AS above,
    transform(j, [0, 1, 2, 3, 4, 5, 6],
        ['invoke_agent', 'chat', 'execute_tool', 'chat', 'POST', 'messages.create', 'embed'], '') AS name,
    toUInt64(40 + sipHash64(n, j) % 4000) AS tokens,
    multiIf(j IN (1, 3, 5, 6), tokens, j = 0 AND n % 3 = 0, toUInt64(9000), NULL) AS input,
    concat('model-', toString(n % 7)) AS model,
    {begin:Int64} + intDiv({length:Int64}, {traces:Int64}) * toInt64(n) AS start,
    concat('service-', toString(if(n % 5000 = 17, 999, n % 20))) AS service
SELECT
    fromUnixTimestamp64Nano(start + j * 100000000) AS Timestamp,
    lower(hex(MD5(toString(n)))) AS TraceId,
    lower(hex(sipHash64(n, j))) AS SpanId,
    if(j = 0, '', lower(hex(sipHash64(n, toUInt8(above))))) AS ParentSpanId,
    name AS SpanName,
    if(j = 4, 'Client', 'Internal') AS SpanKind,
    service AS ServiceName,
    map('service.name', service, 'telemetry.sdk.language', 'python') AS ResourceAttributes,
    if(j = 5, 'sdk', 'framework') AS ScopeName,
    mapFilter((k, v) -> v != '',
        map('gen_ai.request.model', model, 'gen_ai.conversation.id', toString(intDiv(n, 10)),
            'gen_ai.input.messages', repeat(lower(hex(sipHash64(j, n))), 8),
            'mlflow.traceTag.env', if(j = 0, if(n % 20 = 3, 'production', 'staging'), ''))
    ) AS SpanAttributes,
    toUInt64(if(j = 0, 900000000, 90000000)) AS Duration,
    if(n % 50 = 0 AND j = 0, 'Error', 'Unset') AS StatusCode,
    n % 1000 + 1 AS BatchId,
    toDateTime64(Timestamp, 3) AS ReceivedAt,
    CAST(
        (if(kind = '', '', 'otel'), if(kind = 'CHAT_MODEL', 'chat', ''), kind,
         if(input IS NULL, '', 'openai'), if(kind = 'CHAT_MODEL', model, ''),
         if(kind = 'CHAT_MODEL', model, ''),
         if(kind = 'CHAT_MODEL', concat('r-', lower(hex(sipHash64(n, if(j = 5, 1, j))))), ''),
         [], if(j = 0, 'helper', ''), '', '', toString(intDiv(n, 10)), toString(n % 5000), NULL, '',
         '', input, intDiv(input, 10), NULL, NULL, NULL),
        {tuple:String}
    ) AS GenAI
FROM numbers({first:UInt64}, {count:UInt64})
ARRAY JOIN range(3 + n % 5) AS j
