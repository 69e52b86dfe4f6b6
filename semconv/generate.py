"""Compile the registry (YAML) into the frozen tables the package runs on.

    python semconv/generate.py           write semconv/spanbridge_semconv/_generated
    python semconv/generate.py --check   exit 1 if what is written is not current

The registry is checked strictly: anything this file does not know is an error that names the file
and the line.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

if __name__ == "__main__":
    # Run as a script, the folder of this file is on the path, and so is the package beside it.
    sys.path.insert(0, str(Path(__file__).resolve().parent))

from registry_compiler.emit import render
from registry_compiler.load import RegistryError
from registry_compiler.registry import read_registry

PACKAGE: Final = Path(__file__).resolve().parent / "spanbridge_semconv"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the generated files. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Compile the semantic-convention registry.")
    parser.add_argument("--check", action="store_true", help="only tell whether files are current")
    parser.add_argument("--registry", type=Path, default=PACKAGE / "registry")
    parser.add_argument("--output", type=Path, default=PACKAGE / "_generated")
    options = parser.parse_args(arguments)
    try:
        files = render(read_registry(options.registry))
    except RegistryError as error:
        print(error, file=sys.stderr)
        return 2
    stale = [name for name, text in files.items() if _current(options.output / name) != text]
    if options.check:
        for name in stale:
            print(f"{options.output / name} is not current: run semconv/generate.py")
        return 1 if stale else 0
    options.output.mkdir(parents=True, exist_ok=True)
    for name in stale:
        (options.output / name).write_text(files[name], encoding="utf-8")
        print(f"wrote {options.output / name}")
    return 0


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
