CREATE OR REPLACE VIEW $database.otel_trace_assessments AS
WITH
    'gen_ai.evaluation.result' AS event,
    logged AS
    (
        SELECT
            TraceId,
            SpanId,
            if(toUnixTimestamp64Nano(Timestamp) = 0, ObservedTimestamp, Timestamp) AS Timestamp,
            LogAttributes AS Said,
            ScopeName,
            concat(TraceId, '|', SpanId) AS Context
        FROM $database.otel_logs
        WHERE EventName = event OR (EventName = '' AND LogAttributes['event.name'] = event)
    ),
    -- Made outside the context of what they judge: the id of the answer tells which span that was.
    answers AS
    (
        SELECT
            GenAIResponseId AS ResponseId,
            argMin((TraceId, SpanId), (GenAISpanType NOT IN ('LLM', 'CHAT_MODEL'), Timestamp, SpanId)) AS Judged
        FROM $database.otel_traces
        WHERE GenAIResponseId != ''
            AND GenAIResponseId IN (SELECT Said['gen_ai.response.id'] FROM logged WHERE TraceId = '')
        GROUP BY GenAIResponseId
    ),
    records AS
    (
        SELECT * FROM logged WHERE TraceId != ''
        UNION ALL
        SELECT
            answers.Judged.1 AS TraceId,
            answers.Judged.2 AS SpanId,
            stray.Timestamp AS Timestamp,
            stray.Said AS Said,
            stray.ScopeName AS ScopeName,
            stray.Context AS Context
        FROM (SELECT * FROM logged WHERE TraceId = '') AS stray
        INNER JOIN answers ON answers.ResponseId = stray.Said['gen_ai.response.id']
        UNION ALL
        SELECT
            TraceId,
            SpanId,
            noted.1 AS Timestamp,
            noted.3 AS Said,
            ScopeName,
            concat(TraceId, '|', SpanId) AS Context
        FROM $database.otel_traces
        ARRAY JOIN arrayZip(Events.Timestamp, Events.Name, Events.Attributes) AS noted
        WHERE has(Events.Name, event) AND noted.2 = event
    )
SELECT
    TraceId,
    AssessmentId,
    SpanId,
    Name,
    Kind,
    Value,
    toFloat64OrNull(Value) AS ValueNumber,
    if(startsWith(Value, '"'), JSONExtractString(Value), Value) AS ValueText,
    CAST(if(Value IN ('true', 'false'), Value = 'true', NULL), 'Nullable(Bool)') AS ValueBool,
    ErrorCode,
    ErrorMessage,
    ErrorStackTrace,
    SourceType,
    SourceId,
    Rationale,
    Metadata,
    CreatedAt AS Timestamp,
    UpdatedAt,
    Overrides,
    Valid,
    Origin
FROM $database.trace_assessments
FINAL
WHERE NOT Deleted
UNION ALL
SELECT DISTINCT
    TraceId,
    concat('a-', lower(hex(sipHash128(concat(
        Context, '|', toString(toUnixTimestamp64Nano(Timestamp)), '|', Name, '|', score, '|', label, '|', Rationale
    ))))) AS AssessmentId,
    SpanId,
    toLowCardinality(Said['gen_ai.evaluation.name']) AS Name,
    toLowCardinality('feedback') AS Kind,
    multiIf(ValueNumber IS NOT NULL, toJSONString(assumeNotNull(ValueNumber)), label != '', toJSONString(label), '') AS Value,
    if(isFinite(toFloat64OrNull(score)), toFloat64OrNull(score), NULL) AS ValueNumber,
    multiIf(label != '', label, Value) AS ValueText,
    CAST(NULL, 'Nullable(Bool)') AS ValueBool,
    Said['error.type'] AS ErrorCode,
    '' AS ErrorMessage,
    '' AS ErrorStackTrace,
    toLowCardinality(if(judge = '', 'CODE', 'LLM_JUDGE')) AS SourceType,
    if(judge = '', ScopeName, judge) AS SourceId,
    Said['gen_ai.evaluation.explanation'] AS Rationale,
    CAST(mapFilter(
        (key, value) -> key NOT IN (
            'event.name', 'error.type', 'gen_ai.evaluation.name', 'gen_ai.evaluation.score.value', 'gen_ai.evaluation.explanation'
        )
        AND (key != 'gen_ai.evaluation.score.label' OR ValueNumber IS NOT NULL),
        Said
    ), 'Map(String, String)') AS Metadata,
    Timestamp,
    Timestamp AS UpdatedAt,
    '' AS Overrides,
    true AS Valid,
    toLowCardinality('otlp') AS Origin
FROM
(
    SELECT
        *,
        Said['gen_ai.evaluation.score.value'] AS score,
        Said['gen_ai.evaluation.score.label'] AS label,
        if(Said['gen_ai.response.model'] != '', Said['gen_ai.response.model'], Said['gen_ai.request.model']) AS judge
    FROM records
)
WHERE AssessmentId NOT IN (SELECT AssessmentId FROM $database.trace_assessments WHERE Origin = 'otlp')
