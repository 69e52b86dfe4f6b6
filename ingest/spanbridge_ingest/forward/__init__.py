"""Pass on over OTLP what was stored, without ever holding up the ingest."""
