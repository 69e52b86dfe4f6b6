-- All prices in force. Columns: table.PriceRow.
SELECT
    Source,
    Revision,
    Provider,
    Model,
    ModelMatch,
    ProviderlessMatch,
    Position,
    toUnixTimestamp(ValidFrom),
    toUnixTimestamp(ValidTo),
    DayFromSecond,
    DayToSecond,
    InputTokensMin,
    toString(InputUsdPerMTok),
    toString(CacheReadUsdPerMTok),
    toString(CacheWriteUsdPerMTok),
    toString(OutputUsdPerMTok),
    toString(ReasoningUsdPerMTok),
    toString(RequestUsd)
FROM {database:Identifier}.model_prices_current
ORDER BY Source, Provider, Position, ValidFrom, DayFromSecond, InputTokensMin
