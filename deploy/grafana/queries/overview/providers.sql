SELECT
    if(Provider = '', 'unknown', toString(Provider)) AS "Provider",
    @performance()
FROM @calls()
GROUP BY Provider
ORDER BY "Calls" DESC
LIMIT 200
