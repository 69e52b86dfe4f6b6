"""Traces of every dialect, passed on to real MLflow and Phoenix servers: they show them right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends import servers
from tests.backends.explained import EXPLAINED, explanation, fits
from tests.backends.install import is_installed
from tests.backends.runs import DIALECTS, Comparison, compare
from tests.backends.seen import FACTS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module", params=list(DIALECTS))
def backend(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Comparison]]:
    """The corpus, sent to a server directly and through the service."""
    name = request.param
    if not is_installed(name):
        pytest.skip(f"{name} is not installed: python tests/backends/install.py {name}")
    directory: Path = tmp_path_factory.mktemp(name)
    with getattr(servers, name)(directory / "server") as server:
        yield name, compare(server, directory)


def right(comparison: Comparison, fact: str) -> tuple[int, int]:
    """How many cases are right when sent directly, and when passed on."""
    return tuple(
        sum(getattr(verdict, fact) is True for verdict in verdicts.values())
        for verdicts in (comparison.direct, comparison.forwarded)
    )


def test_more_is_right_when_passed_on(backend: tuple[str, Comparison]) -> None:
    _, comparison = backend
    for fact in FACTS:
        directly, passed_on = right(comparison, fact)
        assert passed_on > directly, fact


def test_what_was_right_stays_right(backend: tuple[str, Comparison]) -> None:
    name, comparison = backend
    worse = {
        f"{case}:{fact}"
        for case, facts in comparison.worse().items()
        for fact in facts
        if not explanation(name, case, fact)
    }
    assert not worse


def test_what_is_still_wrong_has_a_reason(backend: tuple[str, Comparison]) -> None:
    name, comparison = backend
    unexplained = {
        f"{case}:{fact}"
        for case, facts in comparison.wrong().items()
        for fact in facts
        if not explanation(name, case, fact)
    }
    assert not unexplained


def test_a_reason_that_holds_no_more_is_gone(backend: tuple[str, Comparison]) -> None:
    name, comparison = backend
    wrong = [(case, fact) for case, facts in comparison.wrong().items() for fact in facts]
    others = tuple(f"{other}:" for other in DIALECTS if other != name)
    patterns = {p for some in EXPLAINED.values() for p in some if not p.startswith(others)}
    unused = {p for p in patterns if not any(fits(p, name, *what) for what in wrong)}
    assert not unused
