CREATE TABLE IF NOT EXISTS $database.trace_calls
(
    `Timestamp` DateTime64(9) CODEC(Delta(8), ZSTD(1)),
    `TraceId` String CODEC(ZSTD(1)),
    `SpanId` String CODEC(ZSTD(1)),
    `SpanName` LowCardinality(String) CODEC(ZSTD(1)),
    `ServiceName` LowCardinality(String) CODEC(ZSTD(1)),
    `ScopeName` LowCardinality(String) CODEC(ZSTD(1)),
    `StatusCode` LowCardinality(String) CODEC(ZSTD(1)),
    `Duration` UInt64 CODEC(T64, ZSTD(1)),
    `Dialect` LowCardinality(String) CODEC(ZSTD(1)),
    `SpanType` LowCardinality(String) CODEC(ZSTD(1)),
    `Operation` LowCardinality(String) CODEC(ZSTD(1)),
    `Provider` LowCardinality(String) CODEC(ZSTD(1)),
    `RequestModel` LowCardinality(String) CODEC(ZSTD(1)),
    `ResponseModel` LowCardinality(String) CODEC(ZSTD(1)),
    `ResponseId` String CODEC(ZSTD(1)),
    `AgentName` LowCardinality(String) CODEC(ZSTD(1)),
    `ConversationId` String CODEC(ZSTD(1)),
    `UserId` String CODEC(ZSTD(1)),
    `ErrorType` LowCardinality(String) CODEC(ZSTD(1)),
    `TimeToFirstTokenNs` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `ModelCall` UInt8 CODEC(ZSTD(1)),
    `UsageCounted` UInt8 CODEC(ZSTD(1)),
    `InputTokens` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `OutputTokens` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `CacheReadTokens` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `CacheWriteTokens` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `ReasoningTokens` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `TotalTokens` Nullable(UInt64) CODEC(T64, ZSTD(1)),
    `CostUsd` Nullable(Float64) CODEC(ZSTD(1)),
    `TraceSessionId` String CODEC(ZSTD(1)),
    `TraceUserId` String CODEC(ZSTD(1)),
    `RowHash` UInt64,
    `Deleted` UInt8 CODEC(ZSTD(1)),
    `Version` UInt64 CODEC(Delta(8), ZSTD(1)),
    `ReceivedAt` DateTime64(3) CODEC(Delta(8), ZSTD(1)),
    INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX idx_version Version TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(Version, Deleted)
ORDER BY (toStartOfHour(toDateTime(Timestamp)), TraceId, SpanId, RowHash)
$ttl
COMMENT 'Which spans stand for model calls and whose usage counts, kept by the service. Only added to; read otel_trace_calls, which has what is in force.'
