SELECT
    $__timeInterval(Timestamp) AS time,
    toString(Name) AS label,
    avg(Score) AS score
FROM @assessments()
WHERE Kind = 'feedback' AND Score IS NOT NULL
GROUP BY time, label
ORDER BY time, label
