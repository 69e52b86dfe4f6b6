-- The {count} oldest traces that began before a time, of one experiment if it is not ''. The index
-- table has whole seconds, so all its traces of the last second are looked at. What it names and has
-- no spans was left by a deletion that was cut short: it comes first. Columns: trace id.
WITH
    candidates AS
    (
        SELECT TraceId
        FROM {database:Identifier}.otel_traces_trace_id_ts
        WHERE {experiment:String} = '' OR TraceId IN
        (
            SELECT TraceId
            FROM {database:Identifier}.otel_traces
            WHERE {experiment:String} != ''
                AND (trim(BOTH '"' FROM TraceAttributes['mlflow.experimentId']) = {experiment:String}
                    OR RequestAttributes['mlflow.experimentId'] = {experiment:String})
        )
        GROUP BY TraceId
        HAVING min(Start) <= toDateTime({until:UInt32})
        ORDER BY min(Start)
        LIMIT {count:UInt32} WITH TIES
    )
SELECT candidates.TraceId
FROM candidates
LEFT JOIN
(
    SELECT
        TraceId,
        toUnixTimestamp64Nano(min(Timestamp)) AS began
    FROM {database:Identifier}.otel_traces
    WHERE TraceId IN (SELECT TraceId FROM candidates)
        AND Timestamp < toDateTime64({until:UInt32}, 9) + INTERVAL 1 SECOND
    GROUP BY TraceId
) AS starts ON starts.TraceId = candidates.TraceId
WHERE starts.began < {before:Int64}
ORDER BY
    starts.began,
    candidates.TraceId
LIMIT {count:UInt32}
