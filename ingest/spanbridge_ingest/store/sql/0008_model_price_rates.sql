CREATE TABLE IF NOT EXISTS $database.model_price_rates
(
    `Revision` UInt64,
    `Provider` String,
    `RequestModel` String,
    `ResponseModel` String,
    `FromSecond` Int64,
    `ToSecond` Int64,
    `DayFromSecond` UInt32,
    `DayToSecond` UInt32,
    `InputTokensMin` UInt64,
    `InputTokensMax` UInt64,
    `InputUsdPerMTok` Nullable(Float64),
    `CacheReadUsdPerMTok` Nullable(Float64),
    `CacheWriteUsdPerMTok` Nullable(Float64),
    `OutputUsdPerMTok` Nullable(Float64),
    `ReasoningUsdPerMTok` Nullable(Float64),
    `RequestUsd` Nullable(Float64)
)
ENGINE = MergeTree
PARTITION BY Revision
ORDER BY (Provider, RequestModel, ResponseModel, FromSecond)
COMMENT 'Which prices hold for the models that were seen: model_prices with its patterns resolved. Derived; the newest Revision counts.'
