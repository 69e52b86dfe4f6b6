-- An agent of the OpenAI Agents SDK under OpenTelemetry's own instrumentation: it calls tools in turns, now
-- and then the same one far too often.
SELECT
    n, h, trace_id, start, hours, env, 'support-agent' AS service, 'python' AS language,
    if(h % 211 = 7, 14, 1 + sipHash64(h, 'turns') % 3) AS turns,
    pick(h, 'model', ['gpt-4o', 'gpt-4o-mini', 'gpt-4.1', 'gpt-4.1-mini', 'o3-mini', 'gpt-4o', 'gpt-4o-mini']) AS model,
    pick(h, 'agent', ['triage', 'refunds', 'orders', 'shipping']) AS agent,
    arrayMap(i -> ms(h, i, 300, 700), range(turns + 1)) AS llm,
    arrayMap(i -> ms(h, 100 + i, 10, 180), range(turns)) AS tooling,
    arrayMap(i -> arraySum(arraySlice(llm, 1, i)) + arraySum(arraySlice(tooling, 1, i)) + 10, range(turns + 1)) AS begun,
    begun[-1] + llm[-1] + 10 AS whole,
    if(u(h, 'fails') < 0.015, pick(h, 'why', ['RateLimitError', 'APITimeoutError', 'InternalServerError']), '') AS failed,
    map('session.id', session, 'user.id', user, 'mlflow.traceTag.env', env, 'mlflow.traceTag.feature', feature) AS facts,
    arrayConcat(
        [
            span(0, 'invoke_workflow support', 'Internal', 'opentelemetry.instrumentation.genai.openai_agents', 0, whole,
                mapConcat(facts, map('gen_ai.operation.name', 'invoke_workflow', 'gen_ai.workflow.name', 'support')), failed),
            span(1, concat('invoke_agent ', agent), 'Internal', 'opentelemetry.instrumentation.genai.openai_agents', 2, whole - 4,
                map('gen_ai.operation.name', 'invoke_agent', 'gen_ai.agent.name', agent, 'gen_ai.conversation.id', session), failed)
        ],
        arrayFlatten(arrayMap(i -> [
            span(2, concat('chat ', model), 'Client', 'opentelemetry.util.genai.handler', begun[i + 1], llm[i + 1], map(
                'gen_ai.operation.name', 'chat', 'gen_ai.provider.name', 'openai', 'gen_ai.request.model', model,
                'gen_ai.response.model', if(i = turns AND failed != '', '', concat(model, '-2026-01-15')),
                'gen_ai.response.id', if(i = turns AND failed != '', '', concat('chatcmpl-', lower(hex(sipHash64(h, i))))),
                'gen_ai.conversation.id', session, 'user.id', user,
                'gen_ai.request.stream', 'true',
                'gen_ai.response.time_to_first_chunk', if(i = turns AND failed != '', '', toString(round(llm[i + 1] * (0.15 + 0.4 * u(h, 200 + i)) / 1000, 6))),
                'gen_ai.usage.input_tokens', if(i = turns AND failed != '', '', toString(some(h, 300 + i, 400 + 300 * i, 900))),
                'gen_ai.usage.output_tokens', if(i = turns AND failed != '', '', toString(some(h, 400 + i, 20, 180))),
                'gen_ai.usage.cache_read.input_tokens', if(i = 0 OR i = turns AND failed != '', '', toString(256 * (i % 4))),
                'gen_ai.usage.reasoning.output_tokens', if(model != 'o3-mini' OR failed != '', '', '16'),
                'gen_ai.response.finish_reasons', if(i < turns, '["tool_calls"]', if(failed != '', '', '["stop"]')),
                'gen_ai.input.messages', message('user', prose(h, 'in')),
                'gen_ai.output.messages', message('assistant', prose(h, 'out'))), if(i = turns, failed, '')),
            span(3 + 3 * i, 'POST', 'Client', 'opentelemetry.instrumentation.httpx', begun[i + 1] + 2, llm[i + 1] - 4, map(
                'http.request.method', 'POST', 'url.full', 'https://api.openai.com/v1/chat/completions', 'server.address', 'api.openai.com',
                'http.response.status_code', if(i = turns AND failed = 'RateLimitError', '429', '200')), if(i = turns, failed, '')),
            span(2, concat('execute_tool ', pick(h, if(turns > 9, 0, i), ['lookup_order', 'issue_refund', 'track_parcel', 'search_faq'])), 'Internal',
                'opentelemetry.instrumentation.genai.openai_agents', begun[i + 1] + llm[i + 1], tooling[i + 1], map(
                'gen_ai.operation.name', 'execute_tool', 'gen_ai.tool.type', 'function', 'gen_ai.conversation.id', session,
                'gen_ai.tool.name', pick(h, if(turns > 9, 0, i), ['lookup_order', 'issue_refund', 'track_parcel', 'search_faq']),
                'gen_ai.tool.call.id', concat('call_', lower(hex(sipHash64(h, 500 + i)))),
                'gen_ai.tool.call.arguments', concat('{"order":', toString(h % 100000), '}'), 'gen_ai.tool.call.result', '{"state":"in transit"}'),
                if(u(h, 600 + i) < 0.05, pick(h, 700 + i, ['TimeoutError', 'ToolError', 'ValueError']), ''))
        ], range(turns + 1)))
    ) AS every,
    -- After the last call there is no tool.
    arrayPopBack(every) AS spans
FROM traces
WHERE kind < 30
