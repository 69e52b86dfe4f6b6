"""Why a backend still shows some recordings wrong when they were passed on."""

from __future__ import annotations

from fnmatch import fnmatch

EXPLAINED: dict[str, tuple[str, set[str]]] = {}


def explanation(case: str, fact: str) -> str:
    """Why, or nothing if that is not known."""
    for reason, patterns in EXPLAINED.items():
        if any(fnmatch(f"{case}:{fact}", pattern) for pattern in patterns):
            return reason
    return ""
