"""Compile the registry (YAML) into the frozen tables the package runs on.

    python semconv/generate.py           write semconv/spanbridge_semconv/_generated, and from the
                                         same registry the Collector's configuration and its limits
    python semconv/generate.py --check   exit 1 if what is written is not current

With --output, everything goes into that folder.

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
from registry_compiler.registry import Registry, read_registry
from spanbridge_semconv.compile.ottl import compile_ottl
from spanbridge_semconv.compile.ottl_limits import limits_page
from spanbridge_semconv.compile.ottl_text import OttlError, Tables

PACKAGE: Final = Path(__file__).resolve().parent / "spanbridge_semconv"


def main(arguments: list[str] | None = None) -> int:
    """Write or check the generated files. Returns the exit status."""
    parser = argparse.ArgumentParser(description="Compile the semantic-convention registry.")
    parser.add_argument("--check", action="store_true", help="only tell whether files are current")
    parser.add_argument("--registry", type=Path, default=PACKAGE / "registry")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    try:
        files = _files(read_registry(options.registry), options.output)
    except (RegistryError, OttlError) as error:
        print(error, file=sys.stderr)
        return 2
    stale = [path for path, text in files.items() if _current(path) != text]
    if options.check:
        for path in stale:
            print(f"{path} is not current: run semconv/generate.py")
        return 1 if stale else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files[path], encoding="utf-8")
        print(f"wrote {path}")
    return 0


def _files(registry: Registry, output: Path | None) -> dict[Path, str]:
    """The text of every generated file."""
    tables = Tables(
        registry.concepts,
        registry.dialects,
        registry.sources,
        {vocabulary.name: vocabulary for vocabulary in registry.vocabularies},
    )
    configuration, limits = compile_ottl(tables)
    root = PACKAGE.parents[1]
    return {
        **{(output or PACKAGE / "_generated") / n: text for n, text in render(registry).items()},
        (output or root / "deploy" / "collector") / "transform-genai.yaml": configuration,
        (output or root / "docs" / "reference") / "ottl-limits.md": limits_page(tables, limits),
    }


def _current(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
