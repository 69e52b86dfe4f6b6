"""What is said of the traces that begin inside a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from spanbridge.lenient import by_key
from spanbridge.trace_state import Ambient, ambient


class _Entered(NamedTuple):
    block: context
    outside: Ambient


class context:
    """A context manager for the traces that begin inside it. May be nested.

    One that is left before another that was entered later, as in generators, takes along only what
    it has said itself.

    Args:
        metadata: of those traces.
        tags: of those traces.
        enabled: False to record nothing inside.
        session_id: the conversation they belong to.
        user: who asked.
    """

    def __init__(
        self,
        metadata: Mapping[str, Any] | None = None,
        tags: Mapping[str, Any] | None = None,
        enabled: bool | None = None,
        session_id: str | Sequence[str] | None = None,
        user: str | None = None,
    ) -> None:
        self._metadata = by_key(metadata, "metadata")
        self._tags = by_key(tags, "tags")
        self._enabled = enabled
        self._session_id = session_id
        self._user = user

    def __enter__(self) -> None:
        ambient.set(self._within(ambient.get()))

    def __exit__(self, *_: object) -> None:
        entered = ambient.get().entered
        blocks = [one.block for one in entered if isinstance(one, _Entered)]
        # Frameworks may leave it in another context than they entered it: it has no effect there.
        if self not in blocks:
            return
        place = len(blocks) - 1 - blocks[::-1].index(self)
        left: Ambient = entered[place].outside  # type: ignore[attr-defined]
        for block in blocks[place + 1 :]:
            left = block._within(left)
        ambient.set(left)

    def _within(self, outside: Ambient) -> Ambient:
        return replace(
            outside,
            enabled=outside.enabled if self._enabled is None else bool(self._enabled),
            tags={**outside.tags, **self._tags},
            metadata={**outside.metadata, **self._metadata},
            session_id=outside.session_id if self._session_id is None else self._session_id,
            user=outside.user if self._user is None else self._user,
            entered=(*outside.entered, _Entered(self, outside)),
        )
