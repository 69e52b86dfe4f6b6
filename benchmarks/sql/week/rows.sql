-- Traces {first} to {first} + {count} of a week, oldest first: each of one shape, and every shape an array of
-- spans (its neighbours here). GenAI columns are computed by the table, as for spans that were received.
INSERT INTO otel_traces
(
    Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes,
    ScopeName, SpanAttributes, Duration, StatusCode, StatusMessage, Events.Timestamp, Events.Name,
    Events.Attributes, BatchId, ReceivedAt
)
WITH
    -- 0 < u < 1, another one for each place it is drawn at.
    (key, place) -> (sipHash64(key, place) % 99991 + 1) / 99993 AS u,
    (key, place, choices) -> choices[1 + sipHash64(key, place) % length(choices)] AS pick,
    (key, place, least, mean) -> least - mean * log(u(key, place)) AS ms,
    (key, place, least, mean) -> toUInt64(least - mean * log(u(key, place))) AS some,
    (above, name, kind, scope, at, took, attributes, error) ->
        CAST(
            (above, name, kind, scope, at, took, attributes, error),
            'Tuple(above UInt16, name String, kind String, scope String, at Float64, took Float64,
                   attributes Map(LowCardinality(String), String), error String)'
        ) AS span,
    (key, place) -> concat(
        pick(key, concat(place, 'a'), ['Where is my order', 'How do I return', 'Summarise the report on', 'Which plan covers', 'Why does the build fail for', 'Translate the notes on']), ' ',
        pick(key, concat(place, 'b'), ['the blue lamp', 'item 4711', 'the third quarter', 'family travel', 'the payment module', 'last week']), '? ',
        pick(key, concat(place, 'c'), ['I ordered it ten days ago and the parcel service has no trace of it since Monday.', 'Please answer in short sentences and give the source of each statement.', 'The customer has been with us since 2011 and asked twice already.', 'Use only what stands in the documents below; say so if it is not there.'])
    ) AS prose,
    (role, text) -> concat('[{"role":"', role, '","parts":[{"type":"text","content":"', text, '"}]}]') AS message,
    traces AS
    (
        SELECT
            number AS n,
            sipHash64({seed:UInt64}, number) AS h,
            lower(hex(MD5(concat(toString({seed:UInt64}), '-', toString(number))))) AS trace_id,
            (number + 0.5) / {traces:UInt64} AS share,
            -- More by day than by night.
            {begin:Int64} + toInt64({length:Int64} * (share + 0.85 * sin(2 * pi() * 7 * share) / (2 * pi() * 7))) AS start,
            toInt64(3600) * 1000000000 AS hour,
            intDiv(start - {begin:Int64}, hour) AS hours,
            concat('user-', toString(toUInt32(3000 * pow(u(h, 'user'), 2)))) AS user,
            concat('session-', lower(hex(sipHash64(user, intDiv(hours, 6))))) AS session,
            pick(h, 'env', ['production', 'production', 'production', 'staging']) AS env,
            pick(h, 'feature', ['chat', 'search', 'summary', 'checkout', 'review']) AS feature,
            toUInt8(h % 100) AS kind,
            -- Most of an afternoon one provider refuses many calls.
            hours BETWEEN 86 AND 89 AS incident
        FROM numbers({first:UInt64}, {count:UInt64})
    ),
    shapes AS
    (
{shapes}
    )
SELECT
    fromUnixTimestamp64Nano(start + toInt64(one.at * 1000000)) AS Timestamp,
    trace_id AS TraceId,
    lower(hex(sipHash64(trace_id, toUInt16(j)))) AS SpanId,
    if(one.above = 0, '', lower(hex(sipHash64(trace_id, one.above)))) AS ParentSpanId,
    one.name AS SpanName,
    one.kind AS SpanKind,
    service AS ServiceName,
    map('service.name', service, 'service.version', concat('1.', toString(intDiv(hours, 48))), 'deployment.environment.name', env,
        'host.name', concat('node-', toString(h % 9)), 'telemetry.sdk.language', language, 'telemetry.sdk.name', 'opentelemetry') AS ResourceAttributes,
    one.scope AS ScopeName,
    mapFilter((k, v) -> v != '', mapConcat(one.attributes, map('error.type', one.error))) AS SpanAttributes,
    toUInt64(one.took * 1000000) AS Duration,
    if(one.error = '', 'Unset', 'Error') AS StatusCode,
    if(one.error = '', '', concat(one.error, ': the call did not succeed')) AS StatusMessage,
    arrayMap(e -> Timestamp, events) AS `Events.Timestamp`,
    arrayMap(e -> e.1, events) AS `Events.Name`,
    arrayMap(e -> e.2, events) AS `Events.Attributes`,
    bitShiftLeft(toUInt64(intDiv(toUnixTimestamp64Milli(ReceivedAt), {batch_ms:Int64}) * {batch_ms:Int64} * 1000), 12) AS BatchId,
    fromUnixTimestamp64Milli(intDiv(start, 1000000) + toInt64(spans[1].took) + 1500) AS ReceivedAt
FROM
(
    SELECT
        *,
        one,
        j,
        arrayConcat(
            if(one.error = '', [], [('exception', map('exception.type', one.error, 'exception.message', 'the call did not succeed'))]),
            if(j != 1 OR h % 25 != 3 OR one.kind = 'Server', [], [('gen_ai.evaluation.result', map(
                'gen_ai.evaluation.name', pick(h, 'evaluation', ['groundedness', 'relevance', 'toxicity']),
                'gen_ai.evaluation.score.value', toString(round(sqrt(u(h, 'score')), 2)),
                'gen_ai.evaluation.score.label', if(u(h, 'score') > 0.2, 'pass', 'fail')))])
        ) AS events
    FROM shapes
    ARRAY JOIN spans AS one, arrayEnumerate(spans) AS j
)
