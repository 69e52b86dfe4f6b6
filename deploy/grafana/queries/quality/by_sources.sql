SELECT
    $__timeInterval(Timestamp) AS time,
    toString(SourceType) AS label,
    count() AS assessments
FROM @assessments()
GROUP BY time, label
ORDER BY time, label
