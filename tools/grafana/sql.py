"""Queries of panels: one file each, with parts that several of them share.

``@name(one, two)`` in a query stands for the file ``parts/name.sql``, in which ``@1`` and ``@2``
are what stands between the commas. Comments of parts are left out; everything else is what Grafana
gets.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Final

GRAFANA: Final = Path(__file__).parents[2] / "deploy" / "grafana"
QUERIES: Final = GRAFANA / "queries"

_CALL: Final = re.compile(r"@([a-z_]+)\(")
_COMMENT: Final = re.compile(r"^--.*\n", re.M)


@cache
def query(name: str) -> str:
    """The query in ``queries/<name>.sql`` with its parts filled in."""
    return _filled((QUERIES / f"{name}.sql").read_text("utf-8").strip())


def _filled(text: str) -> str:
    while call := _CALL.search(text):
        end, arguments = _arguments(text, call.end())
        part = _COMMENT.sub("", (QUERIES / "parts" / f"{call[1]}.sql").read_text("utf-8")).strip()
        for number, argument in enumerate(arguments, 1):
            part = part.replace(f"@{number}", argument)
        text = text[: call.start()] + _indented(part, _margin(text, call.start())) + text[end:]
    return text


def _arguments(text: str, start: int) -> tuple[int, list[str]]:
    """Where the call ends whose arguments begin at ``start``, and the arguments."""
    depth, quoted, arguments, begin = 1, False, [], start
    for at in range(start, len(text)):
        match text[at]:
            case "'":
                quoted = not quoted
            case _ if quoted:
                continue
            case "(":
                depth += 1
            case "," if depth == 1:
                arguments.append(text[begin:at].strip())
                begin = at + 1
            case ")":
                depth -= 1
        if not depth:
            return at + 1, [*arguments, text[begin:at].strip()]
    raise ValueError(f"a part is not closed: {text[start - 20 : start + 60]!r}")


def _margin(text: str, at: int) -> str:
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip())]


def _indented(text: str, margin: str) -> str:
    return text.replace("\n", "\n" + margin)
