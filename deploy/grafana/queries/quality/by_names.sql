SELECT
    $__timeInterval(Timestamp) AS time,
    toString(Name) AS label,
    count() AS assessments
FROM @assessments()
GROUP BY time, label
ORDER BY time, label
