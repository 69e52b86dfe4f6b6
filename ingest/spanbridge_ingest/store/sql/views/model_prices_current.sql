CREATE OR REPLACE VIEW $database.model_prices_current AS
SELECT *
FROM $database.model_prices
WHERE Source != 'own'
    AND Revision = (SELECT max(Revision) FROM $database.model_prices WHERE Source != 'own')
UNION ALL
SELECT *
FROM
(
    SELECT *
    FROM $database.model_prices
    WHERE Source = 'own'
    ORDER BY Revision DESC
    LIMIT 1 BY Provider, ModelMatch, ValidFrom, InputTokensMin
)
WHERE NOT Deleted
