SELECT
    toString(ServiceName) AS "Service",
    @performance()
FROM @calls()
WHERE ModelCall
GROUP BY ServiceName
ORDER BY "Calls" DESC
LIMIT 200
