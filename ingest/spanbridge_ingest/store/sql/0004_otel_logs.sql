CREATE TABLE IF NOT EXISTS $database.otel_logs
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `TraceFlags` UInt8,
    `SeverityText` LowCardinality(String) CODEC(ZSTD(1)),
    `SeverityNumber` UInt8,
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `Body` String CODEC(ZSTD(1)),
    `ResourceSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ScopeSchemaUrl` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeName` String CODEC(ZSTD(1)),
    `ScopeVersion` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `LogAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `EventName` LowCardinality(String) CODEC(ZSTD(1)),
    `ObservedTimestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Flags` UInt32 CODEC(T64, ZSTD(1)),
    `DroppedAttributesCount` UInt32 CODEC(T64, ZSTD(1)),
    `BodyType` $value_type,
    `LogAttributesTypes` Array($value_type) CODEC(ZSTD(1)),
    `OtlpExtras` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `ResourceAttributesTypes` Array($value_type) CODEC(ZSTD(1)),
    `ResourceDroppedAttributesCount` UInt32 CODEC(T64, ZSTD(1)),
    `ScopeAttributesTypes` Array($value_type) CODEC(ZSTD(1)),
    `ScopeDroppedAttributesCount` UInt32 CODEC(T64, ZSTD(1)),
    `BatchId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `ReceivedAt` DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    `RequestAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_log_attr_key mapKeys(LogAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_batch_id BatchId TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(ReceivedAt)
ORDER BY (toStartOfFiveMinutes(Timestamp), ServiceName, Timestamp)
$ttl
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1$dedup
COMMENT 'Log records. The columns of the OpenTelemetry Collector''s clickhouseexporter, and what it leaves out of OTLP.'
