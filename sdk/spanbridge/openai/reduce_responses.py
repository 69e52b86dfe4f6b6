"""Streams of the Responses API and of images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanbridge.openai.facts import Body, member, text

_ENDS: Final = ("response.completed", "response.incomplete", "response.failed")
_BEGINNINGS: Final = ("response.created", "response.queued", "response.in_progress")


class ResponsesReducer:
    """Events of ``responses``. The last event has the whole; without it, what came is assembled."""

    def __init__(self) -> None:
        self._response: dict[str, Any] = {}
        self._items: dict[int, dict[str, Any]] = {}
        self._pieces: dict[tuple[int, str, int], list[str]] = {}
        self._error: dict[str, Any] | None = None
        self.is_complete = False

    def add(self, chunk: Body) -> None:
        """Take one event."""
        kind = text(chunk.get("type"))
        if kind in _ENDS or kind in _BEGINNINGS:
            response = chunk.get("response")
            if isinstance(response, Mapping):
                self._response = dict(response)
            self.is_complete = kind in _ENDS
        elif kind == "error":
            error = chunk.get("error")
            self._error = dict(error if isinstance(error, Mapping) else chunk)
        elif kind.startswith("response."):
            self._add_item(kind, chunk)

    def _add_item(self, kind: str, chunk: Body) -> None:
        position = chunk.get("output_index")
        if not isinstance(position, int):
            return
        item = chunk.get("item")
        if isinstance(item, Mapping):  # response.output_item.added, .done
            self._items[position] = dict(item)
            if kind == "response.output_item.done":
                for key in [key for key in self._pieces if key[0] == position]:
                    del self._pieces[key]
            return
        delta = chunk.get("delta")
        if kind.endswith(".delta") and isinstance(delta, str):
            what = kind.removeprefix("response.").removesuffix(".delta")
            index = chunk.get("content_index", chunk.get("summary_index"))
            key = (position, what, index if isinstance(index, int) else 0)
            self._pieces.setdefault(key, []).append(delta)

    def body(self) -> dict[str, Any]:
        """The response as far as it came."""
        body = dict(self._response)
        if not self.is_complete and (self._items or self._pieces):
            body["output"] = self._assembled()
        if self._error is not None and not body.get("error"):
            body = {"object": "response", "output": [], **body}
            body |= {"error": self._error, "status": "failed"}
        return body

    def _assembled(self) -> list[dict[str, Any]]:
        items = {position: dict(item) for position, item in self._items.items()}
        for (position, what, _), pieces in sorted(self._pieces.items()):
            item = items.setdefault(position, {"type": "message", "role": "assistant"})
            _append(item, what, "".join(pieces))
        return [items[position] for position in sorted(items)]


def _append(item: dict[str, Any], what: str, said: str) -> None:
    """Put what came of an item that is not whole where the whole item has it."""
    blocks = {
        "output_text": ("content", {"type": "output_text", "text": said}),
        "refusal": ("content", {"type": "refusal", "refusal": said}),
        "reasoning_text": ("content", {"type": "reasoning_text", "text": said}),
        "reasoning_summary_text": ("summary", {"type": "summary_text", "text": said}),
    }
    if what in blocks:
        name, block = blocks[what]
        listed = item.get(name)
        item[name] = [*(listed if isinstance(listed, list) else []), block]
    elif what.endswith("_arguments"):
        item["arguments"] = said
    elif what.endswith("_input"):
        item["input"] = said
    elif what.endswith("_code"):
        item["code"] = said


class ImageReducer:
    """Events of ``images/*``: the last one of each image is the image."""

    def __init__(self) -> None:
        self._images: list[dict[str, Any]] = []
        self._partial: dict[str, Any] = {}
        self._rest: dict[str, Any] = {}
        self.is_complete = False

    def add(self, chunk: Body) -> None:
        """Take one event."""
        kind = text(chunk.get("type"))
        image = {name: chunk[name] for name in ("b64_json", "url") if name in chunk}
        if kind.endswith(".completed"):
            self._images.append(image)
            self.is_complete = True
        elif image:
            self._partial = image
        left = ("type", "b64_json", "url", "partial_image_index")
        self._rest.update((name, value) for name, value in chunk.items() if name not in left)
        created = member(chunk, "created_at")
        if created is not None:
            self._rest.pop("created_at", None)
            self._rest["created"] = created

    def body(self) -> dict[str, Any]:
        """The images as far as they came."""
        images = self._images or ([self._partial] if self._partial else [])
        return {**self._rest, "data": images} if self._rest or images else {}
