-- What tells one state of the prices from another, and what the package's are.
-- Columns: newest revision, rows, release and revision of the package's prices.
SELECT
    max(Revision),
    count(),
    argMaxIf(Release, Revision, Source != 'own'),
    maxIf(Revision, Source != 'own')
FROM {database:Identifier}.model_prices
