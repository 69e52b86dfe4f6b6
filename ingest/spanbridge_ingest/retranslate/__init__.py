"""OTLP requests in another GenAI dialect: what the command line and the forwarder share."""

from spanbridge_ingest.retranslate.request import translate_request

__all__ = ["translate_request"]
