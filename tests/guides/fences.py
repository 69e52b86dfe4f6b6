"""The fenced blocks of a page, and what their info strings ask for.

After the language an info string may say:

* ``run``: the block is executed, in a directory that all blocks of its page share.
* ``run background wait=PORT``: it stays running until the end of the page; the next block begins
  when something listens on PORT.
* ``run expect="TEXT"``: TEXT has to be in what it prints.
* ``run slow``: the page is run with the slow tests.
* ``run needs=NAME``: it is skipped, with the reason, where NAME is not (``needs.py``).
* ``run packages="NAME==VERSION ..."``: it runs in an environment with these packages from the
  registry, and not ours, beside a model server that the OpenAI client finds. The page is a slow
  one.
* ``file=NAME``: the block is written to this file.
* ``tested=PATH``: another test runs it.
* ``shown="REASON"``: it cannot be run, and why.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

RUNNABLE: Final = frozenset({"sh", "python"})
_WORDS: Final = frozenset({"run", "background", "slow"})
_VALUES: Final = frozenset({"wait", "expect", "needs", "packages", "file", "tested", "shown"})
_FENCE: Final = re.compile(
    r"^(?P<indent> *)```(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S
)


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    page: str
    line: int
    language: str
    text: str
    words: frozenset[str] = frozenset()
    values: dict[str, str] = field(default_factory=dict)

    @property
    def runs(self) -> bool:
        return "run" in self.words

    @property
    def slow(self) -> bool:
        """Whether it belongs with the slow tests: it says so, starts servers or installs."""
        return bool(self.words & {"slow", "background"}) or "packages" in self.values

    @property
    def name(self) -> str:
        """Where it stands."""
        return f"{self.page}:{self.line}"


def blocks(page: Path, name: str) -> list[Block]:
    """All fenced blocks of a page, in order. Raises ValueError for what it does not understand."""
    text = page.read_text("utf-8")
    found = []
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        language, words, values = _info(match["info"], f"{name}:{line}")
        indent = match["indent"]
        body = re.sub(f"^{indent}", "", match["text"], flags=re.M) if indent else match["text"]
        found.append(Block(name, line, language, body, words, values))
    fences = len(re.findall(r"^ *```", text, re.M))
    if fences != 2 * len(found):
        raise ValueError(f"{name}: {fences} lines begin with a fence, for {len(found)} blocks")
    return found


def _info(info: str, where: str) -> tuple[str, frozenset[str], dict[str, str]]:
    language, *rest = shlex.split(info) or [""]
    words: set[str] = set()
    values: dict[str, str] = {}
    for word in rest:
        key, equals, value = word.partition("=")
        if equals and key in _VALUES:
            values[key] = value
        elif not equals and key in _WORDS:
            words.add(key)
        else:
            raise ValueError(f"{where}: {word!r} is not known; fences.py lists what is")
    if "run" not in words and (words or {"wait", "expect", "needs", "packages"} & values.keys()):
        raise ValueError(f"{where}: this asks for a run, but does not say `run`")
    if "background" in words and "wait" not in values:
        raise ValueError(f"{where}: say which port to wait for: wait=PORT")
    return language, frozenset(words), values
