-- Attribute keys of spans since a time, numbers in them written {i}, with how often they occur and
-- the latest span that has them. Only the keys of the attributes are read.
-- Columns: key, spans, dialects, trace id, span id.
SELECT
    replaceRegexpAll(toString(attribute), '[.][0-9]+', '.{i}') AS key,
    uniqExact(SpanId) AS spans,
    arraySort(groupUniqArray(10)(toString(GenAIDialect))),
    argMax(TraceId, Timestamp),
    argMax(SpanId, Timestamp)
FROM {database:Identifier}.otel_traces
ARRAY JOIN mapKeys(SpanAttributes) AS attribute
WHERE Timestamp >= fromUnixTimestamp64Nano({since:Int64})
GROUP BY key
ORDER BY
    spans DESC,
    key
LIMIT {limit:UInt32}
