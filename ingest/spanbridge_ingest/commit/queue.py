"""The bounded queue: what waits for a commit slot, and what leaves together. No clock, no I/O."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from spanbridge_ingest.commit.entry import Entry, GroupKey
from spanbridge_ingest.commit.limits import CommitLimits


@dataclass(slots=True)
class _Group:
    entries: deque[Entry] = field(default_factory=deque)
    size: int = 0


class BatchQueue:
    """Accepted requests, grouped by what must not be mixed in a batch.

    Groups take turns: the one that has waited longest is first, and a group that had its turn goes
    to the end, so that a busy tenant cannot starve a quiet one.
    """

    def __init__(self, limits: CommitLimits) -> None:
        self._limits = limits
        self._groups: OrderedDict[GroupKey, _Group] = OrderedDict()
        self._full: OrderedDict[GroupKey, None] = OrderedDict()

    def __len__(self) -> int:
        """How many requests wait."""
        return sum(len(group.entries) for group in self._groups.values())

    def add(self, entry: Entry) -> None:
        """Append a request to its group."""
        group = self._groups.setdefault(entry.key, _Group())
        group.entries.append(entry)
        group.size += len(entry.payload)
        if self._is_full(group):
            self._full[entry.key] = None

    def take(self, now: float, linger_s: float) -> list[Entry]:
        """The next batch, or ``[]`` when every group should still wait for company.

        Only the group at the front is asked how long it has lingered; the others came later.
        """
        if not self._groups:
            return []
        key = next(iter(self._groups))
        if self._groups[key].entries[0].accepted_at + linger_s > now:
            if not self._full:
                return []
            key = next(iter(self._full))
        return self._cut(key)

    def due_at(self, linger_s: float) -> float | None:
        """When :meth:`take` should be tried again; None when nothing waits."""
        if not self._groups:
            return None
        return next(iter(self._groups.values())).entries[0].accepted_at + linger_s

    def drain(self) -> list[Entry]:
        """Remove and return everything that waits."""
        entries = [entry for group in self._groups.values() for entry in group.entries]
        self._groups.clear()
        self._full.clear()
        return entries

    def _cut(self, key: GroupKey) -> list[Entry]:
        group = self._groups[key]
        entries: list[Entry] = []
        size = 0
        while group.entries and len(entries) < self._limits.batch_requests:
            next_size = len(group.entries[0].payload)
            if entries and size + next_size > self._limits.batch_bytes:
                break
            entries.append(group.entries.popleft())
            size += next_size
        group.size -= size
        self._full.pop(key, None)
        if not group.entries:
            del self._groups[key]
            return entries
        self._groups.move_to_end(key)
        if self._is_full(group):
            self._full[key] = None
        return entries

    def _is_full(self, group: _Group) -> bool:
        return (
            group.size >= self._limits.batch_bytes
            or len(group.entries) >= self._limits.batch_requests
        )
