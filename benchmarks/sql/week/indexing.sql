-- A job that embeds documents, by OpenTelemetry's own conventions.
SELECT
    n, h, trace_id, start, hours, env, 'indexer' AS service, 'python' AS language,
    arrayMap(i -> ms(h, i, 30, 120), range(12)) AS took,
    pick(h, 'model', ['text-embedding-3-small', 'text-embedding-3-large', 'house-embedding']) AS model,
    arrayConcat(
        [span(0, 'index documents', 'Internal', 'indexer', 0, arraySum(took) + 10, map('indexer.source', 'wiki'), '')],
        arrayMap(i -> span(1, concat('embeddings ', model), 'Client', 'opentelemetry.util.genai.handler', arraySum(arraySlice(took, 1, i)) + 3, took[i + 1], map(
            'gen_ai.operation.name', 'embeddings', 'gen_ai.provider.name', if(model = 'house-embedding', 'acme', 'openai'), 'gen_ai.request.model', model, 'gen_ai.response.model', model,
            'gen_ai.embeddings.dimension.count', '1536', 'gen_ai.usage.input_tokens', toString(some(h, 20 + i, 200, 2000))), if(u(h, 40 + i) < 0.01, 'RateLimitError', '')), range(12))
    ) AS spans
FROM traces
WHERE kind >= 98
