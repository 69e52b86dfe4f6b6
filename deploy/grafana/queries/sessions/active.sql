SELECT
    $__timeInterval(Began) AS time,
    uniqExactIf(Session, Session != '') AS "sessions",
    uniqExactIf(User, User != '') AS "users"
FROM @traces()
GROUP BY time
ORDER BY time
