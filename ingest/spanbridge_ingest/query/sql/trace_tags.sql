-- What was said of the tags of some traces after the fact. Columns: trace id, key, value, deleted.
SELECT
    TraceId,
    Key,
    Value,
    Deleted
FROM {database:Identifier}.trace_tags
FINAL
WHERE TraceId IN {trace_ids:Array(String)}
ORDER BY
    TraceId,
    Key
