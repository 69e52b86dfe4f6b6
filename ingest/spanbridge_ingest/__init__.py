"""The OTLP service: spans and log records into ClickHouse, and back to people and viewers."""
