"""Content blocks of every provider, told apart by their shape, as parts."""

from __future__ import annotations

from collections.abc import Mapping

from spanbridge_semconv.messages import (
    anthropic,
    framework_blocks,
    gemini,
    openai_chat,
    openai_responses,
    otel_parts,
)
from spanbridge_semconv.messages.jsontext import parse_container
from spanbridge_semconv.messages.model import Part, generic, text

_BY_TYPE = {
    "text": openai_chat.text_block,
    **framework_blocks.BLOCKS,
    **openai_chat.BLOCKS,
    **openai_responses.BLOCKS,
    **anthropic.BLOCKS,
}


def part(block: object) -> Part:
    """One content block as a part."""
    if isinstance(block, str):
        return text(block)
    if not isinstance(block, Mapping):
        return generic(block)
    if otel_parts.is_part(block):
        return otel_parts.part(block)
    reader = _BY_TYPE.get(str(block.get("type")))
    if reader is not None:
        return reader(block)
    return (
        anthropic.bedrock_block(block)
        or gemini.part(block)
        or framework_blocks.untyped(block)
        or generic(block)
    )


def parts(content: object) -> list[Part]:
    """The content of a message (text, one block, a list of blocks) as parts.

    Text that spells a list of typed blocks, as flattened dialects write multimodal content, is
    read as these blocks.
    """
    if content is None or content == "":
        return []
    if isinstance(content, str):
        spelled = parse_container(content)
        if isinstance(spelled, list) and spelled and all(_is_block(block) for block in spelled):
            return [part(block) for block in spelled]
        return [text(content)]
    if isinstance(content, list):
        return [part(block) for block in content]
    return [part(content)]


def _is_block(value: object) -> bool:
    if not isinstance(value, Mapping):
        return False
    return (
        otel_parts.is_part(value)
        or str(value.get("type")) in _BY_TYPE
        or anthropic.bedrock_block(value) is not None
        or set(value) == {"text"}
    )
