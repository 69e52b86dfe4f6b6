CREATE TABLE IF NOT EXISTS $database.schema_version
(
    `Version` UInt32,
    `Name` String,
    `Checksum` String,
    `Release` String,
    `AppliedAt` DateTime64(3) DEFAULT now64(3)
)
ENGINE = MergeTree
ORDER BY Version
COMMENT 'Migrations applied to this database, and the registry the GenAI columns were made from.'
