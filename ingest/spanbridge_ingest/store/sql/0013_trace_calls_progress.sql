CREATE TABLE IF NOT EXISTS $database.trace_calls_progress
(
    `Judgement` String,
    `Since` Int64,
    `Until` Int64,
    `BeganAt` UInt64,
    `Swept` Bool,
    `Revision` UInt64,
    `Holder` String,
    `HeldUntil` Int64,
    `Version` UInt64
)
ENGINE = ReplacingMergeTree(Version)
ORDER BY Judgement
COMMENT 'What trace_calls covers: every span received from Since to Until (ms since the epoch) by this judgement, at this revision of the rates. Holder keeps it up to date until HeldUntil.'
