"""OTLP over gRPC and HTTP, up to the point where a request joins a batch."""
