CREATE TABLE IF NOT EXISTS $database.otel_traces_trace_id_ts
(
    `TraceId` String CODEC(ZSTD(1)),
    `Start` DateTime CODEC(Delta(4), ZSTD(1)),
    `End` DateTime CODEC(Delta(4), ZSTD(1)),
    `ReceivedAt` DateTime DEFAULT now() CODEC(Delta(4), ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_start Start TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(ReceivedAt)
ORDER BY (TraceId, Start)
$ttl
SETTINGS ttl_only_drop_parts = 1$dedup
COMMENT 'When the spans of a trace started: bounds the search for a trace by its id. Several rows per trace.'
