"""Writing generated files: all generators of documentation and dashboards end here."""

from __future__ import annotations

import sys
from pathlib import Path

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"


def write_or_check(name: str, text: str, folder: Path = REFERENCE) -> int:
    """Write a file of ``folder``, or with ``--check`` say whether it is current."""
    target = folder / name
    if "--check" in sys.argv[1:]:
        if target.is_file() and target.read_text(encoding="utf-8") == text:
            return 0
        print(f"{name} is not current; run `make generate`", file=sys.stderr)
        return 1
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.write_text(text, encoding="utf-8")
        print(f"wrote {target}")
    return 0
