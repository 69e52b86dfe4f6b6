SELECT
    time,
    sum(cost) OVER (ORDER BY time) AS "spent so far"
FROM
(
    SELECT $__timeInterval(Timestamp) AS time, sum(CostUsd) AS cost
    FROM @calls()
    WHERE UsageCounted AND CostUsd IS NOT NULL
    GROUP BY time
)
ORDER BY time
