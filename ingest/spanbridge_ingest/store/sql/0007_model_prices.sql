CREATE TABLE IF NOT EXISTS $database.model_prices
(
    `Source` LowCardinality(String),
    `Release` LowCardinality(String),
    `Revision` UInt64,
    `Deleted` Bool DEFAULT false,
    `Provider` LowCardinality(String),
    `Position` UInt32,
    `Model` String,
    `ModelMatch` String,
    `ProviderlessMatch` LowCardinality(String),
    `ValidFrom` DateTime('UTC'),
    `ValidTo` Nullable(DateTime('UTC')),
    `DayFromSecond` UInt32 DEFAULT 0,
    `DayToSecond` UInt32 DEFAULT 86400,
    `InputTokensMin` UInt64 DEFAULT 0,
    `InputUsdPerMTok` Nullable(Decimal(38, 20)),
    `CacheReadUsdPerMTok` Nullable(Decimal(38, 20)),
    `CacheWriteUsdPerMTok` Nullable(Decimal(38, 20)),
    `OutputUsdPerMTok` Nullable(Decimal(38, 20)),
    `ReasoningUsdPerMTok` Nullable(Decimal(38, 20)),
    `RequestUsd` Nullable(Decimal(38, 20)),
    `UpdatedAt` DateTime64(3) DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY (Source, Revision, Provider, Position)
COMMENT 'Prices of models with validity times, every revision of them; model_prices_current has what is in force.'
