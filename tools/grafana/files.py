"""What is generated, by the path of the file under deploy/grafana."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

from .alerts import rules
from .board import dashboard
from .boards import BOARDS

_HEAD = "# Generated from tools/grafana by `make generate`. Do not edit: copy it to change it.\n"


def files() -> Iterator[tuple[str, str]]:
    """Path and text of every generated file."""
    for name, board in BOARDS.items():
        text = json.dumps(dashboard(board, BOARDS), indent=2, ensure_ascii=False)
        yield f"dashboards/{name}.json", text + "\n"
    dumped = yaml.dump(rules(), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=1000)
    yield "provisioning/alerting/spanbridge.yaml", _HEAD + dumped


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
