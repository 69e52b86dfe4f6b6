"""spanbridge: MLflow-style tracing on plain OpenTelemetry."""

__version__ = "0.1.0"
