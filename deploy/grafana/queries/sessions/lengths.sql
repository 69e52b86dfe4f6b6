SELECT
    multiIf(Turns = 1, '1', Turns = 2, '2', Turns <= 5, '3 to 5', Turns <= 10, '6 to 10', Turns <= 20, '11 to 20', 'over 20') AS "Traces",
    count() AS "Sessions"
FROM
(
    SELECT Session, count() AS Turns
    FROM @traces()
    WHERE Session != ''
    GROUP BY Session
)
GROUP BY "Traces"
ORDER BY min(Turns)
