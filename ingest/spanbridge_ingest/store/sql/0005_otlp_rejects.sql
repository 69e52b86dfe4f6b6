CREATE TABLE IF NOT EXISTS $database.otlp_rejects
(
    `ReceivedAt` DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    `BatchId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `ResourceIndex` UInt32,
    `Signal` LowCardinality(String),
    `Reason` LowCardinality(String),
    `TraceId` String,
    `SpanId` String,
    `SpanName` String,
    `Timestamp` DateTime64(9),
    `ServiceName` LowCardinality(String),
    `ScopeName` String,
    `ResourceAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    `SpanAttributes` Map(LowCardinality(String), String) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toDate(ReceivedAt)
ORDER BY (BatchId, ResourceIndex)
$ttl
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1$dedup
COMMENT 'Spans that could not be stored as spans, with the reason.'
