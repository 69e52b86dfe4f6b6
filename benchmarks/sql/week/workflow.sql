-- A workflow under OpenLLMetry: tasks, a tool, and the calls of the OpenAI SDK below them.
SELECT
    n, h, trace_id, start, hours, env, 'report-writer' AS service, 'python' AS language,
    pick(h, 'model', ['gpt-4o', 'gpt-4o-mini', 'mistral-large-latest']) AS model,
    if(startsWith(model, 'mistral'), 'mistral_ai', 'openai') AS provider,
    arrayMap(i -> ms(h, i, 500, 1500), range(2)) AS llm,
    ms(h, 'tool', 30, 300) AS tool,
    llm[1] + llm[2] + tool + 20 AS whole,
    if(u(h, 'fails') < 0.01, 'APIConnectionError', '') AS failed,
    map('traceloop.workflow.name', 'weekly_report', 'traceloop.association.properties.user_id', user,
        'traceloop.association.properties.session_id', session) AS facts,
    arrayMap(i -> mapConcat(facts, map(
        'gen_ai.operation.name', 'chat', 'gen_ai.provider.name', provider, 'gen_ai.request.model', model, 'gen_ai.response.model', model,
        'gen_ai.response.id', concat('chatcmpl-', lower(hex(sipHash64(h, i)))), 'llm.is_streaming', 'false',
        'gen_ai.usage.input_tokens', toString(some(h, 10 + i, 800, 2500)), 'gen_ai.usage.output_tokens', toString(some(h, 20 + i, 100, 600)),
        'gen_ai.input.messages', message('user', prose(h, 'in')), 'gen_ai.output.messages', message('assistant', prose(h, 'out')))), [1, 2]) AS call,
    [
        span(0, 'weekly_report.workflow', 'Internal', 'traceloop.tracer', 0, whole, mapConcat(facts, map('traceloop.span.kind', 'workflow',
            'traceloop.entity.name', 'weekly_report', 'mlflow.traceTag.env', env)), failed),
        span(1, 'collect.task', 'Internal', 'traceloop.tracer', 2, llm[1] + tool + 6, mapConcat(facts, map('traceloop.span.kind', 'task', 'traceloop.entity.name', 'collect')), ''),
        span(2, 'openai.chat', 'Client', 'opentelemetry.instrumentation.openai.v1', 4, llm[1], call[1], ''),
        span(2, 'read_sheet.tool', 'Internal', 'traceloop.tracer', 5 + llm[1], tool, mapConcat(facts, map('traceloop.span.kind', 'tool', 'traceloop.entity.name', 'read_sheet',
            'traceloop.entity.input', '{"sheet":"sales"}', 'traceloop.entity.output', '{"rows":120}')), if(u(h, 'tool fails') < 0.03, 'PermissionError', '')),
        span(1, 'write.task', 'Internal', 'traceloop.tracer', 10 + llm[1] + tool, llm[2] + 4, mapConcat(facts, map('traceloop.span.kind', 'task', 'traceloop.entity.name', 'write')), failed),
        span(5, 'openai.chat', 'Client', 'opentelemetry.instrumentation.openai.v1', 11 + llm[1] + tool, llm[2],
            if(failed = '', call[2], mapConcat(facts, map('gen_ai.operation.name', 'chat', 'gen_ai.provider.name', provider, 'gen_ai.request.model', model))), failed)
    ] AS spans
FROM traces
WHERE kind BETWEEN 65 AND 74
