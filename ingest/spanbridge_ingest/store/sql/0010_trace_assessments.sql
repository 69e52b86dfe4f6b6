CREATE TABLE IF NOT EXISTS $database.trace_assessments
(
    `TraceId` String CODEC(ZSTD(1)),
    `AssessmentId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `Name` LowCardinality(String),
    `Kind` LowCardinality(String),
    `Value` String CODEC(ZSTD(1)),
    `ErrorCode` String CODEC(ZSTD(1)),
    `ErrorMessage` String CODEC(ZSTD(1)),
    `ErrorStackTrace` String CODEC(ZSTD(1)),
    `SourceType` LowCardinality(String),
    `SourceId` String CODEC(ZSTD(1)),
    `Rationale` String CODEC(ZSTD(1)),
    `Metadata` Map(String, String) CODEC(ZSTD(1)),
    `CreatedAt` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `UpdatedAt` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `Overrides` String CODEC(ZSTD(1)),
    `Valid` Bool DEFAULT true,
    `Origin` LowCardinality(String),
    `Deleted` Bool DEFAULT false,
    `Version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `ReceivedAt` DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    INDEX idx_name Name TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY (TraceId, AssessmentId)
$ttl
COMMENT 'Feedback and expectations that came over the API, and changes to those that came as OTLP (Origin). Only added to; read otel_trace_assessments, which has both.'
