-- A shop that has nothing to do with models.
SELECT
    n, h, trace_id, start, hours, env, 'shop' AS service, 'go' AS language,
    ms(h, 'query', 1, 12) AS query,
    ms(h, 'cache', 0.2, 0.6) AS cache,
    query * 2 + cache + 4 AS whole,
    if(u(h, 'fails') < 0.005, '500', '') AS failed,
    pick(h, 'route', ['GET /orders', 'POST /orders', 'GET /items', 'GET /health']) AS route,
    [
        span(0, route, 'Server', 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp', 0, whole, map('http.route', route, 'http.response.status_code', if(failed = '', '200', failed)), failed),
        span(1, 'GET', 'Client', 'github.com/redis/go-redis/extra/redisotel', 0.3, cache, map('db.system.name', 'redis', 'db.operation.name', 'GET'), ''),
        span(1, 'SELECT shop.orders', 'Client', 'github.com/uptrace/opentelemetry-go-extra/otelsql', 1 + cache, query, map('db.system.name', 'postgresql', 'db.namespace', 'shop', 'db.operation.name', 'SELECT'), failed),
        span(1, 'SELECT shop.items', 'Client', 'github.com/uptrace/opentelemetry-go-extra/otelsql', 2 + cache + query, query, map('db.system.name', 'postgresql', 'db.namespace', 'shop', 'db.operation.name', 'SELECT'), '')
    ] AS spans
FROM traces
WHERE kind BETWEEN 93 AND 97
