-- Agents of Pydantic AI, one of which calls the other; the Anthropic SDK reports each call itself too.
SELECT
    n, h, trace_id, start, hours, env, 'code-team' AS service, 'python' AS language,
    pick(h, 'model', ['claude-sonnet-4-20250514', 'claude-opus-4-20250514', 'claude-3-5-haiku-20241022']) AS model,
    arrayMap(i -> ms(h, i, 700, 1800), range(4)) AS llm,
    arrayMap(i -> some(h, 10 + i, 1500 + 800 * i, 3000), range(4)) AS given,
    arrayMap(i -> some(h, 20 + i, 60, 500), range(4)) AS written,
    ms(h, 'tests', 200, 2500) AS tests,
    arraySum(llm) + tests + 40 AS whole,
    if(u(h, 'fails') < if(incident, 0.4, 0.01), 'anthropic.OverloadedError', '') AS failed,
    arrayMap(i -> map('gen_ai.operation.name', 'chat', 'gen_ai.provider.name', 'anthropic', 'gen_ai.system', 'anthropic', 'gen_ai.request.model', model,
        'gen_ai.conversation.id', session, 'gen_ai.agent.name', if(i IN (2, 3), 'coder', 'planner'),
        'gen_ai.response.model', if(i = 4 AND failed != '', '', model),
        'gen_ai.response.id', if(i = 4 AND failed != '', '', concat('msg_', lower(hex(sipHash64(h, i))))),
        'gen_ai.usage.input_tokens', if(i = 4 AND failed != '', '', toString(given[i])),
        'gen_ai.usage.output_tokens', if(i = 4 AND failed != '', '', toString(written[i])),
        'gen_ai.usage.cache_read.input_tokens', if(i = 4 AND failed != '', '', toString(intDiv(given[i] * 6, 10))),
        'gen_ai.usage.cache_creation.input_tokens', if(i = 4 AND failed != '', '', toString(intDiv(given[i], 10))),
        'gen_ai.input.messages', message('user', prose(h, i)), 'gen_ai.output.messages', message('assistant', prose(h, 10 + i)),
        'gen_ai.response.finish_reasons', '["stop"]'), [1, 2, 3, 4]) AS call,
    arrayMap((i, above, own, at) -> [
        span(above, concat('chat ', model), 'Client', 'pydantic-ai', at, llm[i], call[i], if(i = 4, failed, '')),
        span(own, 'anthropic.messages.create', 'Client', 'com.anthropic.sdk.python', at + 1, llm[i] - 2,
            mapFilter((k, v) -> k NOT IN ('gen_ai.agent.name', 'gen_ai.conversation.id', 'gen_ai.system', 'gen_ai.input.messages', 'gen_ai.output.messages'), call[i]), if(i = 4, failed, ''))
    ], [1, 2, 3, 4], [1, 5, 5, 1], [2, 6, 9, 11], [3., 8 + llm[1], 14 + llm[1] + llm[2] + tests, 30 + llm[1] + llm[2] + llm[3] + tests]) AS both,
    arrayConcat(
        [span(0, 'agent run', 'Internal', 'pydantic-ai', 0, whole, map('gen_ai.operation.name', 'invoke_agent', 'gen_ai.agent.name', 'planner', 'agent_name', 'planner',
            'gen_ai.conversation.id', session, 'model_name', model, 'user.id', user, 'mlflow.traceTag.env', env, 'mlflow.traceTag.feature', feature,
            'gen_ai.aggregated_usage.input_tokens', toString(given[1] + if(failed = '', given[4], 0)), 'gen_ai.aggregated_usage.output_tokens', toString(written[1] + if(failed = '', written[4], 0))), failed)],
        both[1],
        [span(1, 'running tool: delegate', 'Internal', 'pydantic-ai', 5 + llm[1], llm[2] + llm[3] + tests + 20, map('gen_ai.operation.name', 'execute_tool', 'gen_ai.tool.name', 'delegate',
            'gen_ai.tool.call.id', concat('toolu_', lower(hex(h)))), ''),
         span(4, 'agent run', 'Internal', 'pydantic-ai', 6 + llm[1], llm[2] + llm[3] + tests + 18, map('gen_ai.operation.name', 'invoke_agent', 'gen_ai.agent.name', 'coder', 'agent_name', 'coder',
            'gen_ai.conversation.id', session, 'model_name', model)::Map(String, String), '')],
        both[2],
        [span(5, 'running tool: run_tests', 'Internal', 'pydantic-ai', 12 + llm[1] + llm[2], tests, map('gen_ai.operation.name', 'execute_tool', 'gen_ai.tool.name', 'run_tests',
            'gen_ai.tool.call.id', concat('toolu_t', lower(hex(h)))), if(u(h, 'tool fails') < 0.15, 'AssertionError', ''))],
        both[3],
        both[4]
    ) AS spans
FROM traces
WHERE kind BETWEEN 83 AND 92
