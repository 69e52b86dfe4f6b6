CREATE TABLE IF NOT EXISTS $database.trace_tags
(
    `TraceId` String CODEC(ZSTD(1)),
    `Key` String CODEC(ZSTD(1)),
    `Value` String CODEC(ZSTD(1)),
    `Deleted` Bool DEFAULT false,
    `Version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `ReceivedAt` DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    INDEX idx_key Key TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_value Value TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY (TraceId, Key)
$ttl
COMMENT 'Tags of traces that were set after the fact, over those the spans carry. Only added to; read with FINAL. A row that is Deleted hides a tag of the spans too.'
