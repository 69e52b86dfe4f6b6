SELECT
    name AS "Table",
    total_rows AS "Rows",
    total_bytes AS "On disk",
    total_bytes_uncompressed AS "Uncompressed",
    total_bytes / nullIf(total_rows, 0) AS "Per row",
    active_parts AS "Parts"
FROM system.tables
WHERE database = currentDatabase() AND active_parts > 0
ORDER BY "On disk" DESC
