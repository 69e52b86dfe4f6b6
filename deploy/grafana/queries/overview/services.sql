SELECT
    toString(ServiceName) AS "Service",
    @performance()
FROM @calls()
GROUP BY ServiceName
ORDER BY "Calls" DESC
LIMIT 200
