"""What is stored, as Jaeger reads it: its storage API over gRPC, its query API over HTTP."""
