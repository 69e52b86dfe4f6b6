-- At least the {count} newest traces, or all, that the index table knows between two seconds.
-- The index has whole seconds, so all traces of the last second are taken, and the exact starts
-- come from the spans of these few traces.
-- Columns: trace id, whether its spans are still there, start in ns.
WITH candidates AS
    (
        SELECT TraceId
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE Start >= toDateTime({since:UInt32})
            AND Start <= toDateTime({until:UInt32})
            AND
            (
                {any_service:Bool}
                OR TraceId IN
                (
                    SELECT TraceId
                    FROM {database:Identifier}.otel_traces
                    WHERE NOT {any_service:Bool}
                        AND ServiceName = {service:String}
                        AND Timestamp >= toDateTime64({since:UInt32}, 9)
                )
            )
        GROUP BY TraceId
        ORDER BY min(Start) DESC
        LIMIT {count:UInt32} WITH TIES
    )
SELECT
    candidates.TraceId,
    starts.found,
    starts.start
FROM candidates
LEFT JOIN
(
    SELECT
        TraceId,
        true AS found,
        toUnixTimestamp64Nano(min(Timestamp)) AS start
    FROM {database:Identifier}.otel_traces
    WHERE TraceId IN (SELECT TraceId FROM candidates)
        AND Timestamp >= toDateTime64({since:UInt32}, 9)
    GROUP BY TraceId
) AS starts ON candidates.TraceId = starts.TraceId
