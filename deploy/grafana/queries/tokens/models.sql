SELECT
    if(Model = '', 'unknown', toString(Model)) AS "Model",
    toString(Provider) AS "Provider",
    @spending()
FROM @calls()
GROUP BY Model, Provider
ORDER BY "Cost" DESC NULLS LAST, "Input tokens" DESC
LIMIT 200
