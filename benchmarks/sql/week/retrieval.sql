-- A LangChain pipeline under OpenInference: retriever, embedding, reranker, and a call that the
-- instrumentation of the OpenAI SDK reports once more.
SELECT
    n, h, trace_id, start, hours, env, 'docs-search' AS service, 'python' AS language,
    pick(h, 'model', ['gpt-4o-mini', 'gpt-4.1-mini', 'gpt-4o', 'house-llama-70b']) AS model,
    if(model = 'house-llama-70b', 'acme', 'openai') AS provider,
    ms(h, 'embedding', 20, 60) AS embedding,
    ms(h, 'search', 10, 90) AS search,
    ms(h, 'rerank', 20, 50) AS rerank,
    ms(h, 'llm', 400, 900) AS llm,
    embedding + search + rerank + llm + 10 AS whole,
    some(h, 'in', 900, 1800) AS given,
    some(h, 'out', 40, 260) AS written,
    if(u(h, 'fails') < 0.01, 'RateLimitError', '') AS failed,
    if(u(h, 'empty') < 0.04, 'IndexUnavailable', '') AS missed,
    map('session.id', session, 'user.id', user, 'metadata', concat('{"env":"', env, '"}'), 'tag.tags', concat('["', feature, '"]')) AS facts,
    map('llm.model_name', model, 'llm.provider', provider, 'llm.system', provider, 'openinference.span.kind', 'LLM',
        'llm.input_messages.0.message.role', 'user', 'llm.input_messages.0.message.content', prose(h, 'question'),
        'llm.output_messages.0.message.role', 'assistant', 'llm.output_messages.0.message.content', if(failed = '', prose(h, 'answer'), ''),
        'llm.token_count.prompt', if(failed = '', toString(given), ''), 'llm.token_count.completion', if(failed = '', toString(written), ''),
        'llm.token_count.total', if(failed = '', toString(given + written), ''),
        'llm.token_count.prompt_details.cache_read', if(failed = '', toString(intDiv(given, 3)), '')) AS call,
    [
        span(0, 'RunnableSequence', 'Internal', 'openinference.instrumentation.langchain', 0, whole,
            mapConcat(facts, map('openinference.span.kind', 'CHAIN', 'input.value', prose(h, 'question'), 'output.value', prose(h, 'answer'))), failed),
        span(1, 'VectorStoreRetriever', 'Internal', 'openinference.instrumentation.langchain', 2, embedding + search + 2,
            mapConcat(facts, map('openinference.span.kind', 'RETRIEVER', 'input.value', prose(h, 'question'),
                'retrieval.documents.0.document.content', prose(h, 'first document'), 'retrieval.documents.0.document.score', toString(round(u(h, 'near'), 3)),
                'retrieval.documents.1.document.content', prose(h, 'second document'))), missed),
        span(2, 'CreateEmbeddings', 'Internal', 'openinference.instrumentation.openai', 3, embedding,
            map('openinference.span.kind', 'EMBEDDING', 'embedding.model_name', 'text-embedding-3-small', 'llm.system', 'openai', 'llm.provider', 'openai',
                'embedding.embeddings.0.embedding.text', prose(h, 'question'),
                'llm.token_count.prompt', toString(20 + h % 30), 'llm.token_count.total', toString(20 + h % 30)), ''),
        span(1, 'CrossEncoder', 'Internal', 'openinference.instrumentation.langchain', 5 + embedding + search, rerank,
            map('openinference.span.kind', 'RERANKER', 'reranker.model_name', 'ms-marco-MiniLM', 'reranker.query', prose(h, 'question'), 'reranker.top_k', '4'), ''),
        span(1, 'ChatOpenAI', 'Internal', 'openinference.instrumentation.langchain', 6 + embedding + search + rerank, llm,
            mapConcat(facts, call), failed),
        span(5, 'ChatCompletion', 'Internal', 'openinference.instrumentation.openai', 7 + embedding + search + rerank, llm - 2,
            mapConcat(facts, call), failed),
        span(6, 'POST', 'Client', 'opentelemetry.instrumentation.httpx', 8 + embedding + search + rerank, llm - 4,
            map('http.request.method', 'POST', 'server.address', concat('api.', provider, '.com'), 'http.response.status_code', if(failed = '', '200', '429')), failed)
    ] AS spans
FROM traces
WHERE kind BETWEEN 30 AND 49
