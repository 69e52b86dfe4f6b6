(
    SELECT TraceId, argMin(Text, (Order, Timestamp)) AS Value
    FROM
    (
        SELECT TraceId, 1 AS Order, Timestamp, TraceAttributes[concat('mlflow.traceTag.', @text(tag))] AS Text
        FROM otel_traces
        WHERE $__timeFilter(Timestamp)
            AND mapContains(TraceAttributes, concat('mlflow.traceTag.', @text(tag)))
            AND TraceId NOT IN (SELECT TraceId FROM trace_tags FINAL WHERE Key = @text(tag) AND Deleted)
        UNION ALL
        SELECT TraceId, 0 AS Order, toDateTime64(0, 9) AS Timestamp, Value AS Text
        FROM trace_tags FINAL
        WHERE Key = @text(tag) AND NOT Deleted
    )
    GROUP BY TraceId
) AS tagged
