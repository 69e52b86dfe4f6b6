"""Group commit: acknowledge a request only when it is durable."""
