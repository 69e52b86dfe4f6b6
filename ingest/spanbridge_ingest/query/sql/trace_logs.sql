-- The log records of some traces in order of time, at most {limit} of each. Columns: rows.LogRow.
SELECT
    toUnixTimestamp64Nano(Timestamp) AS time,
    toUnixTimestamp64Nano(ObservedTimestamp) AS observed_time,
    TraceId,
    SpanId,
    SeverityNumber,
    toValidUTF8(SeverityText),
    toValidUTF8(EventName),
    toValidUTF8(Body),
    CAST(BodyType, 'Int8'),
    Flags,
    DroppedAttributesCount,
    arrayMap(k -> toValidUTF8(k), mapKeys(LogAttributes)),
    arrayMap(v -> toValidUTF8(v), mapValues(LogAttributes)),
    CAST(LogAttributesTypes, 'Array(Int8)'),
    arrayMap(k -> toValidUTF8(k), mapKeys(ResourceAttributes)),
    arrayMap(v -> toValidUTF8(v), mapValues(ResourceAttributes)),
    CAST(ResourceAttributesTypes, 'Array(Int8)'),
    ResourceDroppedAttributesCount,
    toValidUTF8(ResourceSchemaUrl),
    toValidUTF8(ScopeName),
    toValidUTF8(ScopeVersion),
    arrayMap(k -> toValidUTF8(k), mapKeys(ScopeAttributes)),
    arrayMap(v -> toValidUTF8(v), mapValues(ScopeAttributes)),
    CAST(ScopeAttributesTypes, 'Array(Int8)'),
    ScopeDroppedAttributesCount,
    toValidUTF8(ScopeSchemaUrl),
    mapKeys(OtlpExtras),
    arrayMap(v -> toValidUTF8(v), mapValues(OtlpExtras))
FROM {database:Identifier}.otel_logs
WHERE TraceId IN {trace_ids:Array(String)}
ORDER BY time, observed_time
LIMIT {limit:UInt32} BY TraceId
