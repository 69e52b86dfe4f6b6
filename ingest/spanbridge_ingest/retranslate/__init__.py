"""OTLP requests in another GenAI dialect: what the command line and the forwarder share."""

from spanbridge_ingest.retranslate.request import remember, translate_request

__all__ = ["remember", "translate_request"]
