"""Embeddings and images."""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from typing import Any

from spanbridge_ingest.demo import fake_replies
from tests.support.fake_openai.scripts import Script
from tests.support.fake_openai.vendors import Vendor, in_their_words

Body = dict[str, Any]
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(200)).decode()
_USAGE: Body = {
    "input_tokens": 13,
    "output_tokens": 100,
    "total_tokens": 113,
    "input_tokens_details": {"text_tokens": 13, "image_tokens": 0},
}


def embeddings(body: Body, script: Script, vendor: Vendor) -> Body:
    """Answer ``/embeddings``, as numbers or as base64 of 32-bit floats."""
    reply = in_their_words(fake_replies.embeddings(body), body, vendor)
    if body.get("encoding_format") == "base64":
        for item in reply["data"]:
            vector = item["embedding"]
            item["embedding"] = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    if script.usage_never:
        del reply["usage"]
    return reply


def images(body: Body, script: Script, vendor: Vendor) -> Body:
    """Answer ``/images/generations``: an address if one is asked for, else the image itself."""
    image: Body = {"b64_json": PNG}
    if body.get("response_format") == "url":
        image = {"url": "https://example.com/fake.png", "revised_prompt": str(body["prompt"])}
    data = [dict(image) for _ in range(body.get("n") or 1)]
    return {"created": fake_replies.CREATED, "data": data, "usage": _USAGE}


def image_events(body: Body, script: Script, vendor: Vendor) -> Iterator[Body]:
    """Answer ``/images/generations`` with ``stream``."""
    facts = {"background": "opaque", "output_format": "png", "quality": "low", "size": "1024x1024"}
    shown = facts | {"b64_json": PNG, "created_at": fake_replies.CREATED}
    for index in range(body.get("partial_images") or 0):
        kind = "image_generation.partial_image"
        yield {"type": kind, "partial_image_index": index, **shown}
    yield {"type": "image_generation.completed", "usage": _USAGE, **shown}
