"""The read side: traces and spans out of the store, as OTLP and as trace documents."""
