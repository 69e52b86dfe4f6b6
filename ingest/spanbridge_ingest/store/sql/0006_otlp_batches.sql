CREATE TABLE IF NOT EXISTS $database.otlp_batches
(
    `BatchId` UInt64 CODEC(Delta(8), ZSTD(1)),
    `Signal` LowCardinality(String),
    `CommittedAt` DateTime64(3) DEFAULT now64(3) CODEC(Delta(8), ZSTD(1)),
    `RequestHashes` Array(String),
    `RequestRejects` Array(Map(LowCardinality(String), UInt32))
)
ENGINE = MergeTree
PARTITION BY toDate(CommittedAt)
ORDER BY BatchId
TTL toDateTime(CommittedAt) + INTERVAL 2 DAY
SETTINGS ttl_only_drop_parts = 1$dedup
COMMENT 'The commit log: a row of a batch that is not listed here was never acknowledged.'
