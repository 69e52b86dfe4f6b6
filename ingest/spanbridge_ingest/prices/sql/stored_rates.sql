-- The rates in force. Columns: as rates.COLUMNS, after the revision.
SELECT
    Revision,
    Provider,
    RequestModel,
    ResponseModel,
    FromSecond,
    ToSecond,
    DayFromSecond,
    DayToSecond,
    InputTokensMin,
    InputTokensMax,
    InputUsdPerMTok,
    CacheReadUsdPerMTok,
    CacheWriteUsdPerMTok,
    OutputUsdPerMTok,
    ReasoningUsdPerMTok,
    RequestUsd
FROM {database:Identifier}.model_price_rates
WHERE Revision = (SELECT max(Revision) FROM {database:Identifier}.model_price_rates)
