SELECT
    countIf(Type = 'RETRIEVER') AS "Retrievals",
    countIf(Type = 'RETRIEVER' AND StatusCode = 'Error') / nullIf("Retrievals", 0) AS "Failed",
    quantileIfOrNull(0.5)(Duration, Type = 'RETRIEVER') AS "Duration, median",
    quantileIfOrNull(0.95)(Duration, Type = 'RETRIEVER') AS "Duration, p95",
    countIf(Type = 'RERANKER') AS "Rerankings",
    quantileIfOrNull(0.95)(Duration, Type = 'RERANKER') AS "Reranking, p95"
FROM @retrievals()
