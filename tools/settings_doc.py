"""Write docs/reference/settings.md from the table of settings; ``--check`` only compares."""

from __future__ import annotations

import sys

from pages import write_or_check

from spanbridge_ingest import settings as s

HEAD = """\
<!-- Generated from ingest/spanbridge_ingest/settings.py by `make generate`. Do not edit. -->

# Settings

A flag wins over its environment variable, which wins over the default. An empty variable counts as
absent. A variable that starts with `SPANBRIDGE_` and is neither listed here nor one of the SDK's
(`docs/guides/sdk.md`) stops the start, with a suggestion. `spanbridge settings` shows the values
that apply where you are.

"""


def render() -> str:
    """The page, as Markdown."""
    return HEAD + "\n".join(_section(name) for name in s.table())


def _section(name: str) -> str:
    meta = s.meta(name)
    default = s.default_text(name)
    facts = {
        "flag": f"`{s.flag_name(name)}`" + (" of `spanbridge demo`" if meta.flag else ""),
        "variable": f"`{s.env_name(name)}`",
        "kind": meta.kind.name,
        "unit": meta.unit,
        "default": f"`{default}`" if default else "none",
        "example": f"`{meta.kind.example}`",
        "since": meta.since,
    }
    rows = "\n".join(f"| {title} | {text} |" for title, text in facts.items() if text)
    return f"## {name}\n\n{meta.description}\n\n| | |\n|---|---|\n{rows}\n"


if __name__ == "__main__":
    sys.exit(write_or_check("settings.md", render()))
