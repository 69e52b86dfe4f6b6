-- Models without a price for some of their spans, the most tokens first. All spans that name the
-- model, wrappers beside the calls below them: which of them count takes a look at whole traces, too
-- much to do for a store without a bound on the time.
-- Columns: unknown.UnknownRow.
SELECT
    toValidUTF8(GenAIProvider) AS provider,
    toValidUTF8(GenAIRequestModel) AS request_model,
    toValidUTF8(GenAIResponseModel) AS response_model,
    count() AS spans,
    sum(GenAIInputTokens) AS input_tokens,
    sum(GenAIOutputTokens) AS output_tokens,
    toUnixTimestamp64Nano(min(Timestamp)) AS first_seen,
    toUnixTimestamp64Nano(max(Timestamp)) AS last_seen
FROM {database:Identifier}.otel_traces_cost
WHERE CostUsd IS NULL
    AND Timestamp >= toDateTime64({since:UInt32}, 9)
    AND
    (
        GenAIRequestModel != ''
        OR GenAIResponseModel != ''
        OR GenAISpanType IN ('LLM', 'CHAT_MODEL', 'EMBEDDING', 'RERANKER')
    )
GROUP BY GenAIProvider, GenAIRequestModel, GenAIResponseModel
ORDER BY
    ifNull(input_tokens, 0) + ifNull(output_tokens, 0) DESC,
    provider,
    request_model,
    response_model
LIMIT {limit:UInt32}
