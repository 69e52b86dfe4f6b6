-- A program on MLflow's conventions: every value is JSON, tags travel on the root.
SELECT
    n, h, trace_id, start, hours, env, 'claims-batch' AS service, 'python' AS language,
    pick(h, 'model', ['claude-3-5-haiku-20241022', 'claude-sonnet-4-20250514']) AS model,
    arrayMap(i -> ms(h, i, 400, 900), range(2)) AS llm,
    ms(h, 'search', 10, 100) AS search,
    ms(h, 'tool', 10, 90) AS tool,
    llm[1] + llm[2] + search + tool + 12 AS whole,
    if(u(h, 'fails') < 0.02, 'OverloadedError', '') AS failed,
    arrayMap(i -> map('mlflow.spanType', '"CHAT_MODEL"', 'mlflow.message.format', '"anthropic"', 'mlflow.llm.model', concat('"', model, '"'), 'mlflow.llm.provider', '"anthropic"',
        'mlflow.spanInputs', concat('{"model":"', model, '","messages":[{"role":"user","content":"', prose(h, 'in'), '"}]}'),
        'mlflow.spanOutputs', concat('{"id":"msg_', lower(hex(sipHash64(h, i))), '","role":"assistant","content":[{"type":"text","text":"', prose(h, 'out'), '"}]}'),
        'mlflow.chat.tokenUsage', concat('{"input_tokens": ', toString(some(h, 10 + i, 600, 1200)), ', "output_tokens": ', toString(some(h, 20 + i, 30, 220)), ', "total_tokens": ',
            toString(some(h, 10 + i, 600, 1200) + some(h, 20 + i, 30, 220)), '}')), [1, 2]) AS call,
    [
        span(0, 'predict', 'Internal', 'mlflow.tracing.provider', 0, whole, map('mlflow.spanType', '"AGENT"', 'mlflow.spanFunctionName', '"predict"',
            'mlflow.traceTag.env', env, 'mlflow.traceTag.feature', feature, 'mlflow.experimentId', '"7"', 'session.id', session, 'user.id', user,
            'mlflow.spanInputs', concat('{"claim":', toString(h % 100000), '}'), 'mlflow.spanOutputs', concat('"', prose(h, 'out'), '"')), failed),
        span(1, 'find_policies', 'Internal', 'mlflow.tracing.provider', 2, search, map('mlflow.spanType', '"RETRIEVER"',
            'mlflow.spanInputs', concat('{"query":"', prose(h, 'in'), '"}'), 'mlflow.spanOutputs', concat('[{"page_content":"', prose(h, 'document'), '"}]')), ''),
        span(1, 'messages.create', 'Internal', 'mlflow.tracing.provider', 4 + search, llm[1], call[1], ''),
        span(1, 'check_coverage', 'Internal', 'mlflow.tracing.provider', 5 + search + llm[1], tool, map('mlflow.spanType', '"TOOL"', 'mlflow.spanFunctionName', '"check_coverage"',
            'mlflow.spanInputs', concat('{"claim":', toString(h % 100000), '}'), 'mlflow.spanOutputs', 'true'), if(u(h, 'tool fails') < 0.04, 'KeyError', '')),
        span(1, 'messages.create', 'Internal', 'mlflow.tracing.provider', 6 + search + llm[1] + tool, llm[2],
            if(failed = '', call[2], map('mlflow.spanType', '"CHAT_MODEL"', 'mlflow.llm.model', concat('"', model, '"'))), failed)
    ] AS spans
FROM traces
WHERE kind BETWEEN 75 AND 82
