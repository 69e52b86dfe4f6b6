SELECT Key
FROM
(
    SELECT substring(arrayJoin(arrayFilter(name -> startsWith(name, 'mlflow.traceTag.'), mapKeys(TraceAttributes))), 17) AS Key
    FROM otel_traces
    WHERE $__timeFilter(Timestamp)
    UNION ALL
    SELECT Key FROM trace_tags FINAL WHERE NOT Deleted
)
GROUP BY Key
ORDER BY count() DESC, Key
LIMIT 200
