SELECT
    if(Model = '', 'unknown', toString(Model)) AS "Model",
    toString(Provider) AS "Provider",
    @performance()
FROM @calls()
GROUP BY Model, Provider
ORDER BY "Calls" DESC
LIMIT 200
