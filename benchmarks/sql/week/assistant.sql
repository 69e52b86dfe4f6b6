-- A web application on the Vercel AI SDK: the span above the calls repeats their sum.
SELECT
    n, h, trace_id, start, hours, env, 'web-assistant' AS service, 'nodejs' AS language,
    pick(h, 'model', ['gemini-2.5-flash', 'gemini-2.5-pro', 'gpt-4.1-mini', 'gpt-4.1']) AS model,
    if(startsWith(model, 'gem'), 'google.generative-ai', 'openai.chat') AS provider,
    arrayMap(i -> ms(h, i, 250, 600), range(2)) AS llm,
    ms(h, 'tool', 5, 120) AS tool,
    llm[1] + llm[2] + tool + 12 AS whole,
    arrayMap(i -> some(h, 10 + i, 200 + 500 * i, 700), range(2)) AS given,
    arrayMap(i -> some(h, 20 + i, 10, 150), range(2)) AS written,
    if(u(h, 'fails') < 0.012, 'AI_APICallError', '') AS failed,
    map('resource.name', feature, 'ai.telemetry.functionId', feature, 'ai.telemetry.metadata.userId', user,
        'ai.telemetry.metadata.sessionId', session, 'ai.model.provider', provider, 'ai.model.id', model) AS facts,
    arrayMap(i -> mapConcat(facts, map(
        'operation.name', concat('ai.streamText.doStream ', feature), 'ai.operationId', 'ai.streamText.doStream',
        'gen_ai.system', provider, 'gen_ai.request.model', model, 'ai.prompt.messages', concat('[{"role":"user","content":[{"type":"text","text":"', prose(h, 'in'), '"}]}]'),
        'ai.response.text', if(i = 1, '', prose(h, 'out')), 'ai.response.model', model, 'gen_ai.response.model', model,
        'ai.response.id', concat('resp-', lower(hex(sipHash64(h, i)))), 'gen_ai.response.id', concat('resp-', lower(hex(sipHash64(h, i)))),
        'ai.response.msToFirstChunk', toString(round(llm[i] * (0.1 + 0.3 * u(h, 30 + i)), 3)),
        'ai.response.finishReason', if(i = 1, 'tool-calls', 'stop'),
        'ai.usage.inputTokens', toString(given[i]), 'ai.usage.outputTokens', toString(written[i]),
        'ai.usage.totalTokens', toString(given[i] + written[i]),
        'gen_ai.usage.input_tokens', toString(given[i]), 'gen_ai.usage.output_tokens', toString(written[i]))), [1, 2]) AS call,
    [
        span(0, 'POST /api/chat', 'Server', 'next.js', 0, whole, map('http.request.method', 'POST', 'http.route', '/api/chat',
            'http.response.status_code', if(failed = '', '200', '502')), failed),
        span(1, 'ai.streamText', 'Internal', 'ai', 2, whole - 4, mapConcat(facts, map(
            'operation.name', concat('ai.streamText ', feature), 'ai.operationId', 'ai.streamText',
            'ai.prompt', concat('{"prompt":"', prose(h, 'in'), '"}'), 'ai.response.text', prose(h, 'out'),
            'ai.usage.inputTokens', if(failed = '', toString(given[1] + given[2]), ''),
            'ai.usage.outputTokens', if(failed = '', toString(written[1] + written[2]), ''))), failed),
        span(2, 'ai.streamText.doStream', 'Internal', 'ai', 4, llm[1], call[1], ''),
        span(2, 'ai.toolCall', 'Internal', 'ai', 5 + llm[1], tool, mapConcat(facts, map(
            'operation.name', concat('ai.toolCall ', feature), 'ai.operationId', 'ai.toolCall', 'ai.toolCall.name', pick(h, 'tool', ['getWeather', 'searchWeb', 'readPage']),
            'ai.toolCall.id', concat('call_', lower(hex(h))), 'ai.toolCall.args', '{"q":"lamp"}', 'ai.toolCall.result', '"found"')),
            if(u(h, 'tool fails') < 0.08, 'ToolExecutionError', '')),
        span(2, 'ai.streamText.doStream', 'Internal', 'ai', 6 + llm[1] + tool, llm[2],
            if(failed = '', call[2], mapConcat(facts, map('ai.operationId', 'ai.streamText.doStream', 'gen_ai.system', provider, 'gen_ai.request.model', model))), failed)
    ] AS spans
FROM traces
WHERE kind BETWEEN 50 AND 64
