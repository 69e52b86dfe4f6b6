SELECT
    table AS "Table",
    sum(rows) AS "Rows",
    sum(bytes_on_disk) AS "On disk",
    sum(data_uncompressed_bytes) AS "Uncompressed",
    sum(bytes_on_disk) / nullIf(sum(rows), 0) AS "Per row",
    count() AS "Parts",
    min(min_time) AS "Oldest"
FROM system.parts
WHERE active AND database = currentDatabase()
GROUP BY table
ORDER BY "On disk" DESC
