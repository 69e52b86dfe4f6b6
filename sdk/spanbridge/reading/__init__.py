"""Traces read back, and what people and programs say of them, over the service's HTTP API."""
