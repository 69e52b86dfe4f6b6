-- Which of some traces have log records that are evaluations; records outside of any trace name an
-- answer instead. Columns: trace id or '', id of the answer.
SELECT DISTINCT
    TraceId,
    toValidUTF8(LogAttributes['gen_ai.response.id']) AS answer
FROM {database:Identifier}.otel_logs
WHERE (EventName = 'gen_ai.evaluation.result'
        OR (EventName = '' AND LogAttributes['event.name'] = 'gen_ai.evaluation.result'))
    AND (TraceId IN {trace_ids:Array(String)}
        OR (TraceId = '' AND LogAttributes['gen_ai.response.id'] IN {answers:Array(String)}))
