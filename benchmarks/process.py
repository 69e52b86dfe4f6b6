"""What a process used, from /proc: CPU by kind of thread, and memory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Used:
    """CPU seconds of the threads Python started and of the engine's own."""

    python_s: float
    engine_s: float

    def __sub__(self, other: Used) -> Used:
        return Used(self.python_s - other.python_s, self.engine_s - other.engine_s)

    @property
    def total_s(self) -> float:
        """Both together."""
        return self.python_s + self.engine_s


def cpu(pid: int) -> Used:
    """CPU used so far. Threads that have ended count as the engine's: it starts short ones."""
    main = _fields(Path(f"/proc/{pid}/task/{pid}/stat"))
    python = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            name, ticks = _fields(task / "stat")
        except OSError:
            continue
        if name == main[0]:
            python += ticks
    _, total = _fields(Path(f"/proc/{pid}/stat"))
    return Used(python / _TICKS_PER_S, (total - python) / _TICKS_PER_S)


def peak_rss_mb(pid: int) -> float:
    """Peak resident memory in MB (10**6 bytes)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("no VmHWM in /proc status")


def rss_mb(pid: int) -> float:
    """Resident memory now, in MB (10**6 bytes)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _fields(stat: Path) -> tuple[str, int]:
    text = stat.read_text()
    name = text[text.index("(") + 1 : text.rindex(")")]
    rest = text[text.rindex(")") + 2 :].split()
    return name, int(rest[11]) + int(rest[12])
