ALTER TABLE $database.otel_traces
    ADD COLUMN IF NOT EXISTS `TraceAttributes` Map(LowCardinality(String), String)
        MATERIALIZED mapFilter(
            (key, value) -> startsWith(key, 'spanbridge.trace.')
                OR startsWith(key, 'mlflow.traceTag.')
                OR startsWith(key, 'mlflow.traceMetadata.')
                OR key IN ('mlflow.experimentId', 'session.id', 'user.id'),
            SpanAttributes
        )
        CODEC(ZSTD(1))
        COMMENT 'What a span says of its trace: tags, metadata, previews, experiment, session, user. Narrow, where SpanAttributes is not.'
        AFTER RequestAttributes,
    ADD INDEX IF NOT EXISTS idx_trace_attr_key mapKeys(TraceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_trace_attr_value mapValues(TraceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1
