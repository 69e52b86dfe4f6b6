CREATE TABLE IF NOT EXISTS $database.otel_traces
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `ParentSpanId` String CODEC(ZSTD(1)),
    `TraceState` String CODEC(ZSTD(1)),
    `SpanName` LowCardinality(String) CODEC(ZSTD(1)),
    `SpanKind` LowCardinality(String) CODEC(ZSTD(1)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ScopeName` String CODEC(ZSTD(1)),
    `ScopeVersion` String CODEC(ZSTD(1)),
    `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `Duration` UInt64 CODEC(T64, ZSTD(1)),
    `StatusCode` LowCardinality(String) CODEC(ZSTD(1)),
    `StatusMessage` String CODEC(ZSTD(1)),
    `Events` Nested
    (
        Timestamp DateTime64(9),
        Name LowCardinality(String),
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    `Links` Nested
    (
        TraceId String,
        SpanId String,
        TraceState String,
        Attributes Map(LowCardinality(String), String)
    ) CODEC(ZSTD(1)),
    `Flags` UInt32 CODEC(T64, ZSTD(1)),
    `DroppedAttributesCount` UInt32 CODEC(T64, ZSTD(1)),
    `DroppedEventsCount` UInt32 CODEC(T64, ZSTD(1)),
    `DroppedLinksCount` UInt32 CODEC(T64, ZSTD(1)),
    `SpanAttributesTypes` Array($value_type) CODEC(ZSTD(1)),
    `EventsAttributesTypes` Array(Array($value_type)) CODEC(ZSTD(1)),
    `EventsDroppedAttributesCount` Array(UInt32) CODEC(ZSTD(1)),
    `LinksAttributesTypes` Array(Array($value_type)) CODEC(ZSTD(1)),
    `LinksDroppedAttributesCount` Array(UInt32) CODEC(ZSTD(1)),
    `LinksFlags` Array(UInt32) CODEC(ZSTD(1)),
    `OtlpExtras` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ResourceAttributesTypes` Array($value_type) CODEC(ZSTD(1)),
    `ResourceDroppedAttributesCount` UInt32 CODEC(T64, ZSTD(1)),
    `ResourceSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ScopeAttributesTypes` Array($value_type) CODEC(ZSTD(1)),
    `ScopeDroppedAttributesCount` UInt32 CODEC(T64, ZSTD(1)),
    `ScopeSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `BatchId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `ReceivedAt` DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    `RequestAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    INDEX idx_timestamp toDateTime(Timestamp) TYPE minmax GRANULARITY 1,
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_duration Duration TYPE minmax GRANULARITY 1,
    INDEX idx_batch_id BatchId TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(ReceivedAt)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
$ttl
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1$dedup
COMMENT 'Spans. The columns of the OpenTelemetry Collector''s clickhouseexporter, what it leaves out of OTLP, and GenAI columns.'
