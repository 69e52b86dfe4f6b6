ALTER TABLE $database.otel_logs ADD INDEX IF NOT EXISTS idx_event_name EventName TYPE bloom_filter(0.01) GRANULARITY 1
