-- Attribute keys of spans since a time, numbers in them written {i}, with how many spans have them
-- (about, where they are many) and the latest of these. Of the attributes only the keys are read.
-- Columns: key, spans, dialects, trace id, span id.
SELECT
    replaceRegexpAll(toString(attribute), '[.][0-9]+', '.{i}') AS key,
    uniqCombined64(TraceId, SpanId) AS spans,
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
